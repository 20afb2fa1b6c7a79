// A syntax tree as text again: for EXPLAIN and tests. Parsing what was printed gives a tree that prints the same.
#pragma once

#include <string>

#include "sql/parse/ast.h"

namespace quire::sql {

// Keywords in capitals, parentheses only where they are needed.
std::string Print(const Expression& expression);
std::string Print(const Statement& statement);

}  // namespace quire::sql
