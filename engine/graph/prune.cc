#include "engine/graph/prune.h"

#include <algorithm>

namespace quire::graph {

size_t KeepNearest(std::span<Key> keys, size_t count) {
  if (keys.size() > count) {
    std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count), keys.end());
    keys = keys.first(count);
  }
  std::sort(keys.begin(), keys.end());
  return keys.size();
}

namespace {

void Prefetch(const uint8_t* code, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(code + i);
}

// Not nearer but equally near is enough: of equal rows one is linked, and the others through it.
bool IsNearer(float distance, Key key) { return Pruner::kAlpha * distance <= DistanceOf(key); }

}  // namespace

void Pruner::Prune(uint32_t row, std::span<const Key> keys, size_t most, std::vector<Key>* taken) {
  taken->clear();
  taken_.Resize(0, rows_.has_extra());
  for (size_t begin = 0; begin < keys.size() && taken->size() < most; begin += kWindow) {
    const auto window = keys.subspan(begin, std::min(kWindow, keys.size() - begin));
    keys_.assign(window.begin(), window.end());
    ids_.clear();
    for (const Key key : window) ids_.push_back(IdOf(key, row));
    rows_.Gather(ids_, &points_);
    for (const uint8_t* const code : points_.codes) Prefetch(code, rows_.padded_dim());
    Drop(0, 0);
    while (!keys_.empty() && taken->size() < most) TakeFirst(most, taken);
  }
}

void Pruner::TakeFirst(size_t most, std::vector<Key>* taken) {
  const size_t count = std::min(kTogether, keys_.size()), before = taken->size();
  float distances[kTogether * kTogether];
  const PointView first = points_.view().From(0, count);
  TileDistances(rows_.padded_dim(), first, first, &scratch_, distances);
  uint32_t dropped = 0;
  for (size_t i = 0; i < count && taken->size() < most; ++i) {
    if ((dropped >> i & 1) != 0) continue;
    taken->push_back(keys_[i]);
    taken_.Resize(taken->size(), rows_.has_extra());
    taken_.Set(taken->size() - 1, points_.codes[i], points_.factors(i));
    for (size_t j = i + 1; j < count; ++j) dropped |= uint32_t{IsNearer(distances[i * count + j], keys_[j])} << j;
  }
  if (taken->size() < most) Drop(before, count);
}

void Pruner::Drop(size_t first_taken, size_t begin) {
  const PointView from = taken_.view().From(first_taken, taken_.size() - first_taken);
  const PointView to = points_.view().From(begin, keys_.size() - begin);
  if (distances_.size() < from.count * to.count) distances_.resize(from.count * to.count);
  float* const nearest = distances_.data();
  TileDistances(rows_.padded_dim(), from, to, &scratch_, nearest);
  for (size_t j = 1; j < from.count; ++j) {
    const float* const others = nearest + j * to.count;
    for (size_t i = 0; i < to.count; ++i) nearest[i] = others[i] < nearest[i] ? others[i] : nearest[i];
  }
  size_t kept = 0;
  for (size_t i = 0; i < to.count; ++i) {
    if (from.count > 0 && IsNearer(nearest[i], keys_[begin + i])) continue;
    if (kept != begin + i) {
      keys_[kept] = keys_[begin + i];
      points_.Move(begin + i, kept);
    }
    ++kept;
  }
  keys_.resize(kept);
  points_.Resize(kept, rows_.has_extra());
}

}  // namespace quire::graph
