// FormatError: a failure as a person reads it.
#include <algorithm>

#include "engine/base/utf8.h"
#include "quire/connection.h"
#include "sql/parse/text_width.h"

namespace quire {
namespace {

constexpr size_t kMaxColumns = 100;  // of the statement's line that are shown
constexpr size_t kBeforeCaret = 60;  // of them at most before the place, where the line is cut
constexpr std::string_view kCut = "...";

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), StartsCharacter));
}

// One line of a statement, every character as wide as DisplayWidth says it is.
std::string OnOneLine(std::string_view text) {
  std::string out = Printable(text);
  std::replace(out.begin(), out.end(), '\t', ' ');
  return out;
}

// The last characters of `text` that fit in `columns`.
std::string_view DisplaySuffix(std::string_view text, size_t columns) {
  size_t start = text.size();
  size_t used = 0;
  while (start > 0) {
    size_t before = start - 1;
    while (before > 0 && !StartsCharacter(text[before])) --before;
    used += sql::DisplayWidth(text.substr(before, start - before));
    if (used > columns) break;
    start = before;
  }
  return text.substr(start);
}

struct Excerpt {
  std::string text;
  size_t caret = 0;  // columns before the place
};

Excerpt CutAround(std::string_view line, size_t offset) {
  // Bytes far away cannot show: leaving them out early bounds the work for a line of a megabyte.
  constexpr size_t kFarAway = 8 * kMaxColumns;
  const size_t from = offset > kFarAway ? offset - kFarAway : 0;
  std::string before = OnOneLine(line.substr(from, offset - from));
  std::string after = OnOneLine(line.substr(offset, kFarAway));
  bool cut_before = from > 0;
  const size_t width = sql::DisplayWidth(before) + sql::DisplayWidth(after);
  const bool fits = !cut_before && width <= kMaxColumns && offset + kFarAway >= line.size();
  if (!fits && sql::DisplayWidth(before) > kBeforeCaret) {
    before = std::string(DisplaySuffix(before, kBeforeCaret - kCut.size()));
    cut_before = true;
  }
  if (cut_before) before.insert(0, kCut);
  const size_t caret = sql::DisplayWidth(before);
  if (!fits && caret + sql::DisplayWidth(after) > kMaxColumns) {
    const size_t room = kMaxColumns - std::min(kMaxColumns - kCut.size(), caret) - kCut.size();
    after = std::string(sql::DisplayPrefix(after, room)) + std::string(kCut);
  }
  return {before + after, caret};
}

}  // namespace

std::string FormatError(const Status& status, std::string_view statement, size_t lines_before) {
  std::string out = "error: " + Printable(status.message());
  if (status.position() <= statement.size()) {
    size_t position = status.position();
    while (position > 0 && position < statement.size() && !StartsCharacter(statement[position])) --position;
    const std::string_view before = statement.substr(0, position);
    const size_t line_number = lines_before + static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    std::string_view line = statement.substr(line_start);
    line = line.substr(0, line.find('\n'));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const size_t offset = std::min(position - line_start, line.size());
    const std::string place = "  LINE " + std::to_string(line_number) + ", COLUMN " +
                              std::to_string(CountCharacters(line.substr(0, offset)) + 1) + ": ";
    const Excerpt excerpt = CutAround(line, offset);
    out += "\n" + place + excerpt.text + "\n" + std::string(place.size() + excerpt.caret, ' ') + "^";
  }
  if (!status.hint().empty()) out += "\n  hint: " + Printable(status.hint());
  return out;
}

}  // namespace quire
