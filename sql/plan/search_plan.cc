#include <algorithm>

#include "sql/plan/planner.h"

namespace quire::sql {
namespace {

struct DistanceName {
  std::string_view function;
  Metric metric;
};
// The functions whose value is the distance an index of that metric orders by.
constexpr DistanceName kDistances[] = {
    {"cosine_distance", Metric::kCosine},
    {"array_cosine_distance", Metric::kCosine},
    {"vec_distance_cosine", Metric::kCosine},
    {"l2_distance", Metric::kL2},
    {"array_distance", Metric::kL2},
    {"vec_distance_l2", Metric::kL2},
    {"negative_inner_product", Metric::kInnerProduct},
    {"array_negative_inner_product", Metric::kInnerProduct},
};

bool IsEmbedding(const BoundExpression& expression, const Source& source) {
  const auto index = ColumnIndex(expression);
  return index && source.columns[*index].role == ColumnRole::kEmbedding;
}

// The vector whose distance from the embedding, in the collection's metric, the expression is; or null.
const BoundExpression* DistanceVector(const BoundExpression& expression, const Source& source) {
  const auto* call = std::get_if<BoundCall>(&expression.node);
  if (call == nullptr) return nullptr;
  const Metric metric = source.collection.schema.metric;
  const bool is_metric = std::any_of(std::begin(kDistances), std::end(kDistances), [&](const DistanceName& distance) {
    return distance.metric == metric && distance.function == call->function->name;
  });
  if (!is_metric) return nullptr;
  for (const auto& [column, vector] : {std::pair(0, 1), std::pair(1, 0)}) {
    const BoundExpression& other = *call->arguments[static_cast<size_t>(vector)];
    const Value* value = ConstantValue(other);
    if (value != nullptr && value->type() == Type::kVector &&
        IsEmbedding(*call->arguments[static_cast<size_t>(column)], source)) {
      return &other;
    }
  }
  return nullptr;
}

// ORDER BY embedding <=> v LIMIT k: the search it stands for, or nothing.
Result<std::optional<BoundSearch>> SearchByOrder(BoundSelect* select) {
  const bool fits = select->source.kind == Source::Kind::kCollection && select->order_by.size() == 1 &&
                    !select->order_by[0].descending && !select->aggregated && !select->distinct && select->limit;
  if (!fits) return std::optional<BoundSearch>();
  const uint64_t limit = *select->limit;
  if (limit == 0 || limit > kMaxResults || select->offset > kMaxResults - limit) return std::optional<BoundSearch>();
  const BoundPtr distance = select->order_by[0].expression;
  const BoundExpression* vector = DistanceVector(*distance, select->source);
  if (vector == nullptr) return std::optional<BoundSearch>();
  BoundSearch search;
  search.span = distance->span;
  search.mode = SearchMode::kVector;
  search.vector = ConstantValue(*vector)->vector();
  Status checked = CheckVector(search.vector, select->source.collection);
  if (!checked.ok()) return std::move(checked).At(vector->span.start);
  // The search computes the distance: items that show it need not do so again.
  const BoundPtr pseudo = MakeBound(Type::kReal, distance->span, BoundColumn{*select->source.Find("distance")});
  for (BoundItem& item : select->items) item.expression = ReplaceExpression(item.expression, *distance, pseudo);
  select->order_by.clear();
  return std::optional<BoundSearch>(std::move(search));
}

Status Unbounded(const BoundSelect& select, const BoundSearch& search) {
  if (!select.aggregated && !select.distinct) {
    return Status(Code::kInvalidArgument, "a search needs LIMIT, k or min_score: every row is similar to some degree",
                  "add LIMIT 10")
        .At(search.span.start);
  }
  const bool words = search.mode == SearchMode::kWords;
  return Status(Code::kInvalidArgument,
                "a search under DISTINCT or an aggregate needs k or min_score: LIMIT counts the rows that come out",
                words ? "write MATCH(text, 'your words', k => 100)" : "write SIMILAR(text, 'your question', k => 100)")
      .At(search.span.start);
}

// GROUP BY document ORDER BY max(score) DESC LIMIT n: the first n groups that the nearest chunks belong to. Chunks further
// away change neither which groups those are nor their order, if nothing else is asked of a group.
bool WantsNearestGroups(const BoundSelect& select, SearchMode mode) {
  if (select.group_by.empty() || !select.limit || select.order_by.empty() || !select.having.empty()) return false;
  const auto is_nearest = [&](const AggregateCall& call) {
    const auto index = call.argument == nullptr ? std::nullopt : ColumnIndex(*call.argument);
    if (!index) return false;
    const ColumnRole role = select.source.columns[*index].role;
    if (call.kind == AggregateCall::Kind::kMax) return role == ColumnRole::kScore;
    const bool distance = role == ColumnRole::kDistance && mode == SearchMode::kVector;
    return call.kind == AggregateCall::Kind::kMin && (role == ColumnRole::kRank || distance);
  };
  if (!std::all_of(select.aggregates.begin(), select.aggregates.end(), is_nearest)) return false;
  const auto first = ColumnIndex(*select.order_by[0].expression);
  if (!first || *first < select.group_by.size()) return false;
  const AggregateCall& call = select.aggregates[*first - select.group_by.size()];
  return select.order_by[0].descending == (call.kind == AggregateCall::Kind::kMax);
}

// How many chunks the search is to find.
Result<uint32_t> ResultCount(const BoundSelect& select, const BoundSearch& search, bool keeps_order) {
  const bool counts_rows = select.limit && !select.aggregated && !select.distinct;
  const uint64_t limit = select.limit.value_or(0);
  const bool fits = limit <= kMaxResults && select.offset <= kMaxResults - limit;
  if (search.k) {
    if (!counts_rows || !keeps_order || !fits) return *search.k;
    return static_cast<uint32_t>(std::min<uint64_t>(*search.k, limit + select.offset));
  }
  if (counts_rows && fits) return static_cast<uint32_t>(limit + select.offset);
  if (counts_rows) {
    return Status(Code::kInvalidArgument, "a search gives at most " + std::to_string(kMaxResults) +
                                              " rows, and LIMIT with OFFSET asks for more")
        .At(search.span.start);
  }
  if (search.min_score || WantsNearestGroups(select, search.mode)) return kMaxResults;
  return Unbounded(select, search);
}

bool IsOrderOfSearch(const BoundSelect& select, SearchMode mode) {
  if (select.order_by.empty()) return true;
  const auto index = ColumnIndex(*select.order_by[0].expression);
  if (!index || select.aggregated) return false;
  const bool descending = select.order_by[0].descending;
  switch (select.source.columns[*index].role) {
    case ColumnRole::kScore: return descending && select.order_by.size() == 1;
    case ColumnRole::kRank: return !descending;
    case ColumnRole::kDistance: return !descending && select.order_by.size() == 1 && mode == SearchMode::kVector;
    default: return false;
  }
}

SearchRequest MakeRequest(BoundSearch search, uint32_t k, const PlanContext& context) {
  SearchRequest request;
  request.k = k;
  request.text = std::move(search.text);
  request.vector = std::move(search.vector);
  request.mode = search.mode;
  request.min_score = search.min_score.value_or(0);
  request.recall_target = search.recall_target.value_or(context.recall_target);
  request.exact = search.exact;
  request.distinct = search.distinct;
  request.cancelled = context.cancelled;
  return request;
}

}  // namespace

bool KeepsNearest(const BoundExpression& condition, const Source& source, SearchMode mode) {
  const auto* comparison = std::get_if<BoundComparison>(&condition.node);
  if (comparison == nullptr) return false;
  bool column_first = true;
  auto index = ColumnIndex(*comparison->left);
  const BoundExpression* other = comparison->right.get();
  if (!index) {
    column_first = false;
    index = ColumnIndex(*comparison->right);
    other = comparison->left.get();
  }
  if (!index || ConstantValue(*other) == nullptr) return false;
  const bool less = comparison->op == Comparison::kLess || comparison->op == Comparison::kLessEqual;
  const bool greater = comparison->op == Comparison::kGreater || comparison->op == Comparison::kGreaterEqual;
  const bool upper_bound = column_first ? less : greater;
  const bool lower_bound = column_first ? greater : less;
  switch (source.columns[*index].role) {
    case ColumnRole::kScore: return lower_bound;
    case ColumnRole::kRank: return upper_bound;
    case ColumnRole::kDistance: return upper_bound && mode == SearchMode::kVector;
    default: return false;
  }
}

Result<std::optional<SearchPlan>> PlanSearch(BoundSelect* select, const PlanContext& context) {
  std::optional<BoundSearch> search = select->where.search;
  bool keeps_order = true;
  if (search) {
    keeps_order = IsOrderOfSearch(*select, search->mode);
  } else {
    QUIRE_ASSIGN_OR_RETURN(search, SearchByOrder(select));
  }
  if (!search) return std::optional<SearchPlan>();
  SearchPlan plan;
  plan.collection = select->source.name;
  QUIRE_ASSIGN_OR_RETURN(plan.request.k, ResultCount(*select, *search, keeps_order));
  const bool by_limit = select->limit && !select->aggregated && !select->distinct;
  plan.open_ended = !search->k && plan.request.k == kMaxResults && !by_limit;
  plan.keeps_all = search->keeps_all;
  for (BoundSearch& part : search->parts) {
    const double weight = part.weight;
    plan.parts.emplace_back(MakeRequest(std::move(part), plan.request.k, context), weight);
  }
  plan.request = MakeRequest(*std::move(search), plan.request.k, context);
  if (keeps_order) select->order_by.clear();
  return std::optional<SearchPlan>(std::move(plan));
}

}  // namespace quire::sql
