// Rendering: rows to text, one class for each output mode. Pure: what is written depends on nothing but what is given.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quire/connection.h"
#include "sql/shell/options.h"

namespace quire::sql {

struct RenderStyle {
  bool box = false;  // draw lines with box characters
  bool colour = false;
  size_t columns = 0;  // cut tables to this width; 0: never
};

// The values of one row. Borrowed for the call.
using RowValues = std::span<const Value* const>;

// Writes one result. Begin, Row for each row, End, each once and in this order; all append to `out`.
class Renderer {
 public:
  virtual ~Renderer() = default;
  virtual void Begin(const std::vector<ResultColumn>& columns, std::string* out) = 0;
  virtual void Row(RowValues values, std::string* out) = 0;
  virtual void End(std::string* out) = 0;
};
std::unique_ptr<Renderer> MakeRenderer(OutputMode mode, const RenderStyle& style);
std::unique_ptr<Renderer> MakeTableRenderer(const RenderStyle& style);

// A value on one line: line breaks and tabs become spaces, other control characters are made visible.
std::string CellText(const Value& value);
// A value as JSON: numbers, booleans, null, arrays for TEXT[] and vectors, JSON as it is, all else strings. On one
// line.
void AppendJsonValue(std::string* out, const Value& value);

// Whether a result is what ASK gives, and its one row as an answer with numbered sources.
bool IsAnswer(const std::vector<ResultColumn>& columns);
std::string RenderAnswer(const std::vector<ResultColumn>& columns, RowValues values, const RenderStyle& style);

}  // namespace quire::sql
