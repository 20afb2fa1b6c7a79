// Analyzer: text to the terms that words are found by.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire::text {

// A word of a text. Terms are NFKC, case-folded, stemmed UTF-8 of 1 to 64 bytes without a zero byte.
//
// Words joined by single _ . - / (snake_case, v1.2.3, a/b) are found in parts and whole: each part has a position of
// its own, as if a space stood between them, and the whole, unstemmed, follows its first part at the same position.
// So the only token with the position of the one before it is a whole. Wholes of more than 60 bytes are left out.
struct Token {
  std::string term;
  uint32_t position = 0;  // counts words
  uint32_t start = 0;     // bytes [start, end) of the text it stands for
  uint32_t end = 0;
};

// Cuts text into words (Unicode letters and digits with their marks), normalises, folds and stems them. Scripts
// without spaces (Chinese, Japanese, Korean, Thai ...) give the bigrams of their grapheme clusters. A word longer
// than 64 bytes is cut there, at a character boundary. Bytes that are not UTF-8 separate words. Immutable after
// creation; safe for concurrent use.
class Analyzer {
 public:
  // Errors: kInvalidArgument naming the languages there are. "none" does not stem.
  static Result<std::shared_ptr<const Analyzer>> Make(std::string_view language);
  virtual ~Analyzer() = default;

  virtual std::string_view language() const = 0;
  // Appends the words of `text` to `out`, by position. Stop words are kept: whether they count is for the caller to
  // say. Cost: linear in the text.
  virtual void Analyze(std::string_view text, std::vector<Token>* out) const = 0;
  // Whether a (stemmed) term is a stop word of the language.
  virtual bool IsStopWord(std::string_view term) const = 0;
};

}  // namespace quire::text
