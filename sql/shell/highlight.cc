#include "sql/shell/highlight.h"

#include <algorithm>
#include <set>

#include "sql/parse/lexer.h"
#include "sql/parse/text_width.h"
#include "sql/shell/completion.h"
#include "sql/shell/terminal.h"

namespace quire::sql {
namespace {

constexpr std::string_view kEnd = "\x1b[0m";

// The code that begins the colour of a token; empty: none.
std::string_view CodeOf(const Token& token, std::string_view text, const std::set<std::string>& keywords) {
  switch (token.kind) {
    case TokenKind::kWord: return keywords.contains(AsciiUpper(text)) ? "\x1b[1;34m" : "";
    case TokenKind::kString: return "\x1b[32m";
    case TokenKind::kInteger:
    case TokenKind::kReal:
    case TokenKind::kParameter: return "\x1b[36m";
    case TokenKind::kError: return "\x1b[32m";  // a string that goes on in the next line
    default: return "";
  }
}

}  // namespace

std::string Highlight(std::string_view before, std::string_view line) {
  const std::string text = std::string(before) + std::string(line);
  const std::vector<std::string> words = CompletionKeywords();
  const std::set<std::string> keywords(words.begin(), words.end());
  std::string out;
  size_t at = before.size();
  const auto append = [&](size_t end, std::string_view code) {
    if (end <= at) return;
    out.append(code).append(text, at, end - at).append(code.empty() ? "" : kEnd);
    at = end;
  };
  Lexer lexer(text);
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    // Between tokens are space and comments.
    const std::string_view gap = at < token.start ? std::string_view(text).substr(at, token.start - at) : "";
    append(token.start, gap.find_first_not_of(" \t\n") == std::string_view::npos ? "" : "\x1b[2m");
    append(token.end, CodeOf(token, std::string_view(text).substr(token.start, token.end - token.start), keywords));
  }
  append(text.size(), at < text.size() && text.find_first_not_of(" \t\n", at) != std::string::npos ? "\x1b[2m" : "");
  return out;
}

std::string Redrawn(std::string_view prompt, std::string_view before, std::string_view line, size_t columns) {
  constexpr size_t kRowsMax = 10;  // what has scrolled away cannot be reached
  const bool has_control =
      std::any_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  const size_t width = DisplayWidth(prompt) + DisplayWidth(line);
  const size_t rows = columns == 0 ? 0 : std::max<size_t>(1, (width + columns - 1) / columns);
  if (line.empty() || line.front() == '.' || has_control || rows == 0 || rows > kRowsMax) return {};
  return "\x1b[" + std::to_string(rows) + "A\r" + std::string(prompt) + Highlight(before, line) + "\x1b[K\n";
}

}  // namespace quire::sql
