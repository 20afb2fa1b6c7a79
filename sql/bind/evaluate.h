// Evaluate: the value of a bound expression for a row.
#pragma once

#include <optional>

#include "sql/bind/bound.h"

namespace quire::sql {

// REQUIRES: `row` has every column the expression reads.
// Errors: kTypeMismatch, kInvalidArgument (overflow, division by zero) and those of functions, with position.
Result<Value> Evaluate(const BoundExpression& expression, const Row& row);

// Whether a condition is TRUE: neither FALSE nor NULL. Errors: as Evaluate, and kTypeMismatch if it is no BOOLEAN.
Result<bool> IsTrue(const BoundExpression& condition, const Row& row);

}  // namespace quire::sql
