#include "sql/plan/planner.h"

#include <algorithm>
#include <cstdio>
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

// "hybrid", or "rrf(vector 0.6, words 0.4)".
std::string RankedBy(const SearchPlan& search) {
  if (search.parts.empty()) return std::string(ModeName(search.request.mode));
  std::string text;
  for (const auto& [request, weight] : search.parts) {
    char number[32];
    std::snprintf(number, sizeof number, " %.4g", weight);
    text.append(text.empty() ? "rrf(" : ", ").append(ModeName(request.mode)).append(number);
  }
  return text + ")";
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
    const bool one_row = select_.aggregated && select_.group_by.empty();
    if (select_.aggregated) plan = Aggregated(std::move(plan));
    if (one_row) {
      at_most_ = 1;  // and so there is nothing to sort and nothing to make distinct
      return Limited(Projected(std::move(plan)));
    }
    if (select_.distinct) return Limited(Distinct(Projected(Sorted(std::move(plan)))));
    return Projected(Limited(Sorted(std::move(plan))));
  }

 private:
  // What the rows come from, up to WHERE.
  Result<PlanPtr> PlanSource() {
    std::vector<BoundPtr>& conditions = select_.where.conditions;
    if (select_.source.kind == Source::Kind::kJoin) {
      return PlanJoin(select_.source, std::move(conditions), UsedColumns(), context_);
    }
    if (select_.source.kind != Source::Kind::kCollection) {
      return PlanLeaf(select_.source, std::move(conditions), UsedColumns(), context_);
    }
    QUIRE_ASSIGN_OR_RETURN(std::optional<SearchPlan> search, PlanSearch(&select_, context_));
    if (!search) return PlanScan();
    QUIRE_RETURN_IF_ERROR(SplitConditions(search->request.mode));
    PlannedFilter filter = PlanFilter(conditions, select_.source, context_);
    if (filter.nothing) return MakePlan(NothingPlan{}, "Nothing (WHERE is never true)");
    PlanPtr plan = PlanSearchLeaf(*std::move(search), std::move(filter));
    return PlanConditions(std::move(after_), std::move(plan), context_);
  }

  Result<PlanPtr> PlanScan() {
    if (!CountsOnly()) {
      if (select_.aggregated || select_.order_by.empty()) {
        return PlanLeaf(select_.source, std::move(select_.where.conditions), UsedColumns(), context_);
      }
      return PlanLeafToSort(&select_, UsedColumns(), FirstRows().has_value(), context_, &late_);
    }
    PlannedFilter filter = PlanFilter(select_.where.conditions, select_.source, context_);
    if (filter.nothing) return MakePlan(NothingPlan{}, "Nothing (WHERE is never true)");
    if (!filter.checks.empty()) {
      return PlanLeaf(select_.source, std::move(select_.where.conditions), UsedColumns(), context_);
    }
    std::string text = "Count " + select_.source.name + filter.text;
    return MakePlan(CountPlan{select_.source.name, std::move(filter.filter), select_.aggregates.size()},
                    std::move(text));
  }

  PlanPtr PlanSearchLeaf(SearchPlan search, PlannedFilter filter) {
    search.request.filter = std::move(filter.filter);
    search.columns = MakeChunkColumns(select_.source, UsedColumns());
    at_most_ = search.request.k;
    std::string text = "Search " + search.collection + " " + RankedBy(search) +
                       (search.open_ended ? "" : " k=" + std::to_string(search.request.k));
    if (search.request.min_score > 0) text += " min_score=" + Value::Real(search.request.min_score).ToString();
    if (search.request.exact) text += " exact";
    if (search.request.distinct) text += " without near duplicates";
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
    return select_.aggregated && select_.group_by.empty() && !select_.aggregates.empty() &&
           std::all_of(select_.aggregates.begin(), select_.aggregates.end(),
                       [](const auto& call) { return call.kind == AggregateCall::Kind::kCountRows; });
  }

  // The columns that anything above the leaf reads.
  std::vector<bool> UsedColumns() const {
    std::vector<bool> used(select_.source.columns.size());
    for (const BoundPtr& condition : after_) CollectColumns(*condition, &used);
    if (select_.aggregated) {
      for (const BoundPtr& key : select_.group_by) CollectColumns(*key, &used);
      for (const AggregateCall& call : select_.aggregates) {
        if (call.argument) CollectColumns(*call.argument, &used);
      }
    } else {
      for (const BoundItem& item : select_.items) CollectColumns(*item.expression, &used);
      for (const BoundOrder& order : select_.order_by) CollectColumns(*order.expression, &used);
    }
    return used;
  }

  PlanPtr Aggregated(PlanPtr plan) {
    if (!std::holds_alternative<CountPlan>(plan->node)) {
      std::string text = "Aggregate";
      for (const AggregateCall& call : select_.aggregates) {
        text.append(text.size() > 9 ? ", " : " ").append(context_.binder.TextOf(call.span));
      }
      for (const BoundPtr& key : select_.group_by) {
        text.append(&key == select_.group_by.data() ? " by " : ", ").append(context_.binder.TextOf(key->span));
      }
      AggregatePlan aggregate{std::move(select_.group_by), std::move(select_.aggregates)};
      plan = MakePlan(std::move(aggregate), std::move(text), std::move(plan));
    }
    at_most_ = std::numeric_limits<uint64_t>::max();
    return PlanConditions(std::move(select_.having), std::move(plan), context_);
  }

  PlanPtr Sorted(PlanPtr plan) {
    if (select_.order_by.empty()) return plan;
    std::string text = " by";
    for (const BoundOrder& order : select_.order_by) {
      text.append(text.size() > 3 ? ", " : " ").append(TextOf(*order.expression));
      if (order.descending) text += " DESC";
      if (order.nulls_first != order.descending) text += order.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    }
    const std::optional<uint64_t> keep = FirstRows();
    if (keep) at_most_ = std::min(at_most_, *keep);
    text = (keep ? "Top " + std::to_string(*keep) : "Sort") + text;
    if (late_) text += "; read late: " + NamesOf(late_->columns);
    return MakePlan(SortPlan{std::move(select_.order_by), keep, std::move(late_)}, std::move(text), std::move(plan));
  }

  // How many rows of the order are needed, if not all.
  std::optional<uint64_t> FirstRows() const {
    if (select_.distinct || !select_.limit || *select_.limit + select_.offset < select_.offset) return {};
    return *select_.limit + select_.offset;
  }

  std::string NamesOf(const ChunkColumns& columns) const {
    std::string text;
    for (const auto& [place, column] : columns.columns) {
      text.append(text.empty() ? "" : ", ").append(select_.source.columns[place].name);
    }
    return text;
  }

  // The columns of a SELECT in FROM have names that nobody need have written.
  std::string TextOf(const BoundExpression& key) const {
    const bool named = select_.source.kind == Source::Kind::kUnion || select_.source.kind == Source::Kind::kQuery;
    const auto index = named && !select_.aggregated ? ColumnIndex(key) : std::nullopt;
    return index ? select_.source.columns[*index].name : context_.binder.TextOf(key.span);
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

  BoundSelect select_;
  const PlanContext& context_;
  std::vector<BoundPtr> after_;                              // conditions that are looked at after the leaf
  std::optional<LateColumns> late_;                          // what the sort is left to read
  uint64_t at_most_ = std::numeric_limits<uint64_t>::max();  // rows there can be, whatever LIMIT says
};

}  // namespace

Result<PlanPtr> PlanSelect(BoundSelect select, const PlanContext& context) {
  return SelectPlanner(std::move(select), context).Plan();
}

}  // namespace quire::sql
