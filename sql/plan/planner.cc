#include "sql/plan/planner.h"

#include <algorithm>
#include <limits>

namespace quire::sql {
namespace {

std::string_view ModeName(SearchMode mode) {
  switch (mode) {
    case SearchMode::kHybrid: return "hybrid";
    case SearchMode::kVector: return "vector";
    case SearchMode::kWords: return "words";
  }
  return "";
}

bool ReadsPseudo(const BoundExpression& expression, const Source& source) {
  std::vector<bool> used(source.columns.size());
  CollectColumns(expression, &used);
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i] && IsPseudo(source.columns[i].role)) return true;
  }
  return false;
}

class SelectPlanner {
 public:
  SelectPlanner(BoundSelect select, const PlanContext& context) : select_(std::move(select)), context_(context) {}

  Result<PlanPtr> Plan() {
    if (select_.limit == uint64_t{0}) return MakePlan(NothingPlan{}, "Nothing (LIMIT 0)");
    QUIRE_ASSIGN_OR_RETURN(PlanPtr plan, PlanSource());
    if (!after_.empty()) {
      std::string text = "Filter " + TextOf(after_);
      plan = MakePlan(FilterPlan{std::move(after_)}, std::move(text), std::move(plan));
    }
    if (select_.aggregated) return PlanAggregated(std::move(plan));
    if (select_.distinct) return Limited(Distinct(Projected(Sorted(std::move(plan), false))));
    return Projected(Limited(Sorted(std::move(plan), true)));
  }

 private:
  // The leaf: what the rows come from. Leaves in after_ the conditions it does not decide.
  Result<PlanPtr> PlanSource() {
    switch (select_.source.kind) {
      case Source::Kind::kNone: return PlanRows(MakePlan(OneRowPlan{}, "One row"));
      case Source::Kind::kTable:
        return PlanRows(MakePlan(TablePlan{select_.source.table}, "Table " + select_.source.name));
      case Source::Kind::kCollection: break;
    }
    QUIRE_ASSIGN_OR_RETURN(std::optional<SearchPlan> search, PlanSearch(&select_, context_));
    QUIRE_RETURN_IF_ERROR(SplitConditions(search ? search->request.mode : SearchMode::kHybrid));
    PlannedFilter filter = PlanFilter(select_.where.conditions, select_.source, context_);
    if (filter.nothing) return MakePlan(NothingPlan{}, "Nothing (WHERE is never true)");
    if (search) return PlanSearchLeaf(*std::move(search), std::move(filter));
    if (CountsOnly()) {
      return MakePlan(CountPlan{select_.source.name, std::move(filter.filter), select_.aggregates.size()},
                      "Count " + select_.source.name + filter.text);
    }
    return MakePlan(ScanPlan{select_.source.name, std::move(filter.filter), UsedColumns()},
                    "Scan " + select_.source.name + filter.text);
  }

  PlanPtr PlanRows(PlanPtr leaf) {
    after_ = std::move(select_.where.conditions);
    return leaf;
  }

  PlanPtr PlanSearchLeaf(SearchPlan search, PlannedFilter filter) {
    search.request.filter = std::move(filter.filter);
    search.columns = UsedColumns();
    at_most_ = search.request.k;
    std::string text = "Search " + search.collection + " " + std::string(ModeName(search.request.mode)) +
                       (search.open_ended ? "" : " k=" + std::to_string(search.request.k));
    if (search.request.min_score > 0) text += " min_score=" + Value::Real(search.request.min_score).ToString();
    if (search.request.exact) text += " exact";
    return MakePlan(std::move(search), text + filter.text);
  }

  // Conditions on what the search gives wait for its result.
  Status SplitConditions(SearchMode mode) {
    std::vector<BoundPtr> before;
    for (BoundPtr& condition : select_.where.conditions) {
      if (!ReadsPseudo(*condition, select_.source)) {
        before.push_back(std::move(condition));
        continue;
      }
      if (!KeepsNearest(*condition, select_.source, mode)) {
        return Status(Code::kUnsupported, "this condition would cut the nearest rows, not the farthest",
                      "conditions on a search are score >= x, rank <= n and, for a vector, distance <= x")
            .At(condition->span.start);
      }
      after_.push_back(std::move(condition));
    }
    select_.where.conditions = std::move(before);
    return {};
  }

