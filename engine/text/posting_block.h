// Posting blocks: where a word occurs, as it lies on disk. Format: engine/doc/word_index.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "quire/chunk.h"
#include "quire/status.h"

namespace quire::text {

inline constexpr uint8_t kPostingVersion = 1;
inline constexpr size_t kPostingBlockBytes = 8 << 10;  // a block is closed by the posting that takes it past this

// A block under construction.
class PostingBlock {
 public:
  // REQUIRES: numbers ascend from call to call, positions ascend, neither is empty.
  void Add(ChunkNumber number, std::span<const uint32_t> positions);

  bool empty() const { return count_ == 0; }
  bool full() const { return numbers_.size() + positions_.size() >= kPostingBlockBytes; }
  ChunkNumber first() const { return first_; }  // REQUIRES: !empty()
  // The stored form; its key carries first().
  std::string Encode() const;
  void Clear();

 private:
  ChunkNumber first_ = 0;
  ChunkNumber last_ = 0;
  uint64_t count_ = 0;
  std::string numbers_;
  std::string positions_;
};

// Where a word occurs, in memory: column by column.
struct PostingList {
  std::vector<ChunkNumber> numbers;  // ascending
  std::vector<uint32_t> counts;      // occurrences in each
  std::vector<uint32_t> positions;   // of all occurrences, chunk after chunk; empty if they were not asked for

  size_t size() const { return numbers.size(); }
};

// Walks a list that has positions. Borrows it.
class PostingCursor {
 public:
  explicit PostingCursor(const PostingList& list) : list_(&list) {}

  bool Valid() const { return at_ < list_->size(); }
  void Next() { begin_ += list_->counts[at_++]; }
  // Goes on to the first posting whose number is not below; whether it is that number.
  bool SkipTo(ChunkNumber number) {
    while (Valid() && list_->numbers[at_] < number) Next();
    return Valid() && list_->numbers[at_] == number;
  }
  // REQUIRES: Valid().
  ChunkNumber number() const { return list_->numbers[at_]; }
  std::span<const uint32_t> positions() const {
    return std::span<const uint32_t>(list_->positions).subspan(begin_, list_->counts[at_]);
  }

 private:
  const PostingList* list_;
  size_t at_ = 0;
  size_t begin_ = 0;
};

// Reads one stored block, posting after posting. What it gives may be used once status() is ok at the end: the
// checksum is looked at first, but bytes that carry a right one are still not believed.
class PostingBlockReader {
 public:
  PostingBlockReader(ChunkNumber first, std::string_view value);

  // The next posting; false at the end or at the first byte that does not fit. Positions are decoded on demand: every
  // call of Next() is followed by at most one of AppendPositions(), and either all postings are or none is.
  bool Next();
  ChunkNumber number() const { return number_; }
  uint32_t count() const { return count_; }
  // Appends the positions of this posting.
  void AppendPositions(std::vector<uint32_t>* out);

  // Errors: kCorruption.
  Status status() const;
  // As status(), but also if not everything has been read. REQUIRES: Next() has returned false and positions were
  // read.
  Status Finished() const;

 private:
  void Open(std::string_view value);
  void Fail(const char* what);

  ByteReader numbers_{std::string_view()};
  ByteReader positions_{std::string_view()};
  uint64_t left_ = 0;
  bool begun_ = false;
  ChunkNumber number_ = 0;
  uint32_t count_ = 0;
  const char* damage_ = nullptr;
};

}  // namespace quire::text
