#include "engine/text/query_lexer.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "engine/base/utf8.h"
#include "engine/text/word_query.h"

namespace quire::text {
namespace {

using Kind = QueryToken::Kind;

// Bytes of the white space at `at`: ASCII, no-break space or ideographic space; 0 if there is none.
size_t SpaceBytes(std::string_view text, size_t at) {
  if (static_cast<unsigned char>(text[at]) <= ' ') return 1;
  if (text.substr(at, 2) == "\xc2\xa0") return 2;
  return text.substr(at, 3) == "\xe3\x80\x80" ? 3 : 0;
}

bool EndsWord(std::string_view text, size_t at) {
  return text[at] == '(' || text[at] == ')' || text[at] == '"' || text[at] == '*' || SpaceBytes(text, at) > 0;
}

}  // namespace

QueryToken QueryLexer::Make(Kind kind, size_t start) const {
  QueryToken token;
  token.kind = kind;
  token.position = start;
  return token;
}

void QueryLexer::SkipSpace() {
  while (at_ < text_.size()) {
    const size_t bytes = SpaceBytes(text_, at_);
    if (bytes == 0) return;
    at_ += bytes;
  }
}

// Dashes before a word: one negates what follows it at once, more (--flag) or one that stands alone are punctuation.
// False if there is none.
bool QueryLexer::SkipDashes(bool* negates) {
  const size_t end = std::min(text_.find_first_not_of('-', at_), text_.size());
  if (end == at_) return false;
  *negates = end == at_ + 1 && end < text_.size() && text_[end] != ')' && SpaceBytes(text_, end) == 0;
  at_ = end;
  return true;
}

Result<QueryToken> QueryLexer::Next() {
  SkipSpace();
  size_t start = at_;
  for (bool negates = false; at_ < text_.size() && SkipDashes(&negates); start = at_) {
    if (negates) return Make(Kind::kNot, start);
    SkipSpace();
  }
  if (at_ >= text_.size()) return Make(Kind::kEnd, text_.size());
  switch (text_[at_]) {
    case '(': ++at_; return Make(Kind::kOpen, start);
    case ')': ++at_; return Make(Kind::kClose, start);
    case '"': return Phrase();
    case '*': return Status(Code::kSyntaxError, "a '*' that follows no word").At(start);
    default: return Word();
  }
}

Result<QueryToken> QueryLexer::Phrase() {
  QueryToken token = Make(Kind::kPhrase, at_);
  const size_t end = text_.find('"', at_ + 1);
  if (end == std::string_view::npos) return Status(Code::kSyntaxError, "a phrase without closing '\"'").At(at_);
  token.text = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
  token.prefix = at_ < text_.size() && text_[at_] == '*';
  if (token.prefix) ++at_;
  return token;
}

Result<QueryToken> QueryLexer::Word() {
  QueryToken token = Make(Kind::kWord, at_);
  while (at_ < text_.size() && !EndsWord(text_, at_)) ++at_;
  token.text = text_.substr(token.position, at_ - token.position);
  token.prefix = at_ < text_.size() && text_[at_] == '*';
  if (token.prefix) {
    ++at_;
    return token;
  }
  if (token.text == "AND") token.kind = Kind::kAnd;
  if (token.text == "OR") token.kind = Kind::kOr;
  if (token.text == "NOT") token.kind = Kind::kNot;
  if (token.text != "NEAR" && token.text.substr(0, 5) != "NEAR/") return token;
  token.kind = Kind::kNear;
  token.distance = kNearDefault;
  if (token.text.size() > 4) {
    const std::string_view number = token.text.substr(5);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), token.distance);
    if (error != std::errc() || end != number.data() + number.size()) {
      return Status(Code::kSyntaxError, "NEAR/ expects a number of words, found '" + Printable(number) + "'")
          .At(token.position);
    }
  }
  return token;
}

}  // namespace quire::text