  bool CountsOnly() const {
    return select_.aggregated &&
           std::all_of(select_.aggregates.begin(), select_.aggregates.end(),
                       [](const auto& call) { return call.kind == AggregateCall::Kind::kCountRows; });
  }

  // The columns that anything above the leaf reads.
  ChunkColumns UsedColumns() const {
    ChunkColumns result;
    result.width = select_.source.columns.size();
    std::vector<bool> used(result.width);
    for (const BoundPtr& condition : after_) CollectColumns(*condition, &used);
    if (select_.aggregated) {
      for (const AggregateCall& call : select_.aggregates) {
        if (call.argument) CollectColumns(*call.argument, &used);
      }
    } else {
      for (const BoundItem& item : select_.items) CollectColumns(*item.expression, &used);
      for (const BoundOrder& order : select_.order_by) CollectColumns(*order.expression, &used);
    }
    for (uint32_t i = 0; i < used.size(); ++i) {
      if (!used[i]) continue;
      const SourceColumn& column = select_.source.columns[i];
      result.columns.emplace_back(i, column);
      result.parts.text |= column.role == ColumnRole::kText;
      result.parts.embedding |= column.role == ColumnRole::kEmbedding;
      result.needs_chunk |= !IsPseudo(column.role);
    }
    return result;
  }

  Result<PlanPtr> PlanAggregated(PlanPtr plan) {
    if (!std::holds_alternative<CountPlan>(plan->node)) {
      std::string text = "Aggregate ";
      for (const AggregateCall& call : select_.aggregates) {
        text.append(text.size() > 10 ? ", " : "").append(context_.binder.TextOf(call.span));
      }
      plan = MakePlan(AggregatePlan{std::move(select_.aggregates)}, std::move(text), std::move(plan));
    }
    at_most_ = 1;  // and so there is nothing to sort and nothing to make distinct
    return Limited(Projected(std::move(plan)));
  }

  PlanPtr Sorted(PlanPtr plan, bool may_cut) {
    if (select_.order_by.empty()) return plan;
    std::string text = " by";
    for (const BoundOrder& order : select_.order_by) {
      text.append(text.size() > 3 ? ", " : " ").append(context_.binder.TextOf(order.expression->span));
      if (order.descending) text += " DESC";
    }
    std::optional<uint64_t> keep;
    if (may_cut && select_.limit && *select_.limit + select_.offset >= select_.offset) {
      keep = *select_.limit + select_.offset;
      at_most_ = std::min(at_most_, *keep);
      text = "Top " + std::to_string(*keep) + text;
    } else {
      text = "Sort" + text;
    }
    return MakePlan(SortPlan{std::move(select_.order_by), keep}, std::move(text), std::move(plan));
  }

  PlanPtr Limited(PlanPtr plan) {
    const bool enough = select_.offset == 0 && (!select_.limit || at_most_ <= *select_.limit);
    if (enough) return plan;
    std::string text = select_.limit ? "Limit " + std::to_string(*select_.limit) : "Limit";
    if (select_.offset > 0) text += " offset " + std::to_string(select_.offset);
    return MakePlan(LimitPlan{select_.limit, select_.offset}, std::move(text), std::move(plan));
  }

  PlanPtr Projected(PlanPtr plan) {
    std::string text = "Project ";
    for (const BoundItem& item : select_.items) text.append(text.size() > 8 ? ", " : "").append(item.name);
    return MakePlan(ProjectPlan{std::move(select_.items)}, std::move(text), std::move(plan));
  }

  static PlanPtr Distinct(PlanPtr plan) { return MakePlan(DistinctPlan{}, "Distinct", std::move(plan)); }

  std::string TextOf(const std::vector<BoundPtr>& conditions) const {
    std::string text;
    for (const BoundPtr& condition : conditions) {
      text.append(text.empty() ? "" : " AND ").append(context_.binder.TextOf(condition->span));
    }
    return text;
  }

  BoundSelect select_;
  const PlanContext& context_;
  std::vector<BoundPtr> after_;                              // conditions that are looked at after the leaf
  uint64_t at_most_ = std::numeric_limits<uint64_t>::max();  // rows there can be, whatever LIMIT says
};

}  // namespace

Result<PlanPtr> PlanSelect(BoundSelect select, const PlanContext& context) {
  return SelectPlanner(std::move(select), context).Plan();
}

}  // namespace quire::sql
