// quire-bench sql: what the language costs: parsing and planning, prepared INSERTs, scans and aggregates; beside SQLite.
#pragma once

#include <cstdint>
#include <string>

namespace quire::bench {

// Measures over a collection of `rows` rows in a folder of its own and prints a table. Gives the program's exit code.
int RunStatements(uint64_t rows);

// The same table in SQLite: seconds of each query, in order; -1 where it failed. Empty if SQLite is not compiled in.
struct SqliteRow {
  int64_t number = 0;
  double price = 0;
  std::string product;
};
std::string SqliteVersion();
double SqliteFill(uint64_t rows, SqliteRow (*row)(uint64_t));  // seconds
double SqliteQuery(const char* query);                         // seconds, best of three

}  // namespace quire::bench
