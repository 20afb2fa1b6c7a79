// The two kinds of Rows: computed as they are pulled, and there already.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "quire/connection.h"
#include "sql/exec/operator.h"
#include "sql/plan/plan.h"
#include "sql/registry/registry.h"

namespace quire::sql {

// What a statement gave beside its rows.
struct Outcome {
  uint64_t changes = 0;
  std::vector<std::string> notices;
};

// The rows of a plan. `columns` are those of its root.
std::unique_ptr<Rows> MakeQueryRows(PlanPtr plan, std::vector<ResultColumn> columns, OperatorContext context);

// Errors: kInternal if a row does not have as many values as there are columns.
Result<std::unique_ptr<Rows>> MakeStoredRows(RowSet set, Outcome outcome = {});

// No columns, no rows: a statement that did something.
std::unique_ptr<Rows> MakeNoRows(Outcome outcome);

// One TEXT column.
std::unique_ptr<Rows> MakeTextRows(std::string column, const std::vector<std::string>& lines);

// All rows of `rows`, which is at its end then.
Result<std::unique_ptr<Rows>> Materialize(Rows& rows);

}  // namespace quire::sql
