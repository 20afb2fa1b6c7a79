// Rows: the records of a file (row_source.h) into the chunks of a collection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "extensions/ingest/report.h"
#include "extensions/ingest/row_source.h"
#include "quire/database.h"

namespace quire::ingest {

// Whether a path is one of a row file, by its extension: jsonl, ndjson, csv, tsv, fvecs, bvecs, npy.
bool IsRowFile(std::string_view path);

struct RowsOptions {
  std::string collection;
  std::string path;
  RowSourceOptions source = {};
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(uint64_t rows)> on_progress = {};
};

// Lines that failed and are in the report, as "rows.jsonl:17"; a notice counts the others.
inline constexpr uint64_t kRowIssuesMax = 100;

// Writes each record as one chunk (row.h); attributes that are missing are added with the type that their values in the first
// thousand rows have in common. A row with the id of a chunk replaces it; one without an id gets it from its bytes, so that a file loaded twice is
// there once. A record that cannot be used fails alone.
//
// Errors: kNotFound, kIoError of the file; those of the database: rows committed before stay.
// Of the report, rows, rows_failed, issues, notices, seconds and cancelled are set.
Result<LoadReport> LoadRows(Database& database, const RowsOptions& options);

}  // namespace quire::ingest
