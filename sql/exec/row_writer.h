// RowWriter: rows to text, for COPY ... TO and for the shell. Pure: what is written depends on nothing but what is given.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "quire/connection.h"

namespace quire::sql {

// The values of one row. Borrowed for the call.
using RowValues = std::span<const Value* const>;

// Writes one result. Begin, Row for each row, End, each once and in this order; all append to `out`.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void Begin(const std::vector<ResultColumn>& columns, std::string* out) = 0;
  virtual void Row(RowValues values, std::string* out) = 0;
  virtual void End(std::string* out) = 0;
};

enum class RowFormat : uint8_t { kCsv, kTsv, kJson, kJsonLines, kMarkdown };

// `header`: whether a first line names the columns, in kCsv and kTsv.
std::unique_ptr<RowWriter> MakeRowWriter(RowFormat format, bool header = true);

// A value as JSON: numbers, booleans, null, arrays for TEXT[] and vectors, JSON as it is, all else strings. On one line.
void AppendJsonValue(std::string* out, const Value& value);

}  // namespace quire::sql
