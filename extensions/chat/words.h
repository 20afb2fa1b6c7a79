// Words: the words of a question and of a passage, made comparable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sb_stemmer;

namespace quire::chat {

// A word of a text. `term` is case-folded and stemmed; bytes [start, end) of the text are what it stands for.
struct Word {
  std::string term;
  size_t start = 0;
  size_t end = 0;
};

// Cuts text into words: runs of letters and digits, CJK as pairs. A camelCase word gives its parts after itself.
// Light beside the engine's analyzer: it serves to compare a question with a passage, never to find one.
// Not safe for concurrent use (the stemmer is not).
class WordCutter {
 public:
  // `language` as in CollectionSchema; one without a stemmer is not stemmed.
  explicit WordCutter(std::string_view language);
  ~WordCutter();
  WordCutter(const WordCutter&) = delete;
  WordCutter& operator=(const WordCutter&) = delete;

  // The words of `text`, in order. Bytes that are not UTF-8 part words.
  std::vector<Word> Cut(std::string_view text) const;

 private:
  void AppendWord(std::string_view text, size_t start, size_t end, std::vector<Word>* out) const;
  std::string Term(std::string_view word) const;

  std::unique_ptr<sb_stemmer, void (*)(sb_stemmer*)> stemmer_;
};

// `text` in lower case, character by character. Bytes that are not UTF-8 stay as they are.
std::string FoldCase(std::string_view text);

// Whether a case-folded word says nothing of what a question is about: "how", "do", "the", "please".
bool IsEmptyWord(std::string_view folded);

}  // namespace quire::chat
