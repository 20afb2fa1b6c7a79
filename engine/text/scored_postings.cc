#include "engine/text/scored_postings.h"

#include <algorithm>
#include <cstring>

namespace quire::text {
namespace {

Status Damaged() { return Status(Code::kCorruption, "posting block: a group is damaged"); }

}  // namespace

Status ScoredPostings::AddBlock(ChunkNumber first, std::string_view value) {
  const PostingBlockReader reader(first, value);
  QUIRE_RETURN_IF_ERROR(reader.status());
  const std::vector<PackedGroup>& groups = reader.groups();
  if (!groups.empty()) {
    const char* begin = groups.front().data;
    const size_t bytes = static_cast<size_t>(groups.back().data - begin) + groups.back().bytes();
    char* copy = copies_.emplace_back(new char[bytes]).get();
    std::memcpy(copy, begin, bytes);
    for (PackedGroup group : groups) {
      group.data = copy + (group.data - begin);
      QUIRE_RETURN_IF_ERROR(AddPacked(group));
    }
  }
  AddList(reader.rest());
  return {};
}

Status ScoredPostings::AddPacked(const PackedGroup& packed) {
  Group& group = groups_.emplace_back();
  group.first = static_cast<ChunkNumber>(packed.base);
  group.packed = packed;
  const uint64_t span = uint64_t{packed.last} - group.first + 1;
  if (chunks_->CountLive(group.first, packed.last) == span) {
    live_count_ += kPackedCount;
    return {};
  }
  UnpackedGroup unpacked;  // only by its numbers can be said how many are live
  if (!UnpackGroup(packed, &unpacked)) return Damaged();
  for (const ChunkNumber number : unpacked.numbers) live_count_ += chunks_->IsLive(number) ? 1 : 0;
  return {};
}

void ScoredPostings::AddList(const PostingList& list, const std::vector<ChunkNumber>* matches) {
  Group group;
  ImpactBuilder impacts;
  const auto close = [&] {
    if (group.end == group.begin) return;
    group.packed.impacts = impacts.Take();
    groups_.push_back(group);
    group = Group();
  };
  size_t match = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    const ChunkNumber number = list.numbers[i];
    if (matches != nullptr) {
      while (match < matches->size() && (*matches)[match] < number) ++match;
      if (match == matches->size()) break;
      if ((*matches)[match] != number) continue;
    }
    if (!chunks_->IsLive(number)) continue;
    if (group.end - group.begin == kPackedCount) close();
    if (group.end == group.begin) group.first = number, group.begin = numbers_.size();
    group.packed.last = number;
    numbers_.push_back(number);
    frequencies_.push_back(Quarters(list.counts[i]));
    group.end = numbers_.size();
    impacts.Add({frequencies_.back(), Quarters(chunks_->LengthsOf(number))});
    ++live_count_;
  }
  close();
}

Result<ScoredGroup> ScoredPostings::Read(size_t index, std::unique_ptr<GroupRoom>* room) const {
  const Group& group = groups_[index];
  if (group.packed.data == nullptr) {
    const size_t size = group.end - group.begin;
    return ScoredGroup{{numbers_.data() + group.begin, size}, {frequencies_.data() + group.begin, size}};
  }
  if (*room == nullptr) *room = std::make_unique<GroupRoom>();
  UnpackedGroup& unpacked = (*room)->unpacked;
  if (!UnpackGroup(group.packed, &unpacked)) return Damaged();
  for (size_t i = 0; i < kPackedCount; ++i) (*room)->frequencies[i] = Quarters(unpacked.counts(i));
  return ScoredGroup{unpacked.numbers, (*room)->frequencies};
}

FixedScore ScoredPostings::Bound(size_t group, const Bm25& bm25, double weight) const {
  FixedScore bound = 0;
  for (const Impact& impact : groups_[group].packed.impacts.span()) {
    bound = std::max(bound, bm25.Score(weight, impact.frequency, impact.length));
  }
  return bound + bound / (FixedScore{1} << 40) + 1;  // what rounding may add: 52 bits hold a factor
}

}  // namespace quire::text
