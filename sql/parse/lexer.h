// Lexer: the text of a statement to tokens, each with its place. Keywords are words like any other: what a word means
// is the parser's business, so that a column may be called text, model or version.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quire/status.h"

namespace quire::sql {

enum class TokenKind : uint8_t {
  kEnd,         // stands right after the last token
  kWord,        // SELECT, docs, title
  kQuotedName,  // "a name", a quote inside is doubled
  kString,      // 'text', E'text\n', $$text$$, $tag$text$tag$
  kInteger,     // digits
  kReal,        // 1.5, .5, 1e9
  kParameter,   // ?, ?1, $1, :name, $name
  kSymbol,      // an operator or a punctuation mark
  kError,       // not a token; Lexer::error() says why
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t start = 0;
  uint32_t end = 0;
};

class Lexer {
 public:
  // REQUIRES: text.size() < 4 GiB. `text` is borrowed. It need not be UTF-8.
  explicit Lexer(std::string_view text) : text_(text) {}

  // The next token; kEnd for ever at the end. After kError the next one follows what was wrong.
  Token Next();

  // Why the last kError is none: kSyntaxError with position.
  const Status& error() const { return error_; }
  // The last kError is a string, name or comment that the end of the text cuts off.
  bool cut_off() const { return cut_off_; }

 private:
  bool SkipSpace();  // false: a comment is cut off
  bool SkipBlockComment();
  Token LexWord();
  Token LexNumber();
  Token LexQuoted(size_t start, bool escapes);
  Token LexDollar();
  Token LexParameter(size_t name_start, bool name_allowed);
  Token LexSymbol();
  Token LexForeign();
  Token Make(TokenKind kind, size_t start, size_t end);
  Token Fail(size_t start, size_t end, std::string message, std::string hint = {});
  Token CutOff(size_t start, std::string message, std::string hint);
  char At(size_t position) const { return position < text_.size() ? text_[position] : '\0'; }

  std::string_view text_;
  size_t position_ = 0;
  size_t last_end_ = 0;
  Status error_;
  bool cut_off_ = false;
};

// The characters that a kString or kQuotedName token means; of any other token its bytes.
// Errors: kSyntaxError with position for an escape in E'...' that there is not.
Result<std::string> TokenValue(std::string_view text, const Token& token);

// ASCII upper case of one byte; letters beyond ASCII stay.
inline char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
std::string AsciiUpper(std::string_view text);
std::string AsciiLower(std::string_view text);
// Whether `text` is `keyword`, in whatever case. REQUIRES: `keyword` is upper-case and not empty.
inline bool IsWord(std::string_view text, std::string_view keyword) {
  // Most words differ in length or in their first letter, and this is asked of each word many times.
  if (text.size() != keyword.size() || AsciiUpper(text[0]) != keyword[0]) return false;
  for (size_t i = 1; i < text.size(); ++i) {
    if (AsciiUpper(text[i]) != keyword[i]) return false;
  }
  return true;
}

}  // namespace quire::sql
