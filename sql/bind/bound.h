// Bound expressions: names resolved to columns and functions, types known, constants folded. Immutable and shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/function_ref.h"
#include "quire/value.h"
#include "sql/bind/source.h"
#include "sql/bind/value_set.h"
#include "sql/parse/ast.h"
#include "sql/registry/registry.h"

namespace quire::sql {

struct BoundExpression;
class Regexp;
using BoundPtr = std::shared_ptr<const BoundExpression>;

enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

struct BoundConstant {
  Value value;
};
struct BoundColumn {
  uint32_t index = 0;  // into the row: of the source, or of the aggregates
};
struct BoundLogical {
  bool is_and = true;
  BoundPtr left, right;
};
struct BoundNot {
  BoundPtr operand;
};
struct BoundIsNull {
  BoundPtr operand;
};
struct BoundComparison {
  Comparison op;
  BoundPtr left, right;
};
struct BoundIn {
  BoundPtr operand;
  std::vector<BoundPtr> values;
};
// operand IN a set that is known before the first row.
struct BoundInSet {
  BoundPtr operand;
  std::shared_ptr<const ValueSet> set;
};
// IS NOT DISTINCT FROM: equal, and NULL equals NULL.
struct BoundIsSame {
  BoundPtr left, right;
};
// The value of an aggregate; gone once SELECT is bound.
struct BoundAggregate {
  uint32_t index = 0;  // among the SELECT's aggregates
};
struct BoundArithmetic {
  BinaryOperator op;  // + - * / %
  BoundPtr left, right;
};
struct BoundConcatenate {
  BoundPtr left, right;
};
struct BoundLike {
  BoundPtr operand, pattern;
  bool ignore_case = false;
  std::string escape = "\\";  // one character; empty: none
};
struct BoundRegexp {
  BoundPtr operand, pattern;
  bool ignore_case = false;
  std::shared_ptr<const Regexp> compiled;  // null: the pattern differs from row to row
};
struct BoundCase {
  std::vector<std::pair<BoundPtr, BoundPtr>> branches;
  BoundPtr otherwise;  // null: NULL
};
struct BoundCast {
  BoundPtr operand;
  bool asked_for = false;  // CAST and ::, which round and read more than what types do by themselves
};
struct BoundArray {
  std::vector<BoundPtr> items;
};
struct BoundCall {
  const ScalarFunction* function;  // of the registry, which outlives the statement
  std::vector<BoundPtr> arguments;
  Database* database = nullptr;    // outlives the statement; for a function that needs it
};
// `value op ANY (array)`, `value op ALL (array)`.
struct BoundAny {
  BoundPtr value, array;
  Comparison op = Comparison::kEqual;
  bool all = false;
};

struct BoundExpression {
  Type type = Type::kNull;  // kNull: NULL, or not known before it is evaluated
  Span span;                // in the statement
  std::variant<BoundConstant, BoundColumn, BoundAggregate, BoundLogical, BoundNot, BoundIsNull, BoundComparison,
               BoundIn, BoundInSet, BoundIsSame, BoundArithmetic, BoundConcatenate, BoundLike, BoundRegexp, BoundCase,
               BoundCast, BoundArray, BoundCall, BoundAny>
      node;
};

template <typename Node>
BoundPtr MakeBound(Type type, Span span, Node node) {
  return std::make_shared<const BoundExpression>(BoundExpression{type, span, std::move(node)});
}

// The direct parts of an expression, in order.
std::vector<const BoundExpression*> ChildrenOf(const BoundExpression& expression);
// The value of a constant, or null if `expression` is none.
const Value* ConstantValue(const BoundExpression& expression);
// The index of a column, or nothing.
std::optional<uint32_t> ColumnIndex(const BoundExpression& expression);
// Adds the columns of the row that the expression reads to `used`. REQUIRES: used->size() covers the row.
void CollectColumns(const BoundExpression& expression, std::vector<bool>* used);
// `in` with its columns moved by `offset`. REQUIRES: none falls below 0.
BoundPtr ShiftColumns(const BoundPtr& in, int64_t offset);
// `in` with each direct part replaced by what `replace` gives for it.
Result<BoundPtr> ReplaceChildren(const BoundPtr& in, function_ref<Result<BoundPtr>(const BoundPtr&)> replace);
// Same shape, same constants, same columns: the two always give the same value.
bool SameExpression(const BoundExpression& a, const BoundExpression& b);
// `in` with every part that is the same as `what` replaced by `with`.
BoundPtr ReplaceExpression(const BoundPtr& in, const BoundExpression& what, const BoundPtr& with);

}  // namespace quire::sql
