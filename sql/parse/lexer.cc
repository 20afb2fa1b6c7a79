#include "sql/parse/lexer.h"

#include <algorithm>

namespace quire::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c); }

// Characters that come with text copied from elsewhere and look like something they are not.
struct Foreign {
  std::string_view bytes;
  std::string_view hint;  // empty: counts as space
};
constexpr std::string_view kQuoteHint = "write straight quotes: 'text'";
constexpr std::string_view kMinusHint = "write a plain minus: -";
constexpr Foreign kForeign[] = {
    {"\xc2\xa0", ""},              // no-break space
    {"\xe2\x80\xaf", ""},          // narrow no-break space
    {"\xe2\x80\x8b", ""},          // zero width space
    {"\xef\xbb\xbf", ""},          // byte order mark
    {"\xe2\x80\x98", kQuoteHint},  // left single quote
    {"\xe2\x80\x99", kQuoteHint},  // right single quote
    {"\xe2\x80\x9c", kQuoteHint},  // left double quote
    {"\xe2\x80\x9d", kQuoteHint},  // right double quote
    {"\xc2\xb4", kQuoteHint},      // acute accent
    {"\xc2\xab", kQuoteHint},      // guillemets
    {"\xc2\xbb", kQuoteHint},
    {"\xe2\x80\x93", kMinusHint},            // en dash
    {"\xe2\x80\x94", kMinusHint},            // em dash
    {"\xe2\x88\x92", kMinusHint},            // minus sign
    {"\xe2\x80\xa6", "write the rest out"},  // ellipsis
    {"\xe2\x89\xa4", "write <="},
    {"\xe2\x89\xa5", "write >="},
    {"\xe2\x89\xa0", "write <>"},
};

const Foreign* FindForeign(std::string_view rest) {
  if (rest.empty() || static_cast<unsigned char>(rest[0]) < 0x80) return nullptr;
  for (const Foreign& foreign : kForeign) {
    if (rest.substr(0, foreign.bytes.size()) == foreign.bytes) return &foreign;
  }
  return nullptr;
}

// Longest first.
constexpr std::string_view kLongSymbols[] = {
    "<=>", "<->", "<#>", "->>", "!~*", "<=", ">=", "<>", "!=", "||", "::", "=>", "->", "==", "&&", ":=", "!~", "~*"};

constexpr std::string_view kEscapes = "n\nr\rt\t\\\\''\"\"";  // pairs: what is written after \, what is meant

}  // namespace

std::string AsciiUpper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = AsciiUpper(c);
  return out;
}

std::string AsciiLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

Token Lexer::Make(TokenKind kind, size_t start, size_t end) {
  position_ = end;
  last_end_ = end;
  return {kind, static_cast<uint32_t>(start), static_cast<uint32_t>(end)};
}

Token Lexer::Fail(size_t start, size_t end, std::string message, std::string hint) {
  error_ = Status(Code::kSyntaxError, std::move(message), std::move(hint)).At(start);
  cut_off_ = false;
  return Make(TokenKind::kError, start, end);
}

Token Lexer::CutOff(size_t start, std::string message, std::string hint) {
  const Token token = Fail(start, text_.size(), std::move(message), std::move(hint));
  cut_off_ = true;
  return token;
}

// Comments in /* */ may hold further ones, as in PostgreSQL.
bool Lexer::SkipBlockComment() {
  size_t depth = 0;
  size_t at = position_;
  while (at < text_.size()) {
    const std::string_view two = text_.substr(at, 2);
    if (two == "/*") {
      ++depth;
      at += 2;
    } else if (two == "*/") {
      at += 2;
      if (--depth == 0) {
        position_ = at;
        return true;
      }
    } else {
      ++at;
    }
  }
  return false;
}

bool Lexer::SkipSpace() {
  while (position_ < text_.size()) {
    const std::string_view rest = text_.substr(position_);
    if (IsSpace(rest[0])) {
      ++position_;
    } else if (rest.substr(0, 2) == "--") {
      position_ += std::min(rest.find('\n'), rest.size());
    } else if (rest.substr(0, 2) == "/*") {
      if (!SkipBlockComment()) return false;
    } else if (const Foreign* foreign = FindForeign(rest); foreign != nullptr && foreign->hint.empty()) {
      position_ += foreign->bytes.size();
    } else {
      return true;
    }
  }
  return true;
}

Token Lexer::Next() {
  if (!SkipSpace()) return CutOff(position_, "the comment is not closed", "end it with */");
  if (position_ >= text_.size()) {
    const auto end = static_cast<uint32_t>(last_end_);
    return {TokenKind::kEnd, end, end};
  }
  const size_t start = position_;
  const char c = At(start);
  const char next = At(start + 1);
  if (FindForeign(text_.substr(start)) != nullptr) return LexForeign();
  if ((c == 'e' || c == 'E') && next == '\'') return LexQuoted(start + 1, true);
  if (IsWordStart(c)) return LexWord();
  if (IsDigit(c) || (c == '.' && IsDigit(next))) return LexNumber();
  if (c == '\'' || c == '"') return LexQuoted(start, false);
  if (c == '$') return LexDollar();
  if (c == '?') return LexParameter(start + 1, false);
  if (c == ':' && IsWordStart(next)) return LexParameter(start + 1, true);
  return LexSymbol();
}

