// What is behind quire::Statement.
#pragma once

#include <string>
#include <vector>

#include "quire/connection.h"
#include "sql/exec/executor.h"

namespace quire {

namespace sql {
struct StatementParameter {
  std::string name;     // empty: by position
  size_t position = 0;  // where it first stands
  bool bound = false;
};
}  // namespace sql

struct Statement::Impl {
  // `session` is borrowed for as long as the statement is used. Errors: as Connection::Prepare.
  static Result<Statement> Make(sql::SessionState& session, std::string_view text);

  Value* Find(size_t index);
  // Errors: kInvalidArgument at the first parameter without a value.
  Status CheckAllBound() const;

  sql::SessionState* session = nullptr;
  std::string text;
  sql::Statement tree;
  std::vector<sql::StatementParameter> parameters;  // first those by position
  Parameters values;                                // in the same order
};

}  // namespace quire
