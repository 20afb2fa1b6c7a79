#include "engine/graph/prune.h"

#include <algorithm>
#include <limits>

namespace quire::graph {

void KeepNearest(std::vector<Key>* keys, size_t count) {
  if (keys->size() > count) {
    std::nth_element(keys->begin(), keys->begin() + static_cast<std::ptrdiff_t>(count), keys->end());
    keys->resize(count);
  }
  std::sort(keys->begin(), keys->end());
}

namespace {

// A distance that probably a few more than `count` of `distances` do not exceed.
float LikelyLimit(std::span<const float> distances, size_t count, std::vector<float>* sample) {
  constexpr size_t kStep = 8;
  if (distances.size() < 3 * count) return std::numeric_limits<float>::infinity();
  sample->clear();
  for (size_t i = 0; i < distances.size(); i += kStep) sample->push_back(distances[i]);
  const size_t rank = count * sample->size() / distances.size();
  const auto at = sample->begin() + static_cast<std::ptrdiff_t>(std::min(rank + rank / 4 + 4, sample->size() - 1));
  std::nth_element(sample->begin(), at, sample->end());
  return *at;
}

}  // namespace

void SelectNearest(uint32_t row, std::span<const uint32_t> ids, std::span<const float> distances, size_t count,
                   std::vector<float>* sample, std::vector<Key>* keys) {
  const auto keep = [&](float limit) {
    keys->resize(ids.size());
    size_t kept = 0;
    for (size_t i = 0; i < ids.size(); ++i) {  // without a branch: which pass cannot be foreseen
      (*keys)[kept] = KeyOf(distances[i], ids[i], row);
      kept += static_cast<size_t>(distances[i] <= limit) & static_cast<size_t>(ids[i] != row);
    }
    keys->resize(kept);
  };
  const float limit = LikelyLimit(distances, count, sample);
  keep(limit);
  if (keys->size() < count) keep(std::numeric_limits<float>::infinity());
  KeepNearest(keys, count);
}

void Pruner::Prune(uint32_t row, std::span<const Key> keys, size_t most, std::vector<Key>* taken) {
  const size_t dim = rows_.padded_dim();
  taken->clear();
  factors_.clear();
  queries_.resize(most * dim);
  for (size_t begin = 0; begin < keys.size() && taken->size() < most; begin += kWindow) {
    const auto window = keys.subspan(begin, std::min(kWindow, keys.size() - begin));
    keys_.assign(window.begin(), window.end());
    ids_.clear();
    for (const Key key : window) ids_.push_back(IdOf(key, row));
    rows_.Gather(ids_, &points_);
    for (size_t i = 0; i < factors_.size() && !keys_.empty(); ++i) Drop({queries_.data() + i * dim, factors_[i]}, 0);
    for (size_t i = 0; i < keys_.size() && taken->size() < most; ++i) {
      int8_t* const query = queries_.data() + taken->size() * dim;
      CodeAsQuery(points_.codes[i], dim, query);
      factors_.push_back(points_.factors(i));
      taken->push_back(keys_[i]);
      Drop({query, factors_.back()}, i + 1);
    }
  }
}

void Pruner::Drop(const PointQuery& query, size_t begin) {
  const size_t count = keys_.size() - begin;
  if (distances_.size() < count) distances_.resize(count);
  PointDistances(rows_.padded_dim(), query, points_.view().From(begin, count), &dots_, distances_.data());
  size_t kept = begin;
  for (size_t i = 0; i < count; ++i) {
    // Not nearer but equally near is enough: of equal rows one is linked, and the others through it.
    if (kAlpha * distances_[i] <= DistanceOf(keys_[begin + i])) continue;
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
