// A .test file as records. The dialect is described in tests/sql/README.md.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "quire/connection.h"

namespace quire::sql_test {

struct Record {
  enum class Kind { kStatement, kError, kQuery, kExplain, kRestart, kMockAnswer } kind = Kind::kStatement;
  size_t line = 0;                    // 1-based, of the directive
  std::string argument;               // the code of kError, the types of kQuery, the number of changes of kStatement
  bool row_sort = false;              // kQuery
  bool header = false;                // kQuery: the first expected line holds the names of the columns
  std::string text;                   // SQL, or what a mock answer says
  std::vector<std::string> expected;  // lines after ----
  size_t expected_line = 0;           // 0-based line at which they begin
  Parameters parameters;
};

// Errors: kInvalidArgument naming the line.
Result<std::vector<Record>> ParseScript(const std::vector<std::string>& lines);

// `<<1000*x>>` becomes a thousand x, so that large statements have small files.
std::string ExpandRepeats(const std::string& text);

}  // namespace quire::sql_test
