#include "extensions/ingest/markdown_text.h"

#include <algorithm>

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kJsonDepthMax = 200;
constexpr size_t kEmptyCellsMax = 10'000;

size_t LongestRun(std::string_view text, char c) {
  size_t longest = 0, run = 0;
  for (const char at : text) {
    run = at == c ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

void AppendRows(const std::vector<std::vector<std::string>>& rows, std::string* out) {
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (const std::string& cell : row) line += (line.empty() ? "" : " | ") + OneLine(cell);
    AppendParagraph(line, out);
  }
}

// Columns that only keep others apart.
void DropEmptyColumns(std::vector<std::vector<std::string>>* rows) {
  std::vector<bool> used;
  for (const std::vector<std::string>& row : *rows) {
    used.resize(std::max(used.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) used[i] = used[i] || !Trim(row[i]).empty();
  }
  if (std::find(used.begin(), used.end(), false) == used.end()) return;
  for (std::vector<std::string>& row : *rows) {
    size_t kept = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      if (used[i] && kept++ != i) row[kept - 1] = std::move(row[i]);
    }
    row.resize(kept);
  }
}

}  // namespace

std::string OneLine(std::string_view text) {
  std::string line;
  AppendCollapsed(&line, text);
  return line;
}

std::string_view Utf8Head(std::string_view text, size_t bytes_max) {
  return text.size() <= bytes_max ? text : Utf8Prefix(text, bytes_max);
}

void AppendFenced(std::string_view text, std::string_view language, std::string* out) {
  if (Trim(text).empty()) return;
  const std::string fence(std::max<size_t>(3, LongestRun(text, '`') + 1), '`');
  out->append(fence).append(language).append("\n").append(text);
  if (text.back() != '\n') out->push_back('\n');
  out->append(fence).append("\n\n");
}

void AppendEscaped(std::string_view line, std::string* out) {
  const bool item =
      line.size() > 1 && line[1] == ' ' && std::string_view("-+*").find(line[0]) != std::string_view::npos;
  const bool markup = !line.empty() && std::string_view("#>-+*=~|").find(line[0]) != std::string_view::npos;
  if (markup && !item) out->push_back('\\');
  for (const char c : line) {
    if (c == '<') out->push_back('\\');
    out->push_back(c);
  }
}

void AppendParagraph(std::string_view text, std::string* out) {
  bool any = false;
  for (size_t at = 0; at < text.size();) {
    const size_t next = NextLine(text, at);
    const std::string line = OneLine(text.substr(at, next - at));
    at = next;
    if (line.empty()) continue;
    any = true;
    AppendEscaped(line, out);
    out->push_back('\n');
  }
  if (any) out->push_back('\n');
}

void AppendParagraphs(std::string_view text, std::string* out) {
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && !Trim(text.substr(end, NextLine(text, end) - end)).empty()) end = NextLine(text, end);
    AppendParagraph(text.substr(at, end - at), out);
    at = std::max(end, NextLine(text, end));
  }
}

void AppendTable(std::vector<std::vector<std::string>> rows, std::string* out) {
  DropEmptyColumns(&rows);
  size_t columns = 0, cells = 0;
  for (const auto& row : rows) {
    columns = std::max(columns, row.size());
    cells += row.size();
  }
  if (columns == 0) return;
  if (columns * rows.size() > 8 * cells + kEmptyCellsMax) return AppendRows(rows, out);
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t column = 0; column < columns; ++column) {
      *out += "| ";
      for (const char c : column < rows[i].size() ? OneLine(rows[i][column]) : std::string()) {
        if (c == '|' || c == '<') out->push_back('\\');
        out->push_back(c);
      }
      out->push_back(' ');
    }
    *out += "|\n";
    if (i > 0) continue;
    for (size_t column = 0; column < columns; ++column) *out += "|---";
    *out += "|\n";
  }
  out->push_back('\n');
}

void AppendFrontMatter(const std::vector<std::pair<std::string_view, std::string>>& keys, std::string* out) {
  std::string lines;
  for (const auto& [key, value] : keys) {
    if (value.empty()) continue;
    lines.append(key).append(": ");
    AppendJsonString(&lines, OneLine(value));  // JSON's strings are YAML's
    lines.push_back('\n');
  }
  if (!lines.empty()) *out += "---\n" + lines + "---\n\n";
}

bool JsonIsShallow(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepthMax) return false;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return true;
}

}  // namespace quire::ingest
