// What stands in FROM, without a search: scans, system tables, SELECTs in parentheses, unions and joins.
#include <algorithm>

#include "sql/plan/planner.h"

namespace quire::sql {
namespace {

std::string TextOf(const std::vector<BoundPtr>& conditions, const PlanContext& context) {
  std::string text;
  for (const BoundPtr& condition : conditions) {
    text.append(text.empty() ? "" : " AND ").append(context.binder.TextOf(condition->span));
  }
  return text;
}

// A SELECT in FROM. What nobody reads of it is not computed, so that it need not be read from the chunk either.
Result<PlanPtr> PlanSubselect(BoundSelect select, const std::vector<bool>& used, const PlanContext& context) {
  for (size_t i = 0; i < select.items.size() && !select.distinct; ++i) {
    BoundPtr& item = select.items[i].expression;
    if (!used[i]) item = MakeBound(item->type, item->span, BoundConstant{});
  }
  return PlanSelect(std::move(select), context);
}

Result<PlanPtr> PlanRows(const Source& source, const std::vector<bool>& used, const PlanContext& context) {
  switch (source.kind) {
    case Source::Kind::kTable: return MakePlan(TablePlan{source.table}, "Table " + source.name);
    case Source::Kind::kQuery: return PlanSubselect(*source.queries.front(), used, context);
    case Source::Kind::kUnion: {
      PlanPtr plan = MakePlan(UnionPlan{}, "Union all");
      const std::vector<bool> all(used.size(), true);
      for (const auto& query : source.queries) {
        QUIRE_ASSIGN_OR_RETURN(PlanPtr branch, PlanSubselect(*query, source.distinct ? all : used, context));
        plan->children.push_back(std::move(branch));
      }
      return source.distinct ? MakePlan(DistinctPlan{}, "Distinct", std::move(plan)) : std::move(plan);
    }
    default: return MakePlan(OneRowPlan{}, "One row");
  }
}

// The parts of a join that a condition reads.
struct PartsRead {
  size_t first = 0, count = 0;
};
PartsRead PartsOf(const BoundExpression& condition, const Source& join) {
  std::vector<bool> used(join.columns.size());
  CollectColumns(condition, &used);
  PartsRead read;
  for (size_t part = join.parts.size(); part-- > 0;) {
    const JoinPart& joined = *join.parts[part];
    const auto begin = used.begin() + joined.first;
    const auto end = begin + static_cast<std::ptrdiff_t>(joined.source.columns.size());
    if (std::find(begin, end, true) == end) continue;
    read.first = part;
    ++read.count;
  }
  return read;
}

class JoinPlanner {
 public:
  JoinPlanner(const Source& source, const std::vector<bool>& used, const PlanContext& context)
      : source_(source), used_(used), context_(context), own_(source.parts.size()) {
    for (size_t i = 0; i < own_.size(); ++i) own_[i] = source.parts[i]->own;
  }

  Result<PlanPtr> Plan(std::vector<BoundPtr> conditions) {
    Distribute(std::move(conditions));
    for (const auto& part : source_.parts) {
      for (const auto& [left, right] : part->keys) {
        CollectColumns(*left, &used_);
        CollectColumns(*ShiftColumns(right, part->first), &used_);
      }
      for (const BoundPtr& condition : part->both) CollectColumns(*condition, &used_);
    }
    for (const BoundPtr& condition : after_) CollectColumns(*condition, &used_);
    QUIRE_ASSIGN_OR_RETURN(PlanPtr plan, PlanPart(0));
    for (size_t i = 1; i < source_.parts.size(); ++i) {
      QUIRE_ASSIGN_OR_RETURN(PlanPtr right, PlanPart(i));
      plan = Joined(std::move(plan), std::move(right), i);
    }
    return PlanConditions(std::move(after_), std::move(plan), context_);
  }

 private:
  // Whether the joins may still put NULLs into a part.
  bool MayBecomeNull(size_t i) const {
    if (source_.parts[i]->left) return true;
    const auto keeps_right = [](const auto& later) { return later->right; };
    return std::any_of(source_.parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, source_.parts.end(), keeps_right);
  }

  // A condition on one part alone is decided there, unless an outer join may still put NULLs into it.
  void Distribute(std::vector<BoundPtr> conditions) {
    for (BoundPtr& condition : conditions) {
      const PartsRead read = PartsOf(*condition, source_);
      const JoinPart& part = *source_.parts[read.first];
      if (read.count == 1 && !MayBecomeNull(read.first)) {
        own_[read.first].push_back(ShiftColumns(condition, -static_cast<int64_t>(part.first)));
      } else {
        after_.push_back(std::move(condition));
      }
    }
  }

