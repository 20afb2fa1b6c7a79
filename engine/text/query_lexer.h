// The lexer of word queries.
#pragma once

#include <cstdint>
#include <string_view>

#include "quire/status.h"

namespace quire::text {

struct QueryToken {
  enum class Kind : uint8_t { kEnd, kOpen, kClose, kWord, kPhrase, kAnd, kOr, kNot, kNear };
  Kind kind = Kind::kEnd;
  size_t position = 0;    // byte offset into the query
  std::string_view text;  // kWord, kPhrase: without quotes and star
  bool prefix = false;    // kWord, kPhrase: a star follows
  uint32_t distance = 0;  // kNear
};

// Cuts a query into tokens; knows nothing of words, so that text between operators stays as it was typed.
class QueryLexer {
 public:
  explicit QueryLexer(std::string_view text) : text_(text) {}

  // Errors: kSyntaxError with a position.
  Result<QueryToken> Next();

 private:
  Result<QueryToken> Phrase();
  Result<QueryToken> Word();
  void SkipSpace();
  bool SkipDashes(bool* negates);
  QueryToken Make(QueryToken::Kind kind, size_t start) const;

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace quire::text
