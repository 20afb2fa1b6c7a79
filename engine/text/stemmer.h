// Stemmer: Snowball with a cache in front.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

struct sb_stemmer;

namespace quire::text {

// Stems folded words of one language. Not safe for concurrent use. A text repeats its words, so that a direct-mapped
// cache answers nine of ten in a few nanoseconds; Snowball needs 200. The cache begins small and grows with what it misses.
class Stemmer {
 public:
  // `language` is a name of Snowball's, or "none".
  explicit Stemmer(const char* language);
  ~Stemmer();
  Stemmer(const Stemmer&) = delete;
  Stemmer& operator=(const Stemmer&) = delete;

  // The stem of a folded word; the word itself if there is no stemmer. Good until the next call. `word` is not empty.
  std::string_view Stem(std::string_view word);

 private:
  void Grow();
  static constexpr size_t kCachedBytes = 15;
  struct alignas(32) Entry {  // half a cache line
    uint64_t low = 0;         // the word, padded with zeros
    uint64_t high = 0;        // both zero: free, for a word is not empty
    std::array<char, kCachedBytes> stem{};
    uint8_t length = 0;
  };
  std::string_view StemUncached(std::string_view word);

  sb_stemmer* snowball_ = nullptr;
  std::vector<Entry> cache_;  // a power of two; empty without a stemmer
  uint32_t bits_ = 0;         // of its size
  size_t misses_ = 0;         // since it had this size
};

}  // namespace quire::text