  Result<PlanPtr> PlanPart(size_t i) {
    const JoinPart& part = *source_.parts[i];
    const auto begin = used_.begin() + part.first;
    const std::vector<bool> used(begin, begin + static_cast<std::ptrdiff_t>(part.source.columns.size()));
    return PlanLeaf(part.source, std::move(own_[i]), used, context_);
  }

  PlanPtr Joined(PlanPtr left, PlanPtr right, size_t i) const {
    const JoinPart& part = *source_.parts[i];
    JoinPlan join;
    join.keys = part.keys;
    join.both = part.both;
    join.left = part.left;
    join.right = part.right;
    join.cross = part.cross;
    join.left_width = part.first;
    join.right_width = part.source.columns.size();
    if (!part.keys.empty()) {
      const auto& [left_key, right_key] = part.keys.front();
      if (std::holds_alternative<ScanPlan>(right->node) && !part.right)
        join.right_column = FilterColumnName(*right_key, part.source);
      const bool may_cut_left = i == 1 && !part.left && std::holds_alternative<ScanPlan>(left->node);
      if (may_cut_left) join.left_column = FilterColumnName(*left_key, source_.parts[0]->source);
    }
    const std::string words = part.left && part.right ? "Full join"
                              : part.right            ? "Right join"
                              : part.left             ? "Left join"
                                                      : "Join";
    const std::string all_pairs = part.keys.empty() ? " (all pairs)" : "";
    std::string text = part.cross ? "Cross join" : words + all_pairs + " on " + context_.binder.TextOf(part.on);
    PlanPtr plan = MakePlan(std::move(join), std::move(text), std::move(left));
    plan->children.push_back(std::move(right));
    return plan;
  }

  const Source& source_;
  std::vector<bool> used_;
  const PlanContext& context_;
  std::vector<std::vector<BoundPtr>> own_;  // conditions of each part
  std::vector<BoundPtr> after_;
};

}  // namespace

ChunkColumns MakeChunkColumns(const Source& source, const std::vector<bool>& used) {
  ChunkColumns result;
  result.width = source.columns.size();
  for (uint32_t i = 0; i < result.width; ++i) {
    if (!used[i]) continue;
    const SourceColumn& column = source.columns[i];
    result.columns.emplace_back(i, column);
    result.parts.text |= column.role == ColumnRole::kText;
    result.parts.embedding |= column.role == ColumnRole::kEmbedding;
    result.needs_chunk |= !IsPseudo(column.role);
  }
  result.parts.attributes_only = true;
  result.parts.attributes = 0;
  for (const auto& [place, column] : result.columns) {
    const bool attribute = column.role == ColumnRole::kAttribute && column.attribute < 64;
    result.parts.attributes_only &= attribute;
    if (attribute) result.parts.attributes |= uint64_t{1} << column.attribute;
  }
  return result;
}

PlanPtr PlanConditions(std::vector<BoundPtr> conditions, PlanPtr plan, const PlanContext& context) {
  if (conditions.empty()) return plan;
  std::string text = "Filter " + TextOf(conditions, context);
  return MakePlan(FilterPlan{std::move(conditions)}, std::move(text), std::move(plan));
}

Result<PlanPtr> PlanLeaf(const Source& source, std::vector<BoundPtr> conditions, const std::vector<bool>& used,
                         const PlanContext& context) {
  if (source.kind == Source::Kind::kCollection) {
    PlannedFilter filter = PlanFilter(conditions, source, context);
    if (filter.nothing) return MakePlan(NothingPlan{}, "Nothing (WHERE is never true)");
    std::vector<bool> read = used;
    for (const BoundPtr& check : filter.checks) CollectColumns(*check, &read);
    ScanPlan scan{source.name, std::move(filter.by_index), std::move(filter.checks), MakeChunkColumns(source, read)};
    return MakePlan(std::move(scan), "Scan " + source.name + filter.text);
  }
  std::vector<bool> read = used;
  for (const BoundPtr& condition : conditions) CollectColumns(*condition, &read);
  QUIRE_ASSIGN_OR_RETURN(PlanPtr plan, PlanRows(source, read, context));
  return PlanConditions(std::move(conditions), std::move(plan), context);
}

Result<PlanPtr> PlanJoin(const Source& source, std::vector<BoundPtr> conditions, const std::vector<bool>& used,
                         const PlanContext& context) {
  return JoinPlanner(source, used, context).Plan(std::move(conditions));
}

}  // namespace quire::sql
