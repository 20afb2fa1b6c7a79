// Row: one record that becomes one chunk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"
#include "quire/chunk.h"
#include "quire/status.h"

namespace quire::ingest {

struct Row {
  Chunk chunk;  // its id is empty where the record has none
  std::vector<Attribute> attributes;
};

// Where in a record a column is found.
struct ColumnPath {
  std::string name;
  std::vector<std::string> steps;  // keys and indexes, at least one
};

// Of "text=data.prompt" or "title=$.meta.titles[0]"; of CSV the step is the name of a column. Errors: kInvalidArgument.
Result<ColumnPath> ParseColumnPath(std::string_view text);

// A record as one JSON object. `columns` are taken first, and the keys they begin with go. The keys id (or _id), uri, title,
// section, text, embedding (a list of numbers) and created_at are built-in columns, all others attributes.
// Errors: kInvalidArgument (no JSON object, neither text nor embedding), kTypeMismatch, kResourceExhausted (too deep).
Result<Row> ParseRow(std::string_view line, const std::vector<ColumnPath>& columns);

}  // namespace quire::ingest
