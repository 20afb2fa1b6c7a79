// Duplicates: texts of a load that say what another one said before, word for word or nearly so.
//
// Source: Charikar, Similarity Estimation Techniques from Rounding Algorithms (2002); Manku, Jain, Sarma, Detecting
// Near-Duplicates for Web Crawling (2007): 64 bits, of which at most 3 differ.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "quire/chunk.h"

namespace quire::ingest {

// What a text is compared by.
struct TextPrint {
  Hash128 exact{};       // XXH3-128 of the text with runs of blanks as one
  uint64_t similar = 0;  // SimHash of its runs of three words, without regard to case and punctuation
  uint32_t words = 0;
};

// Cost: linear, about 200 MB/s.
TextPrint PrintOf(std::string_view text);

// Texts of fewer words are compared whole only: a few shingles decide too many of their bits.
inline constexpr uint32_t kNearWordsMin = 16;
inline constexpr int kNearBitsMax = 3;

class DuplicateFinder {
 public:
  struct Match {
    uint32_t first = 0;  // the text it repeats, numbered from 0 in the order they came
    bool exact = false;
  };
  // Whether an earlier text says the same; an exact one is preferred. Texts beyond kTextsMax are neither compared nor kept.
  // Exact ones are told by 64 of their 128 bits. Cost: some 60 bytes and a microsecond a text; of texts that share a quarter of their bits
  // the last kBucketMax are looked at.
  std::optional<Match> Add(const TextPrint& print);

  static constexpr size_t kTextsMax = 1'000'000;
  static constexpr size_t kBucketMax = 64;

 private:
  static constexpr size_t kParts = kNearBitsMax + 1;  // of two texts that near, one part of 16 bits is the same
  static constexpr size_t kPartBits = 64 / kParts;
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Exact {
    uint64_t hash;
    uint32_t text;  // kNone: free
  };
  struct Near {
    uint64_t similar;
    uint32_t text;                          // its number
    std::array<uint32_t, kParts> previous;  // with the same part, as an index into near_
  };

  std::optional<uint32_t> FindNear(uint64_t similar) const;
  // The slot of a hash in exact_: where it stands, or is to stand.
  Exact& SlotOf(uint64_t hash);
  void GrowExact();

  uint32_t texts_ = 0;
  size_t distinct_ = 0;        // in exact_
  std::vector<Exact> exact_;   // open addressing, a power of two; three quarters at most are taken
  std::deque<Near> near_;      // grows without being copied
  std::array<std::vector<uint32_t>, kParts> last_;  // with each value of the part
};

}  // namespace quire::ingest
