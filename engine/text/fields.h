// Fields: the parts of a chunk that words are counted in, and how much each counts (BM25F).
#pragma once

#include <cstdint>

#include "quire/chunk.h"

namespace quire::text {

// How often a word occurs in each field of a chunk.
struct FieldCounts {
  uint32_t title = 0;
  uint32_t section = 0;
  uint32_t body = 0;

  uint64_t total() const { return uint64_t{title} + section + body; }
  bool operator==(const FieldCounts&) const = default;
};

// Words in each field of a chunk. Those of headings are counted up to 65,535.
struct FieldLengths {
  uint32_t body = 0;
  uint16_t title = 0;
  uint16_t section = 0;

  uint64_t total() const { return uint64_t{title} + section + body; }
  bool operator==(const FieldLengths&) const = default;
};

// How much an occurrence counts, in quarters of one in the body, and so does the length. Chosen by measurement:
// engine/doc/word_index.md. Bounds stored in posting blocks are of these weights: other ones are another version of the format.
inline constexpr uint32_t kTitleQuarters = 16;
inline constexpr uint32_t kSectionQuarters = 8;
inline constexpr uint32_t kBodyQuarters = 4;

template <typename Fields>
constexpr uint64_t Quarters(const Fields& fields) {
  return uint64_t{kTitleQuarters} * fields.title + uint64_t{kSectionQuarters} * fields.section +
         uint64_t{kBodyQuarters} * fields.body;
}

// What scoring needs to know of the chunks at one moment, in blocks of numbers. Implemented by the chunk table (engine/db).
class ChunkLengths {
 public:
  static constexpr uint32_t kBlockSize = 1024;
  struct Block {
    const uint64_t* live = nullptr;         // kBlockSize bits; null: none is live
    const FieldLengths* lengths = nullptr;  // kBlockSize of them, meaningless where not live
  };

  virtual ~ChunkLengths() = default;
  // Of the numbers from index * kBlockSize on; good as long as this object.
  virtual Block BlockOf(uint32_t index) const = 0;
  virtual uint64_t live_count() const = 0;
  virtual uint64_t total_quarters() const = 0;  // of the lengths of live chunks

  bool IsLive(ChunkNumber number) const {
    const Block block = BlockOf(number / kBlockSize);
    const uint32_t slot = number % kBlockSize;
    return block.live != nullptr && ((block.live[slot / 64] >> (slot % 64)) & 1) != 0;
  }
  FieldLengths LengthsOf(ChunkNumber number) const {  // REQUIRES: IsLive(number)
    return BlockOf(number / kBlockSize).lengths[number % kBlockSize];
  }
  // How many of [first, last] are live.
  uint64_t CountLive(ChunkNumber first, ChunkNumber last) const;
};

}  // namespace quire::text
