// Rows: a JSONL file, one object a line, into the chunks of a collection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "extensions/ingest/report.h"
#include "quire/database.h"

namespace quire::ingest {

struct RowsOptions {
  std::string collection;
  std::string path;
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(uint64_t rows)> on_progress = {};
};

struct RowsReport {
  uint64_t rows = 0;      // written
  uint64_t failed = 0;
  std::vector<Issue> issues;  // a line that failed has path "rows.jsonl:17"; at most kRowIssuesMax of them
  std::vector<std::string> notices;
};

inline constexpr uint64_t kRowIssuesMax = 100;

// Writes each line of a JSONL file as one chunk. The keys id (or _id), uri, title, section, text, embedding (a list of numbers) and
// created_at are built-in columns; the others are attributes, and those that are missing are added with the type of
// the first value that is not null. A row with the id of a chunk replaces it. Blank lines are skipped; a line that is no JSON
// object, has neither text nor embedding, or a value of the wrong type fails alone.
//
// Errors: kNotFound, kIoError of the file; those of the database: rows committed before stay.
Result<RowsReport> LoadRows(Database& database, const RowsOptions& options);

}  // namespace quire::ingest
