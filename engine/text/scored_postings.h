// ScoredPostings: where a word occurs, in groups that can be passed over without being unpacked.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/text/bm25.h"
#include "engine/text/posting_block.h"

namespace quire::text {

// Up to kPackedCount postings, ready to be scored.
struct ScoredGroup {
  std::span<const ChunkNumber> numbers;    // ascending
  std::span<const uint64_t> frequencies;  // in quarters
};
// Room for one that had to be unpacked.
struct GroupRoom {
  UnpackedGroup unpacked;
  std::array<uint64_t, kPackedCount> frequencies;
};

// The postings of one word or phrase, by number. Numbers that are not live may be among them.
class ScoredPostings {
 public:
  explicit ScoredPostings(const ChunkLengths& chunks) : chunks_(&chunks) {}

  // Adds a stored block behind what is there. Full groups stay packed, in a copy. Errors: kCorruption.
  Status AddBlock(ChunkNumber first, std::string_view value);
  // Adds postings in memory, behind what is there; of them those of `matches` (ascending), if it is given.
  void AddList(const PostingList& list, const std::vector<ChunkNumber>* matches = nullptr);

  size_t group_count() const { return groups_.size(); }
  ChunkNumber first(size_t group) const { return groups_[group].first; }
  ChunkNumber last(size_t group) const { return groups_[group].packed.last; }
  // `room` is made where it is needed, and what is given may lie there. Errors: kCorruption.
  Result<ScoredGroup> Read(size_t group, std::unique_ptr<GroupRoom>* room) const;
  // How many postings are of live chunks.
  uint64_t live_count() const { return live_count_; }
  // What no score of a posting of the group can exceed.
  FixedScore Bound(size_t group, const Bm25& bm25, double weight) const;

 private:
  struct Group {
    ChunkNumber first = 0;
    PackedGroup packed;         // with its impacts and last number; packed.data is null: in memory instead
    size_t begin = 0, end = 0;  // in numbers_
  };
  Status AddPacked(const PackedGroup& packed);

  const ChunkLengths* chunks_;
  std::vector<Group> groups_;
  std::vector<std::unique_ptr<char[]>> copies_;
  std::vector<ChunkNumber> numbers_;
  std::vector<uint64_t> frequencies_;
  uint64_t live_count_ = 0;
};

}  // namespace quire::text
