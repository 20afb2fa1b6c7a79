// Small tools for syntax trees.
#pragma once

#include <string_view>

#include "engine/base/function_ref.h"
#include "sql/parse/ast.h"

namespace quire::sql {

// Gives each direct child of an expression, in the order written; not what is in a SELECT inside it.
void ForEachChild(const Expression& expression, function_ref<void(const Expression&)> visit);

// An operator as it is written: "<=>", "NOT LIKE".
std::string_view OperatorText(BinaryOperator op);

// How tightly operators bind, loosest first. Operators of one level go from left to right.
enum class Precedence : uint8_t {
  kOr,
  kAnd,
  kNot,
  kComparison,  // = <> < <= > >= IS IN BETWEEN LIKE SIMILAR MATCH
  kOther,       // || <=> <-> <#>
  kSum,
  kProduct,
  kSign,
  kElement,  // -> ->> [n]
  kCast,
  kPrimary,
};
Precedence PrecedenceOf(BinaryOperator op);

}  // namespace quire::sql
