// Rendering: rows to text, one class for each output mode; those that files have, too, are in sql/exec/row_writer.h. Pure:
// what is written depends on nothing but what is given.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quire/connection.h"
#include "sql/exec/row_writer.h"
#include "sql/shell/options.h"

namespace quire::sql {

struct RenderStyle {
  bool box = false;  // draw lines with box characters
  bool colour = false;
  size_t columns = 0;  // cut tables to this width; 0: never
  bool answer_shown = false;  // the text of an answer stands there already, told while it was made
};

using Renderer = RowWriter;
std::unique_ptr<Renderer> MakeRenderer(OutputMode mode, const RenderStyle& style);
std::unique_ptr<Renderer> MakeTableRenderer(const RenderStyle& style);

// A value on one line: line breaks and tabs become spaces, other control characters are made visible.
std::string CellText(const Value& value);

// Whether a result is what ASK gives, and its one row as an answer with numbered sources.
bool IsAnswer(const std::vector<ResultColumn>& columns);
std::string RenderAnswer(const std::vector<ResultColumn>& columns, RowValues values, const RenderStyle& style);

}  // namespace quire::sql
