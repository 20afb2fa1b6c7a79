// Tokenizer: texts to the numbers of a model's vocabulary, as a tokenizer.json describes it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "quire/status.h"

namespace quire::embed {

// Text before it is cut: each step changes it in place.
using NormalizeStep = std::function<void(std::string* text)>;
// Pieces of text: each step cuts them further.
using SplitStep = std::function<void(std::vector<std::string>* pieces)>;

// Steps of a tokenizer.json: BertNormalizer, Lowercase, StripAccents, NFC/NFD/NFKC/NFKD, Replace (of a string), Prepend, Strip,
// Precompiled (taken as NFKC with spaces joined, which those of SentencePiece are but for a few characters), Sequence; and
// BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation, Digits, Metaspace, Sequence. Errors: kUnsupported naming any other.
// `section`: the JSON text of "normalizer" or "pre_tokenizer"; "null" or empty: none.
Status ReadNormalizer(std::string_view section, std::vector<NormalizeStep>* steps);
Status ReadPreTokenizer(std::string_view section, std::vector<SplitStep>* steps);

// Immutable; safe for concurrent use.
class Tokenizer {
 public:
  // Models WordPiece and Unigram. Errors: kCorruption (no JSON, no vocabulary, numbers outside it), kUnsupported.
  // What special tokens stand for is not looked at: a text that holds "[CLS]" holds those letters.
  static Result<std::shared_ptr<const Tokenizer>> Parse(std::string_view json);

  // Appends at most `most` numbers, each below size(). Bytes that are not UTF-8 become U+FFFD. Only as much of the text is read as
  // that many could come from. Cost: linear in it.
  void Tokenize(std::string_view text, size_t most, std::vector<uint32_t>* out) const;
  size_t size() const { return size_; }
  std::optional<uint32_t> unknown() const { return unknown_; }

 private:
  struct Piece {
    uint32_t number = 0;
    float score = 0;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  void CutWordPiece(std::string_view word, std::vector<uint32_t>* out) const;
  void CutUnigram(std::string_view word, std::vector<uint32_t>* out) const;
  void AddUnknown(std::string_view bytes, std::vector<uint32_t>* out) const;

  std::vector<NormalizeStep> normalize_;
  std::vector<SplitStep> split_;
  std::unordered_map<std::string, Piece, Hash, std::equal_to<>> pieces_;
  size_t size_ = 0;           // one more than the largest number
  size_t longest_ = 0;        // piece, in bytes
  bool is_unigram_ = false;
  bool byte_fallback_ = false;
  std::optional<uint32_t> unknown_;
  float least_score_ = 0;
  std::string inner_prefix_;  // WordPiece: of pieces that do not begin a word
  size_t word_max_ = 100;     // characters
};

}  // namespace quire::embed
