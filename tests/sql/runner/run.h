// Runs the records of one .test file on a database of its own.
#pragma once

#include <string>
#include <vector>

#include "tests/sql/runner/script.h"

namespace quire::sql_test {

struct RunOptions {
  bool restart_each = false;  // close and reopen the database after every statement outside of a transaction
  bool vacuum_each = false;   // VACUUM after every statement outside of a transaction
  bool no_index = false;      // conditions are decided by looking at each chunk; plans are not compared
};

// What a record gave instead of what it expects.
struct Failure {
  size_t line = 0;  // of the record
  std::string what;
};

// The failures, and in `actual` what each record gave, as it would stand after ----.
std::vector<Failure> RunScript(const std::vector<Record>& records, const std::string& directory,
                               const RunOptions& options, std::vector<std::vector<std::string>>* actual);

}  // namespace quire::sql_test
