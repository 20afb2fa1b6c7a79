// The values of a statement's parameters, and which of them it has used.
#pragma once

#include <string>
#include <vector>

#include "quire/connection.h"
#include "sql/parse/ast.h"

namespace quire::sql {

class ParameterValues {
 public:
  // `parameters` is borrowed.
  explicit ParameterValues(const Parameters& parameters);

  // The value of a parameter, which then counts as used. Errors: kInvalidArgument if none was given, with position.
  Result<Value> Take(const ParameterExpression& parameter, Span span);

  // Errors: kInvalidArgument naming a value that no parameter took.
  Status CheckAllUsed() const;

 private:
  const Parameters& parameters_;
  std::vector<bool> positional_used_;
  std::vector<bool> named_used_;
};

}  // namespace quire::sql
