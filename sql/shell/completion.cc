#include "sql/shell/completion.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "sql/parse/lexer.h"
#include "sql/parse/statements.h"

namespace quire::sql {
namespace {

// Those that stand inside of statements; those that begin one come from the table of statements.
constexpr std::string_view kInnerKeywords[] = {
    "ALL",      "AND",   "ANY",    "AS",      "ASC",   "BETWEEN", "BY",     "CASE",    "CAST", "CONFLICT", "DESC",
    "DISTINCT", "DO",    "ELSE",   "END",     "FROM",  "GROUP",   "HAVING", "ILIKE",   "IN",   "INTO",     "IS",
    "JOIN",     "LEFT",  "LIKE",   "LIMIT",   "MATCH", "MODEL",   "NOT",    "NOTHING", "NULL", "OFFSET",   "ON",
    "OR",       "ORDER", "REGEXP", "SIMILAR", "THEN",  "UNION",   "USING",  "VALUES",  "WHEN", "WHERE",    "WITH"};

// After these stands a collection.
constexpr std::string_view kBeforeCollection[] = {"FROM",       "INTO",  "UPDATE", "JOIN", "DESCRIBE",
                                                  "COLLECTION", "TABLE", "VACUUM", "COPY", "REINDEX",
                                                  "SYNC",       "RETRY"};

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool BeginsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [](char a, char b) { return AsciiUpper(a) == AsciiUpper(b); });
}

// What the text ends in: the last token before its last word, and whether it ends inside a string, name or comment.
struct Ending {
  std::string_view previous;
  bool inside = false;
};
Ending EndingOf(std::string_view text) {
  Ending ending;
  Lexer lexer(text);
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    ending.inside = token.kind == TokenKind::kError && lexer.cut_off();
    ending.previous = text.substr(token.start, token.end - token.start);
  }
  return ending;
}

}  // namespace

std::vector<std::string> CompletionKeywords() {
  std::set<std::string> words(std::begin(kInnerKeywords), std::end(kInnerKeywords));
  for (const StatementInfo& info : Statements()) {
    if (!info.needs.empty() || !info.notice.empty()) continue;
    for (std::string_view rest = info.words; !rest.empty();) {
      const size_t end = std::min(rest.find(' '), rest.size());
      words.emplace(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return {words.begin(), words.end()};
}

Completion Complete(std::string_view before, const CompletionWords& words) {
  size_t start = before.size();
  while (start > 0 && IsWordByte(before[start - 1])) --start;
  std::set<std::string> found;
  const auto offer = [&](const std::vector<std::string>& list, std::string_view word, std::string_view suffix = "") {
    for (const std::string& entry : list) {
      if (BeginsWith(entry, word)) found.insert(entry + std::string(suffix));
    }
  };
  const size_t line = before.rfind('\n') + 1;  // npos + 1 is 0
  if (start > line && before[start - 1] == '.' && before.find_first_not_of(" \t", line) == start - 1) {
    offer(words.commands, before.substr(start - 1));
    return {before.size() - start + 1, {found.begin(), found.end()}};
  }
  const std::string_view word = before.substr(start);
  const Ending ending = EndingOf(before.substr(0, start));
  if (ending.inside) return {};
  const std::string previous = AsciiUpper(ending.previous);
  if (std::find(std::begin(kBeforeCollection), std::end(kBeforeCollection), previous) != std::end(kBeforeCollection)) {
    offer(words.collections, word);
    if (!found.empty()) return {word.size(), {found.begin(), found.end()}};
  }
  offer(words.columns, word);
  if (word.empty() && previous == ".") return {0, {found.begin(), found.end()}};
  if (previous != ".") {
    offer(words.functions, word, "(");
    offer(words.collections, word);
    const bool lower = !word.empty() && AsciiUpper(word.back()) != word.back();
    for (const std::string& keyword : words.keywords) {
      if (BeginsWith(keyword, word)) found.insert(lower ? AsciiLower(keyword) : keyword);
    }
  }
  return {word.size(), {found.begin(), found.end()}};
}

std::string CommonPrefix(const std::vector<std::string>& candidates) {
  std::string_view prefix = candidates.front();
  for (const std::string& candidate : candidates) {
    const auto end = std::mismatch(prefix.begin(), prefix.end(), candidate.begin(), candidate.end()).first;
    prefix = prefix.substr(0, static_cast<size_t>(end - prefix.begin()));
  }
  return std::string(prefix);
}

}  // namespace quire::sql
