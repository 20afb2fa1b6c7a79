#include "engine/filter/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace quire::filter {
namespace {

using Op = Filter::Op;

constexpr int kDepthMax = 500;
constexpr double kTwoTo63 = 9223372036854775808.0;

// --- Literals ----------------------------------------------------------------------------------------------------
Place AmongIntegers(double literal) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
  if (std::isnan(literal) || literal >= kTwoTo63) return {Value::Integer(kMost), 1};  // NaN stands above all numbers
  if (literal < -kTwoTo63) return {Value::Integer(kLeast), -1};
  const double whole = std::floor(literal);
  return {Value::Integer(static_cast<int64_t>(whole)), literal > whole ? 1 : 0};
}

Place AmongReals(int64_t literal) {
  const auto nearest = static_cast<double>(literal);
  if (nearest >= kTwoTo63) return {Value::Real(nearest), -1};
  const auto back = static_cast<int64_t>(nearest);
  return {Value::Real(nearest), literal < back ? -1 : literal > back ? 1 : 0};
}

Status Mismatch(const Condition& condition, const Value& literal) {
  return Status(Code::kTypeMismatch, "column '" + condition.name + "': cannot compare " +
                                         std::string(TypeName(condition.type)) + " with " +
                                         std::string(TypeName(literal.type())));
}

Result<Place> Converted(const Condition& condition, const Value& literal) {
  Result<Value> value = Cast(literal, condition.type);
  if (!value.ok()) return std::move(value).status().Within("column '" + condition.name + "'");
  return Place{*std::move(value), 0};
}

Result<Place> AmongDates(const Condition& condition, const Value& moment) {
  constexpr int64_t kDay = 86'400'000'000;                            // microseconds
  QUIRE_ASSIGN_OR_RETURN(Place place, Converted(condition, moment));  // the day it falls on
  place.side = moment.integer() % kDay == 0 ? 0 : 1;
  return place;
}

// Where `literal` (not NULL) stands among the values of the condition's column.
Result<Place> FindPlace(const Condition& condition, const Value& literal) {
  const Type column = condition.type, given = literal.type();
  if (column == Type::kVector) return Mismatch(condition, literal);
  if (column == given) return Place{literal, 0};
  if (column == Type::kInteger && given == Type::kReal) return AmongIntegers(literal.real());
  if (column == Type::kReal && given == Type::kInteger) return AmongReals(literal.integer());
  if (column == Type::kDate && given == Type::kTimestamp) return AmongDates(condition, literal);
  if (column == Type::kTimestamp && given == Type::kDate) return Converted(condition, literal);
  const bool is_equality = condition.op == Condition::Op::kIn;
  if (column == Type::kTextArray && given == Type::kText && is_equality) return Place{literal, 0};
  const bool reads_text = column == Type::kDate || column == Type::kTimestamp || column == Type::kJson;
  if (reads_text && given == Type::kText) return Converted(condition, literal);
  return Mismatch(condition, literal);
}

// --- Leaves ------------------------------------------------------------------------------------------------------
struct Comparison {
  Condition::Op op;
  bool negated;
};

// Orders have an opposite; equality and IS NULL are negated as they are.
Comparison PushDown(Op op, bool negated) {
  switch (op) {
    case Op::kLess: return {negated ? Condition::Op::kGreaterEqual : Condition::Op::kLess, false};
    case Op::kLessEqual: return {negated ? Condition::Op::kGreater : Condition::Op::kLessEqual, false};
    case Op::kGreater: return {negated ? Condition::Op::kLessEqual : Condition::Op::kGreater, false};
    case Op::kGreaterEqual: return {negated ? Condition::Op::kLess : Condition::Op::kGreaterEqual, false};
    case Op::kIsNull: return {Condition::Op::kIsNull, negated};
    case Op::kNotEqual: return {Condition::Op::kIn, !negated};
    default: return {Condition::Op::kIn, negated};
  }
}

bool IsTextsInArray(const Condition& condition) {
  return std::all_of(condition.places.begin(), condition.places.end(),
                     [](const Place& place) { return place.at.type() == Type::kText; });
}

Cost CostOf(const Condition& condition) {
  const bool is_null = condition.op == Condition::Op::kIsNull;
  if (condition.column == kNotIndexed) return Cost::kRead;
  if (condition.type == Type::kJson && !is_null) return Cost::kRead;
  if (condition.type == Type::kTextArray && !is_null && !IsTextsInArray(condition)) return Cost::kRead;
  return is_null || condition.op == Condition::Op::kIn ? Cost::kKeys : Cost::kKeyRange;
}

PlanNode Constant(bool keeps_all) {
  PlanNode node;
  node.kind = keeps_all ? PlanNode::Kind::kAll : PlanNode::Kind::kNone;
  return node;
}