Token Lexer::LexWord() {
  size_t end = position_;
  while (IsWordPart(At(end)) || (At(end) == '$' && end > position_)) {
    if (static_cast<unsigned char>(At(end)) >= 0x80 && FindForeign(text_.substr(end)) != nullptr) break;
    ++end;
  }
  return Make(TokenKind::kWord, position_, end);
}

Token Lexer::LexNumber() {
  const size_t start = position_;
  size_t end = start;
  TokenKind kind = TokenKind::kInteger;
  while (IsDigit(At(end))) ++end;
  if (At(end) == '.') {
    kind = TokenKind::kReal;
    ++end;
    while (IsDigit(At(end))) ++end;
  }
  if (At(end) == 'e' || At(end) == 'E') {
    const size_t sign = At(end + 1) == '+' || At(end + 1) == '-' ? 1 : 0;
    if (IsDigit(At(end + 1 + sign))) {
      kind = TokenKind::kReal;
      end += 1 + sign;
      while (IsDigit(At(end))) ++end;
    }
  }
  if (!IsWordPart(At(end))) return Make(kind, start, end);
  while (IsWordPart(At(end))) ++end;
  const std::string shown(text_.substr(start, std::min<size_t>(end - start, 40)));
  return Fail(start, end, "'" + shown + "' is neither a number nor a name",
              "a name that starts with a digit is written in double quotes");
}

// `start` is at the opening quote; E before it is part of the token.
Token Lexer::LexQuoted(size_t start, bool escapes) {
  const char quote = At(start);
  const bool name = quote == '"';
  size_t at = start + 1;
  while (at < text_.size()) {
    if (escapes && text_[at] == '\\') {
      at += 2;
    } else if (text_[at] != quote) {
      ++at;
    } else if (At(at + 1) == quote) {
      at += 2;
    } else {
      if (name && at == start + 1) {
        return Fail(start, at + 1, "the name in double quotes is empty", std::string(kQuoteHint));
      }
      return Make(name ? TokenKind::kQuotedName : TokenKind::kString, position_, at + 1);
    }
  }
  if (name) return CutOff(start, "the name is not closed", "end it with \"; strings are written in single quotes");
  return CutOff(start, "the string is not closed", "end it with '; a quote inside a string is written ''");
}

// $1 and $name are parameters, $$ and $tag$ open a string.
Token Lexer::LexDollar() {
  const size_t start = position_;
  if (IsDigit(At(start + 1))) return LexParameter(start + 1, false);
  size_t end = start + 1;
  while (IsWordPart(At(end))) ++end;
  if (At(end) != '$') {
    return end > start + 1 ? LexParameter(start + 1, true) : LexSymbol();
  }
  const std::string_view tag = text_.substr(start, end + 1 - start);
  const size_t close = text_.find(tag, end + 1);
  if (close == std::string_view::npos) {
    return CutOff(start, "the string is not closed", "end it with " + std::string(tag));
  }
  return Make(TokenKind::kString, start, close + tag.size());
}

Token Lexer::LexParameter(size_t name_start, bool name_allowed) {
  size_t end = name_start;
  while (name_allowed ? IsWordPart(At(end)) : IsDigit(At(end))) ++end;
  return Make(TokenKind::kParameter, position_, end);
}

Token Lexer::LexSymbol() {
  const size_t start = position_;
  const std::string_view rest = text_.substr(start);
  for (const std::string_view symbol : kLongSymbols) {
    if (rest.substr(0, symbol.size()) == symbol) return Make(TokenKind::kSymbol, start, start + symbol.size());
  }
  const char c = rest[0];
  if (c > ' ' && c < 0x7f) return Make(TokenKind::kSymbol, start, start + 1);
  static constexpr char kDigits[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return Fail(start, start + 1, std::string("unexpected byte 0x") + kDigits[byte >> 4] + kDigits[byte & 15]);
}

Token Lexer::LexForeign() {
  const Foreign* foreign = FindForeign(text_.substr(position_));
  return Fail(position_, position_ + foreign->bytes.size(), "unexpected character " + std::string(foreign->bytes),
              std::string(foreign->hint));
}

Result<std::string> TokenValue(std::string_view text, const Token& token) {
  std::string_view bytes = text.substr(token.start, token.end - token.start);
  if (token.kind != TokenKind::kString && token.kind != TokenKind::kQuotedName) return std::string(bytes);
  if (bytes[0] == '$') {
    const size_t tag = bytes.find('$', 1) + 1;
    return std::string(bytes.substr(tag, bytes.size() - 2 * tag));
  }
  const bool escapes = bytes[0] == 'e' || bytes[0] == 'E';
  if (escapes) bytes.remove_prefix(1);
  const char quote = bytes[0];
  bytes = bytes.substr(1, bytes.size() - 2);
  std::string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    char c = bytes[i];
    if (c == quote) {
      ++i;  // doubled
    } else if (escapes && c == '\\') {
      c = bytes[++i];
      size_t pair = 0;
      while (pair < kEscapes.size() && kEscapes[pair] != c) pair += 2;
      if (pair >= kEscapes.size()) {
        return Status(Code::kSyntaxError, std::string("there is no escape '\\") + c + "'",
                      "in E'...' there are \\n \\r \\t \\\\ \\' and \\\"")
            .At(token.start + 1 + i);
      }
      c = kEscapes[pair + 1];
    }
    out.push_back(c);
  }
  return out;
}

}  // namespace quire::sql
