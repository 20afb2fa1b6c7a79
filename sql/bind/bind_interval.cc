// INTERVAL '3 days': there is no type for it, so it only stands where it is added to a date or taken from one.
#include <charconv>
#include <optional>

#include "sql/bind/binder.h"
#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

struct Interval {
  int64_t months = 0, days = 0, microseconds = 0;
};

struct Unit {
  std::string_view name;
  Interval one;
};
constexpr int64_t kSecond = 1'000'000;
constexpr Unit kUnits[] = {
    {"year", {12, 0, 0}},         {"month", {1, 0, 0}},           {"mon", {1, 0, 0}},        {"week", {0, 7, 0}},
    {"day", {0, 1, 0}},           {"hour", {0, 0, 3600 * kSecond}}, {"minute", {0, 0, 60 * kSecond}},
    {"min", {0, 0, 60 * kSecond}}, {"second", {0, 0, kSecond}},   {"sec", {0, 0, kSecond}},
    {"millisecond", {0, 0, 1000}}, {"microsecond", {0, 0, 1}},
};

const Unit* FindUnit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (SameName(unit.name, name)) return &unit;
    if (!name.empty() && (name.back() == 's' || name.back() == 'S') && SameName(unit.name, name.substr(0, name.size() - 1)))
      return &unit;
  }
  return nullptr;
}

std::string_view TakeWord(std::string_view* text) {
  const size_t first = text->find_first_not_of(' ');
  if (first == std::string_view::npos) return *text = {};
  text->remove_prefix(first);
  const std::string_view word = text->substr(0, text->find(' '));
  text->remove_prefix(word.size());
  return word;
}

// Adds `count` of `unit`; false beyond 64 bits.
bool AddUnits(int64_t count, const Unit& unit, Interval* interval) {
  const auto add = [count](int64_t one, int64_t* sum) {
    int64_t product = 0;
    return !__builtin_mul_overflow(count, one, &product) && !__builtin_add_overflow(*sum, product, sum);
  };
  return add(unit.one.months, &interval->months) && add(unit.one.days, &interval->days) &&
         add(unit.one.microseconds, &interval->microseconds);
}

// '1 year 2 months -3 days'
std::optional<Interval> ParseInterval(std::string_view text) {
  Interval interval;
  bool any = false;
  for (std::string_view word = TakeWord(&text); !word.empty(); word = TakeWord(&text)) {
    int64_t count = 0;
    if (word.front() == '+') word.remove_prefix(1);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
    if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    const Unit* unit = FindUnit(TakeWord(&text));
    if (unit == nullptr || !AddUnits(count, *unit, &interval)) return std::nullopt;
    any = true;
  }
  return any ? std::optional<Interval>(interval) : std::nullopt;
}

const FunctionExpression* AsInterval(const Expression& expression) {
  const auto* call = std::get_if<FunctionExpression>(&expression.node);
  return call != nullptr && call->name == "interval" ? call : nullptr;
}

}  // namespace

// Null if neither side is an interval.
Result<BoundPtr> Binder::BindIntervalSum(const BinaryExpression& node, Span span, const Scope& scope) {
  const FunctionExpression* interval = AsInterval(*node.right);
  const Expression* moment = node.left.get();
  if (interval == nullptr && node.op == BinaryOperator::kAdd) {
    interval = AsInterval(*node.left);
    moment = node.right.get();
  }
  const bool is_sum = node.op == BinaryOperator::kAdd || node.op == BinaryOperator::kSubtract;
  if (interval == nullptr || !is_sum) return BoundPtr();
  std::string text;
  for (const ExpressionPtr& part : interval->arguments) {
    QUIRE_ASSIGN_OR_RETURN(const Value value, BindValue(*part, "in INTERVAL"));
    text += (text.empty() ? "" : " ") + value.ToString();
  }
  const std::optional<Interval> length = ParseInterval(text);
  if (!length) {
    return Status(Code::kInvalidArgument, "'" + Shortened(text) + "' is not an interval",
                  "write INTERVAL '1 year 2 months 3 days 4 hours'")
        .At(interval->name_span.start);
  }
  QUIRE_ASSIGN_OR_RETURN(BoundPtr bound, Bind(*moment, scope));
  QUIRE_ASSIGN_OR_RETURN(bound, Coerce(std::move(bound), Type::kTimestamp));
  std::vector<BoundPtr> arguments = {std::move(bound)};
  for (const int64_t part : {length->months, length->days, length->microseconds}) {
    const int64_t signed_part = node.op == BinaryOperator::kSubtract ? -part : part;
    arguments.push_back(MakeBound(Type::kInteger, span, BoundConstant{Value::Integer(signed_part)}));
  }
  return MakeCall(*registry_.FindFunction("add_interval"), std::move(arguments), span);
}

}  // namespace quire::sql
