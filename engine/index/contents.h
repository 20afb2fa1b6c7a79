// Contents: what a View holds, shared with the views before and after it as far as they agree.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/index/segment.h"

namespace quire::index {

// Which slots of a segment are live: bit i of word b for slot i of block b.
using LiveMask = std::array<uint32_t, kSegmentSlots / simd::kBlockSlots>;

// A run of segments: what a change copies (pointers and masks, not codes).
struct Group {
  static constexpr size_t kSegmentsMax = 64;
  std::vector<std::shared_ptr<const Segment>> segments;
  std::vector<LiveMask> live;  // of each
};

// Where a number is.
struct Place {
  size_t group = 0, segment = 0, slot = 0;
};

// All segments in ascending number; none without a live slot, no group without a segment. A value; cheap to copy.
struct Contents {
  std::vector<std::shared_ptr<const Group>> groups;
  uint64_t size = 0;  // live slots
  uint64_t memory_bytes = 0;

  // Where a live number is. Cost: three binary searches.
  std::optional<Place> Find(uint32_t number) const;
  const Segment& segment(const Place& place) const { return *groups[place.group]->segments[place.segment]; }
  // Calls visit(segment, live) in ascending number.
  void ForEachSegment(function_ref<void(const Segment&, const LiveMask&)> visit) const;
};

inline bool IsLive(const LiveMask& live, size_t slot) {
  return (live[slot / simd::kBlockSlots] >> (slot % simd::kBlockSlots)) & 1;
}
// The first `count` slots.
LiveMask FirstSlots(size_t count);
size_t CountLive(const LiveMask& live);

// Makes the Contents that follow others: groups are copied when they are first written to.
class Draft {
 public:
  explicit Draft(Contents base);

  // Adds a segment behind all others. REQUIRES: its first number is above all that are there; `live` is not empty.
  void Append(std::shared_ptr<const Segment> segment, const LiveMask& live);
  // Puts a longer copy of the last segment in its place; the new slots are live.
  void ReplaceLast(std::shared_ptr<const Segment> segment);
  // Takes a slot out. A segment whose last slot this was goes too and is returned.
  std::shared_ptr<const Segment> Remove(const Place& place);

  std::shared_ptr<const Segment> last() const;  // null if there is none
  const Contents& contents() const { return contents_; }
  Contents Finish() && { return std::move(contents_); }

 private:
  Group* Writable(size_t group);
  void Erase(const Place& place);

  Contents contents_;
  std::vector<std::shared_ptr<Group>> owned_;  // by group: null if it is still the base's
};

}  // namespace quire::index
