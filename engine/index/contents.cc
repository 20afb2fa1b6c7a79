#include "engine/index/contents.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace quire::index {

std::optional<Place> Contents::Find(uint32_t number) const {
  const auto starts_above = [number](const std::shared_ptr<const Group>& group) {
    return group->segments.front()->first() > number;
  };
  const auto group = std::partition_point(groups.begin(), groups.end(), std::not_fn(starts_above));
  if (group == groups.begin()) return std::nullopt;
  const Group& found = **(group - 1);
  const auto segment = std::partition_point(
      found.segments.begin(), found.segments.end(),
      [number](const std::shared_ptr<const Segment>& candidate) { return candidate->first() <= number; });
  const auto index = static_cast<size_t>(segment - found.segments.begin()) - 1;
  const size_t slot = found.segments[index]->LowerBound(number);
  if (slot == found.segments[index]->count() || found.segments[index]->number(slot) != number ||
      !IsLive(found.live[index], slot)) {
    return std::nullopt;
  }
  return Place{static_cast<size_t>(group - groups.begin()) - 1, index, slot};
}

void Contents::ForEachSegment(function_ref<void(const Segment&, const LiveMask&)> visit) const {
  for (const std::shared_ptr<const Group>& group : groups) {
    for (size_t i = 0; i < group->segments.size(); ++i) visit(*group->segments[i], group->live[i]);
  }
}

LiveMask FirstSlots(size_t count) {
  LiveMask live{};
  for (size_t slot = 0; slot < count; ++slot) live[slot / simd::kBlockSlots] |= 1u << (slot % simd::kBlockSlots);
  return live;
}

size_t CountLive(const LiveMask& live) {
  size_t count = 0;
  for (const uint32_t word : live) count += static_cast<size_t>(std::popcount(word));
  return count;
}

Draft::Draft(Contents base) : contents_(std::move(base)), owned_(contents_.groups.size()) {}

Group* Draft::Writable(size_t group) {
  if (owned_[group] == nullptr) {
    owned_[group] = std::make_shared<Group>(*contents_.groups[group]);
    contents_.groups[group] = owned_[group];
  }
  return owned_[group].get();
}

void Draft::Append(std::shared_ptr<const Segment> segment, const LiveMask& live) {
  if (contents_.groups.empty() || contents_.groups.back()->segments.size() == Group::kSegmentsMax) {
    owned_.push_back(std::make_shared<Group>());
    contents_.groups.push_back(owned_.back());
  }
  Group* const group = Writable(contents_.groups.size() - 1);
  contents_.size += CountLive(live);
  contents_.memory_bytes += segment->memory_bytes();
  group->segments.push_back(std::move(segment));
  group->live.push_back(live);
}

void Draft::ReplaceLast(std::shared_ptr<const Segment> segment) {
  Group* const group = Writable(contents_.groups.size() - 1);
  const size_t before = group->segments.back()->count();
  for (size_t slot = before; slot < segment->count(); ++slot) {
    group->live.back()[slot / simd::kBlockSlots] |= 1u << (slot % simd::kBlockSlots);
  }
  contents_.size += segment->count() - before;
  group->segments.back() = std::move(segment);
}

std::shared_ptr<const Segment> Draft::Remove(const Place& place) {
  Group* const group = Writable(place.group);
  LiveMask& live = group->live[place.segment];
  live[place.slot / simd::kBlockSlots] &= ~(1u << (place.slot % simd::kBlockSlots));
  --contents_.size;
  if (CountLive(live) != 0) return nullptr;
  std::shared_ptr<const Segment> gone = group->segments[place.segment];
  contents_.memory_bytes -= gone->memory_bytes();
  Erase(place);
  return gone;
}

void Draft::Erase(const Place& place) {
  Group* const group = Writable(place.group);
  group->segments.erase(group->segments.begin() + static_cast<std::ptrdiff_t>(place.segment));
  group->live.erase(group->live.begin() + static_cast<std::ptrdiff_t>(place.segment));
  if (!group->segments.empty()) return;
  contents_.groups.erase(contents_.groups.begin() + static_cast<std::ptrdiff_t>(place.group));
  owned_.erase(owned_.begin() + static_cast<std::ptrdiff_t>(place.group));
}

std::shared_ptr<const Segment> Draft::last() const {
  return contents_.groups.empty() ? nullptr : contents_.groups.back()->segments.back();
}

}  // namespace quire::index
