// Posting blocks: where a word occurs, as it lies on disk. Format: engine/doc/word_index.md.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/text/bit_packing.h"
#include "engine/text/fields.h"
#include "quire/chunk.h"
#include "quire/status.h"

namespace quire::text {

inline constexpr uint8_t kPostingVersion = 2;          // written
inline constexpr uint8_t kPostingVersionUnpacked = 1;  // read as well: without fields and bounds
inline constexpr size_t kPostingBlockBytes = 8 << 10;  // a block is closed by the posting that takes it past this

// A frequency and a length, in quarters, that no posting of some group exceeds together: whatever the average length, the best
// score of a group is at most that of one of its impacts.
struct Impact {
  uint64_t frequency = 0;
  uint64_t length = 0;
};
// Those of a group, frequency and length ascending.
struct Impacts {
  static constexpr size_t kMax = 4;
  std::array<Impact, kMax> all;
  size_t count = 0;

  std::span<const Impact> span() const { return {all.data(), count}; }
};
// Keeps the postings that no other outdoes in both; where there are too many of them, neighbours become one that bounds both.
class ImpactBuilder {
 public:
  void Add(Impact impact);
  Impacts Take();  // and starts anew

 private:
  std::vector<Impact> all_;
};

// A block under construction.
class PostingBlock {
 public:
  // REQUIRES: numbers ascend from call to call, positions ascend, neither is empty; `counts` sum up to the number of positions.
  void Add(ChunkNumber number, std::span<const uint32_t> positions, const FieldCounts& counts,
           const FieldLengths& lengths);

  bool empty() const { return count_ == 0; }
  bool full() const { return entries_.size() + positions_.size() >= kPostingBlockBytes; }
  ChunkNumber first() const { return first_; }  // REQUIRES: !empty()
  // The stored form; its key carries first().
  std::string Encode() const;
  void Clear();

 private:
  ChunkNumber first_ = 0;
  ChunkNumber last_ = 0;
  uint32_t count_ = 0;
  std::string entries_;  // varints, small, for most words of a commit occur once: gap, counts, length
  std::string positions_;
};

// Where a word occurs, in memory: column by column.
struct PostingList {
  std::vector<ChunkNumber> numbers;  // ascending
  std::vector<FieldCounts> counts;   // occurrences in each
  std::vector<uint32_t> positions;   // of all occurrences, chunk after chunk; empty if they were not asked for

  size_t size() const { return numbers.size(); }
};

// Walks a list that has positions. Borrows it.
class PostingCursor {
 public:
  explicit PostingCursor(const PostingList& list) : list_(&list) {}

  bool Valid() const { return at_ < list_->size(); }
  void Next() { begin_ += list_->counts[at_++].total(); }
  // Goes on to the first posting whose number is not below; whether it is that number.
  bool SkipTo(ChunkNumber number) {
    while (Valid() && list_->numbers[at_] < number) Next();
    return Valid() && list_->numbers[at_] == number;
  }
  // REQUIRES: Valid().
  ChunkNumber number() const { return list_->numbers[at_]; }
  const FieldCounts& counts() const { return list_->counts[at_]; }
  std::span<const uint32_t> positions() const {
    return std::span<const uint32_t>(list_->positions).subspan(begin_, counts().total());
  }

 private:
  const PostingList* list_;
  size_t at_ = 0;
  size_t begin_ = 0;
};

// kPackedCount postings of a stored block, not yet unpacked.
struct PackedGroup {
  uint64_t base = 0;  // the least that the first number can be
  ChunkNumber last = 0;
  uint8_t gap_bits = 0, title_bits = 0, section_bits = 0, body_bits = 0;
  Impacts impacts;
  const char* data = nullptr;  // in the block's value

  size_t bytes() const {
    return PackedBytes(gap_bits) + PackedBytes(title_bits) + PackedBytes(section_bits) + PackedBytes(body_bits);
  }
};
struct UnpackedGroup {
  PackedArray numbers, title, section, body;

  FieldCounts counts(size_t i) const { return {title[i], section[i], body[i]}; }
};
// False if the numbers are not what the header says, or a posting has no occurrence.
bool UnpackGroup(const PackedGroup& group, UnpackedGroup* out);

// Reads one stored block. What it gives may be used once status() is ok: the checksum is looked at first, but bytes that carry a
// right one are still not believed. The value must outlive the reader, and the groups it gives.
class PostingBlockReader {
 public:
  PostingBlockReader(ChunkNumber first, std::string_view value);

  // The parts: full groups, as they are stored, then the rest of fewer than kPackedCount postings (all of a block of version 1).
  const std::vector<PackedGroup>& groups() const { return groups_; }
  const PostingList& rest() const { return rest_; }

  // Or posting after posting: the next, false at the end or at the first that does not fit. Positions are decoded on demand:
  // every call of Next() is followed by at most one of AppendPositions(), and either all postings are or none is.
  bool Next();
  ChunkNumber number() const { return number_; }
  const FieldCounts& counts() const { return counts_; }
  // Appends the positions of this posting.
  void AppendPositions(std::vector<uint32_t>* out);

  // Errors: kCorruption.
  Status status() const;
  // As status(), but also if not everything has been read. REQUIRES: Next() has returned false and positions were
  // read.
  Status Finished() const;

 private:
  void Open(ChunkNumber first, std::string_view value);
  void OpenUnpacked(ChunkNumber first, ByteReader* in, uint64_t count);
  void OpenGroups(ChunkNumber first, ByteReader* in, uint64_t count);
  uint64_t ReadHeader(uint64_t base, ByteReader* in);
  void ReadRest(uint64_t base, ByteReader* in, uint64_t count);
  bool AddToRest(uint64_t number, const FieldCounts& counts);
  void Fail(const char* what);

  std::vector<PackedGroup> groups_;
  PostingList rest_;
  ByteReader positions_{std::string_view()};
  size_t next_ = 0;
  UnpackedGroup unpacked_;  // the group of the last posting, if it is of one
  ChunkNumber number_ = 0;
  FieldCounts counts_;
  const char* damage_ = nullptr;
};

}  // namespace quire::text
