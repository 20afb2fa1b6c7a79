// TextHasher: a text as a vector of hashed features. Method, weights and measurements:
// engine/doc/builtin_embedder.md.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/word_list.h"

namespace quire::embed {

// Weights as integers: 256 stands for 1. Every one of them is part of the embedder's version.
struct HashWeights {
  int word = 256;
  int word_places = 8;  // dimensions a word adds to; its weight is spread over them
  int grams = 256;      // all character n-grams of a word together
  int bigram = 32;      // two neighbours, stop words and grammatical words between them skipped
  int stop = 0;         // importance of stop words,
  int grammar = 16;     // ... of other grammatical words,
  int general = 128;    // ... of words found everywhere,
  int number = 96;      // ... of words without letters,
  // ... of all others, by the bytes of their stems; the last also of longer ones.
  std::array<int, 11> by_length = {0, 24, 72, 160, 224, 256, 256, 256, 288, 288, 288};
};

// Importance of words without seeing a collection: by lists of common words, and by length. Immutable.
class WordImportance {
 public:
  WordImportance(const text::Analyzer& analyzer, const HashWeights& weights);
  // 256 is that of an ordinary word; 0: the word does not count.
  int Of(std::string_view term) const;

 private:
  void List(const text::Analyzer& analyzer, std::string_view words, int importance);
  const HashWeights weights_;
  std::vector<std::pair<std::string, int>> listed_;  // sorted
};

// Turns the words of texts into vectors. Not safe for concurrent use: buffers and the features of recent words are kept from text
// to text. What it gives depends on nothing but the text.
class TextHasher {
 public:
  // REQUIRES: dim is a power of two, at most 65,536.
  TextHasher(std::shared_ptr<const WordImportance> importance, const HashWeights& weights, uint32_t dim);

  // Writes the vector of a text, of length 1; zeros if no word of it counts. REQUIRES: out.size() == dim; the words were listed by the
  // analyzer of the importance. Cost: 15 microseconds for 1,000 bytes; allocates only for texts longer than any before.
  void Hash(const text::WordList& words, std::span<float> out);

 private:
  struct Feature {
    uint16_t place;
    int16_t weight;  // signed
  };
  // A word and what it adds, side by side in memory: most of the time goes into fetching them. Longer words, and those of more
  // features, are made anew each time.
  struct alignas(64) CachedWord {
    uint64_t hash = 0;
    int16_t importance = 0;
    uint8_t term_bytes = 0;
    uint8_t feature_count = 0;
    std::array<char, 28> term{};
    std::array<Feature, 54> features{};

    std::string_view word() const { return {term.data(), term_bytes}; }
  };
  struct Word {
    int importance;
    std::span<const Feature> features;
  };

  void AddWords(const text::WordList& words);
  void AddBigrams(const text::WordList& words);
  // Good until the next call.
  Word Lookup(std::string_view term, uint64_t hash);
  void MakeFeatures(std::string_view term, uint64_t hash, int importance);
  void AddFeature(uint64_t hash, int weight);
  void Normalise(std::span<float> out) const;

  std::shared_ptr<const WordImportance> importance_;
  const HashWeights weights_;
  const uint32_t dim_;
  std::vector<CachedWord> cache_;  // a power of two
  size_t misses_ = 0;  // since it last grew
  std::vector<Feature> made_;     // by MakeFeatures
  std::vector<int> importances_;  // of the entries of a list
  std::vector<int64_t> sums_;
  std::string marked_;          // a word between its boundary marks
  std::vector<size_t> starts_;  // of its characters, and the end
};

}  // namespace quire::embed
