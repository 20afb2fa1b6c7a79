// Rows: a JSONL file, one object a line, or a CSV or TSV file with a header (delimited.h), into the chunks of a collection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "extensions/ingest/report.h"
#include "quire/database.h"

namespace quire::ingest {

// Whether a path is one of a row file, by its extension: jsonl, ndjson, csv, tsv.
bool IsRowFile(std::string_view path);

struct RowsOptions {
  std::string collection;
  std::string path;
  std::string format = {};  // "jsonl", "csv", "tsv"; empty: by the extension
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(uint64_t rows)> on_progress = {};
};

// Lines that failed and are in the report, as "rows.jsonl:17"; a notice counts the others.
inline constexpr uint64_t kRowIssuesMax = 100;

// Writes each line of a JSONL file as one chunk. The keys id (or _id), uri, title, section, text, embedding (a list
// of numbers) and created_at are built-in columns; the others are attributes, and those that are missing are added
// with the type of the first value that is not null. A row with the id of a chunk replaces it; one without an id gets
// it from the bytes of its line, so that a file loaded twice is there once. Blank lines are skipped; a line that is
// no JSON object, has neither text nor embedding, or a value of the wrong type fails alone.
//
// Errors: kNotFound, kIoError of the file; those of the database: rows committed before stay.
// Of the report, rows, rows_failed, issues, notices, seconds and cancelled are set.
Result<LoadReport> LoadRows(Database& database, const RowsOptions& options);

}  // namespace quire::ingest
