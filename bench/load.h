// quire-bench load: what loading a folder costs, beside a script that cuts text every 500 characters into SQLite's FTS5.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quire::bench {

struct LoadBenchOptions {
  std::string folder;                  // real pages
  uint64_t pages = 100'000;            // made-up ones
  uint64_t memory_limit = 320u << 20;  // of the database, for the made-up ones
  int rounds = 5;
};

// Measures and prints a table. Gives the program's exit code.
int RunLoad(const LoadBenchOptions& options);

// The rival: every file cut into pieces of 500 characters, inserted into an FTS5 table in one transaction, fsynced. Seconds; -1 if
// it failed; negative as well if SQLite is not compiled in.
double SqliteLoadFolder(const std::string& database, const std::vector<std::string>& files);

}  // namespace quire::bench