Result<PlanNode> PlanCondition(const Filter& filter, bool negated, const FilterSource& source) {
  PlanNode node;
  node.kind = PlanNode::Kind::kCondition;
  Condition& condition = node.condition;
  const Comparison pushed = PushDown(filter.op(), negated);
  condition.op = pushed.op;
  node.negated = pushed.negated;
  condition.name = filter.column();
  using Stored = std::pair<uint16_t, Type>;
  QUIRE_ASSIGN_OR_RETURN(const Stored stored, source.column(condition.name));
  std::tie(condition.column, condition.type) = stored;

  bool has_null = false;
  for (const Value& literal : filter.values()) {
    has_null |= literal.is_null();
    if (literal.is_null()) continue;
    QUIRE_ASSIGN_OR_RETURN(Place place, FindPlace(condition, literal));
    if (condition.op != Condition::Op::kIn || place.side == 0) condition.places.push_back(std::move(place));
  }
  if (filter.op() == Op::kIn && filter.values().empty()) return Constant(node.negated);  // no comparison at all
  // With a NULL among its literals an order is unknown, an equality never false.
  if (has_null && (condition.op != Condition::Op::kIn || node.negated)) return Constant(false);
  if (condition.op == Condition::Op::kIn && condition.places.empty() && !node.negated) return Constant(false);
  node.cost = CostOf(condition);
  return node;
}

Result<PlanNode> PlanPredicate(const Filter& filter, bool negated) {
  if (!filter.predicate()) return Status(Code::kInvalidArgument, "filter: the predicate is empty");
  PlanNode node;
  node.kind = PlanNode::Kind::kPredicate;
  node.cost = Cost::kPredicate;
  node.negated = negated;
  node.predicate = &filter.predicate();
  return node;
}

// --- The tree ----------------------------------------------------------------------------------------------------
// A part of the filter and whether its negation is meant.
struct Part {
  const Filter* filter;
  bool negated;
};

Part WithoutNots(Part part) {
  for (; part.filter->op() == Op::kNot; part.negated = !part.negated) part.filter = &part.filter->child(0);
  return part;
}

// What a part without NOT is after its negation was pushed down.
PlanNode::Kind KindOf(Part part) {
  switch (part.filter->op()) {
    case Op::kAll: return part.negated ? PlanNode::Kind::kNone : PlanNode::Kind::kAll;
    case Op::kAnd: return part.negated ? PlanNode::Kind::kOr : PlanNode::Kind::kAnd;
    case Op::kOr: return part.negated ? PlanNode::Kind::kAnd : PlanNode::Kind::kOr;
    case Op::kPredicate: return PlanNode::Kind::kPredicate;
    default: return PlanNode::Kind::kCondition;
  }
}

Result<PlanNode> Plan(Part part, const FilterSource& source, int depth);

// A whole chain of one connective, however deep it leans, as one node.
Result<PlanNode> PlanChain(Part head, const FilterSource& source, int depth) {
  if (depth > kDepthMax) {
    return Status(Code::kResourceExhausted,
                  "filter: conditions are nested more than " + std::to_string(kDepthMax) + " levels deep");
  }
  PlanNode node;
  node.kind = KindOf(head);
  std::vector<Part> todo = {head};
  while (!todo.empty()) {
    const Part part = WithoutNots(todo.back());
    todo.pop_back();
    if (KindOf(part) == node.kind) {
      todo.push_back({&part.filter->child(1), part.negated});
      todo.push_back({&part.filter->child(0), part.negated});
      continue;
    }
    QUIRE_ASSIGN_OR_RETURN(PlanNode child, Plan(part, source, depth + 1));
    node.cost = std::max(node.cost, child.cost);
    node.children.push_back(std::move(child));
  }
  std::stable_sort(node.children.begin(), node.children.end(),
                   [](const PlanNode& a, const PlanNode& b) { return a.cost < b.cost; });
  return node;
}

Result<PlanNode> Plan(Part part, const FilterSource& source, int depth) {
  part = WithoutNots(part);
  switch (KindOf(part)) {
    case PlanNode::Kind::kAll: return Constant(true);
    case PlanNode::Kind::kNone: return Constant(false);
    case PlanNode::Kind::kAnd:
    case PlanNode::Kind::kOr: return PlanChain(part, source, depth);
    case PlanNode::Kind::kPredicate: return PlanPredicate(*part.filter, part.negated);
    case PlanNode::Kind::kCondition: break;
  }
  return PlanCondition(*part.filter, part.negated, source);
}

}  // namespace

Result<PlanNode> MakePlan(const Filter& filter, const FilterSource& source) {
  return Plan({&filter, false}, source, 0);
}

}  // namespace quire::filter
