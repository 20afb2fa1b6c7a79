// ChunkTable: which chunk numbers of a collection are live, and how many words each has in each field. Small enough (8
// bytes a chunk) to be in memory whole; stored in blocks of 1,024 numbers, so that a commit rewrites few bytes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/filter/attribute_index.h"
#include "engine/storage/store.h"
#include "engine/text/word_index.h"

namespace quire::db {

// One state of the table: a value whose blocks are shared between states. Safe for concurrent use when const.
class ChunkTable : public text::ChunkLengths {
 public:
  // Reads the table. Errors: kCorruption naming the block.
  static Result<ChunkTable> Load(uint32_t collection, const storage::Snapshot& snapshot);

  text::ChunkLengths::Block BlockOf(uint32_t index) const override;
  uint64_t live_count() const override { return live_count_; }
  uint64_t total_quarters() const override { return total_quarters_; }
  uint64_t total_length() const { return total_length_; }  // words of the live chunks
  // One past the highest number the table has room for.
  ChunkNumber end() const { return static_cast<ChunkNumber>(blocks_.size()) * kBlockSize; }

  // REQUIRES: not live, or live, respectively.
  void Add(ChunkNumber number, const text::FieldLengths& lengths);
  void Remove(ChunkNumber number);
  // Puts the blocks changed since the last Write into `batch`.
  void Write(uint32_t collection, storage::Batch* batch);

  filter::Bitmap Live() const;
  // The live numbers as bits, as the vector index takes them.
  std::vector<uint64_t> LiveWords() const;

 private:
  struct Stored {
    std::array<uint64_t, kBlockSize / 64> live{};
    std::array<text::FieldLengths, kBlockSize> lengths{};
  };
  static std::string Encode(const Stored& block);
  static bool Decode(std::string_view bytes, Stored* block);
  Stored& Own(uint32_t index);  // the block for writing: copied at its first change, made if it is not there

  std::vector<std::shared_ptr<const Stored>> blocks_;
  std::set<uint32_t> changed_;
  uint64_t live_count_ = 0;
  uint64_t total_length_ = 0;
  uint64_t total_quarters_ = 0;
};

}  // namespace quire::db
