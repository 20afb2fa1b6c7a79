// LoadReport: what a load did, file by file where there is something to say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire::ingest {

// Something the user should know of one file.
struct Issue {
  std::string path;   // its URI, or the path where it has none
  std::string stage;  // "walk", "read", "parse", "write", "delete"
  std::string reason;
  std::string hint;    // may be empty
  bool failed = true;  // false: a notice, the file was loaded
};

// An issue of a failed call.
Issue FailureOf(std::string path, std::string stage, const Status& status);

struct LoadReport {
  uint64_t documents = 0;  // looked at: the sum of the five after it
  uint64_t added = 0, changed = 0, unchanged = 0, failed = 0;
  uint64_t renamed = 0;   // the bytes of a document that has vanished, under another name
  uint64_t deleted = 0;   // vanished from the folder
  uint64_t chunks = 0;    // of the documents added and changed
  uint64_t embedded = 0;  // of those, new
  uint64_t chunks_removed = 0;
  uint64_t bytes = 0;                  // of the documents added and changed
  uint64_t rows = 0, rows_failed = 0;  // of row files
  double seconds = 0;
  bool cancelled = false;
  uint64_t duplicates = 0;       // chunks that say word for word what an earlier one of this load says
  uint64_t near_duplicates = 0;  // nearly so (duplicates.h)
  std::vector<Issue> details;    // each of them, and of the files left out, by name, up to a limit: for --report
  std::vector<Issue> issues;
  std::vector<std::string> notices;  // of the load as a whole
};

// "434 documents: 434 added, 0 changed, 0 unchanged, 0 failed; 3,912 chunks (3,912 embedded) in 1.2 s"; of rows
// "1,000 rows: 998 loaded, 2 failed in 0.1 s".
std::string Summary(const LoadReport& report);

// Failures one line each, "uri: reason (hint)"; notices that several files share as one line with their number.
std::vector<std::string> Messages(const LoadReport& report);

// Adds what another load did.
void Merge(const LoadReport& report, LoadReport* into);

// Each issue, and then each chunk that details another, as one line of JSON {"path","state","stage","reason","hint"}.
std::string IssuesAsJsonLines(const LoadReport& report);

// 3912 as "3,912".
std::string WithCommas(uint64_t number);
// 1 and 2 of "row" as "1 row" and "2 rows".
std::string Plural(uint64_t count, std::string_view noun);

}  // namespace quire::ingest
