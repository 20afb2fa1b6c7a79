#include "engine/graph/probe.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace quire::graph {
namespace {

constexpr size_t kGroupsOpened = 20;  // by each row
constexpr size_t kLeavesChosen = 80;
constexpr size_t kRowsTogether = 32;   // compared with a leaf: both should stay in the fastest cache
constexpr size_t kPointsAtOnce = kLeafMax;
constexpr size_t kWorthAligning = 4;   // rows that a leaf is compared with, from which on its codes are copied

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

LeafTree::LeafTree(const Rows& rows, const Leaves& leaves) : leaves_(leaves), groups_(rows), centroids_(rows) {
  // What leaves hold of centroids is without the extra coordinate: that is the mean of the rows.
  std::vector<float> extras(leaves.size()), group_extras(leaves.groups());
  for (size_t l = 0; l < leaves.size(); ++l) {
    const std::span<const uint32_t> own = rows_of(l);
    double sum = 0;
    for (size_t i = 0; i < own.size() && rows.has_extra(); ++i) sum += static_cast<double>(rows.factors(own[i]).extra);
    extras[l] = static_cast<float>(sum / static_cast<double>(own.size()));
  }
  for (size_t g = 0; g < leaves.groups(); ++g) {
    const uint32_t begin = leaves.group_begin[g], end = leaves.group_begin[g + 1];
    const double sum = std::accumulate(extras.begin() + begin, extras.begin() + end, 0.0);
    group_extras[g] = static_cast<float>(sum / (end - begin));
  }
  centroids_.Add(leaves.centroids, extras);
  centroids_.Encode();
  groups_.Add(leaves.group_centroids, group_extras);
  groups_.Encode();
}

void Probe::Look(std::span<const uint32_t> ids, size_t count) {
  ids_ = ids;
  rows_.Gather(ids_, &from_);
  Align(&from_, &from_codes_);
  keys_.resize(kRowsAtOnce * kPlaces);
  ahead_ = {};
  OpenGroups();
  OpenLeaves();
  Choose(tree_.leaves().size());
  Begin(count);
  ListLeaves();
  for (size_t i = 0; i < leaf_order_.size(); ++i) {
    const uint32_t l = leaf_order_[i];
    const std::span<const uint32_t> who = who_chose(l), rows = tree_.rows_of(l);
    ahead_ = i + 1 < leaf_order_.size() ? tree_.rows_of(leaf_order_[i + 1]) : std::span<const uint32_t>();
    ahead_per_row_ = ahead_.size() / who.size() + 1;
    rows_.Gather(rows, &to_);
    if (who.size() >= kWorthAligning) Align(&to_, &to_codes_);
    Compare(who, to_.view(), rows, true);
  }
}

void Probe::Align(Points* points, HugeBuffer* to) const {
  const size_t dim = rows_.padded_dim();
  if (to->size() < points->size() * dim) *to = HugeBuffer(std::max(points->size(), size_t{kLeafMax}) * dim);
  for (size_t i = 0; i < points->size(); ++i) {
    uint8_t* const code = to->data() + i * dim;
    std::memcpy(code, points->codes[i], dim);
    points->codes[i] = code;
  }
}

void Probe::ListLeaves() {
  const std::vector<uint32_t>& begin = tree_.leaves().group_begin;
  leaf_order_.clear();
  for (const uint32_t group : group_order_) {
    for (uint32_t l = begin[group]; l < begin[group + 1]; ++l) {
      if (!who_chose(l).empty()) leaf_order_.push_back(l);
    }
  }
}

void Probe::Prefetch() {
  const size_t count = std::min(ahead_per_row_, ahead_.size());
  for (const uint32_t row : ahead_.first(count)) {
    for (size_t i = 0; i < rows_.padded_dim(); i += 64) __builtin_prefetch(rows_.record(row) + i, 0, 2);
  }
  ahead_ = ahead_.subspan(count);
}

std::span<const Key> Probe::Candidates(size_t i) {
  if (finds_[i].count > wanted_ + wanted_ / 2) Lower(i);
  const std::span<Key> keys(keys_.data() + i * kPlaces, finds_[i].count);
  return keys.first(KeepNearest(keys, wanted_));
}

void Probe::OpenGroups() {
  const Centroids& groups = tree_.groups();
  // Near ones first: then what is far is soon known to be.
  groups.Distances(rows_.Query(ids_[ids_.size() / 2]), &scratch_, &distances_);
  group_order_.resize(groups.size());
  std::iota(group_order_.begin(), group_order_.end(), 0u);
  std::stable_sort(group_order_.begin(), group_order_.end(),
                   [&](uint32_t a, uint32_t b) { return distances_[a] < distances_[b]; });
  Begin(kGroupsOpened);
  numbers_.resize(std::max(groups.size(), ids_.size()));
  std::iota(numbers_.begin(), numbers_.end(), 0u);
  const std::span<const uint32_t> all = std::span(numbers_).first(ids_.size());
  for (size_t begin = 0; begin < groups.size(); begin += kPointsAtOnce) {
    const size_t count = std::min(kPointsAtOnce, groups.size() - begin);
    Compare(all, groups.view().From(begin, count), std::span(numbers_).subspan(begin, count), false);
  }
}

void Probe::OpenLeaves() {
  const Leaves& leaves = tree_.leaves();
  Choose(leaves.groups());
  Begin(kLeavesChosen);
  numbers_.resize(std::max(numbers_.size(), leaves.size()));
  std::iota(numbers_.begin(), numbers_.end(), 0u);
  for (const uint32_t group : group_order_) {
    const std::span<const uint32_t> who = who_chose(group);
    const uint32_t end = leaves.group_begin[group + 1];
    for (uint32_t begin = leaves.group_begin[group]; begin < end && !who.empty(); begin += kPointsAtOnce) {
      const size_t count = std::min<size_t>(kPointsAtOnce, end - begin);
      Compare(who, tree_.centroids().view().From(begin, count), std::span(numbers_).subspan(begin, count), false);
    }
  }
}

void Probe::Begin(size_t wanted) {
  wanted_ = wanted;
  finds_.assign(ids_.size(), {0, kInfinity});
}

void Probe::Choose(size_t boxes) {
  chosen_begin_.assign(boxes + 2, 0);
  size_t total = 0;
  for (size_t i = 0; i < ids_.size(); ++i) {
    if (finds_[i].count > wanted_) {
      Key* const keys = keys_.data() + i * kPlaces;
      std::nth_element(keys, keys + wanted_, keys + finds_[i].count);
      finds_[i].count = static_cast<uint32_t>(wanted_);
    }
    for (size_t j = 0; j < finds_[i].count; ++j) ++chosen_begin_[IdOf(keys_[i * kPlaces + j], 0) + 2];
    total += finds_[i].count;
  }
  for (size_t box = 2; box < boxes + 2; ++box) chosen_begin_[box] += chosen_begin_[box - 1];
  chosen_.resize(total);
  for (uint32_t i = 0; i < ids_.size(); ++i) {
    for (size_t j = 0; j < finds_[i].count; ++j) chosen_[chosen_begin_[IdOf(keys_[i * kPlaces + j], 0) + 1]++] = i;
  }
}

void Probe::Compare(std::span<const uint32_t> who, const PointView& to, std::span<const uint32_t> numbers,
                    bool are_rows) {
  const simd::Kernels& kernels = simd::ActiveKernels();
  positions_.resize(kPointsAtOnce + 16);
  distances_.resize(kRowsTogether * kPointsAtOnce);
  for (size_t begin = 0; begin < who.size(); begin += kRowsTogether) {
    const std::span<const uint32_t> some = who.subspan(begin, std::min(kRowsTogether, who.size() - begin));
    some_.Resize(some.size(), rows_.has_extra());
    for (size_t i = 0; i < some.size(); ++i) some_.Set(i, from_.codes[some[i]], from_.factors(some[i]));
    TileDistances(rows_.padded_dim(), some_.view(), to, &scratch_, distances_.data());
    for (size_t i = 0; i < some.size(); ++i) {
      Prefetch();
      const float* const distances = distances_.data() + i * to.count;
      const uint32_t own = are_rows ? ids_[some[i]] : 0;
      Finds& finds = finds_[some[i]];
      const size_t count = kernels.find_below(distances, to.count, finds.limit, positions_.data());
      Key* const out = keys_.data() + some[i] * kPlaces;
      size_t found = finds.count;
      for (size_t j = 0; j < count; ++j) {
        const uint32_t position = positions_[j];
        out[found] = KeyOf(distances[position], numbers[position], own);
        found += numbers[position] != own || !are_rows ? 1 : 0;
      }
      finds.count = static_cast<uint32_t>(found);
      if (found > kPlaces - kPointsAtOnce || (finds.limit == kInfinity && found >= 2 * wanted_)) Lower(some[i]);
    }
  }
}

void Probe::Lower(size_t i) {
  Key* const keys = keys_.data() + i * kPlaces;
  Finds& finds = finds_[i];
  const Key last = LikelyLast({keys, finds.count});
  size_t kept = 0;
  for (size_t j = 0; j < finds.count; ++j) kept += static_cast<size_t>(keys[j] <= last);
  if (kept >= wanted_) {
    kept = 0;
    for (size_t j = 0; j < finds.count; ++j) {  // without a branch: which pass cannot be foreseen
      keys[kept] = keys[j];
      kept += static_cast<size_t>(keys[j] <= last);
    }
  } else {
    kept = wanted_;
    std::nth_element(keys, keys + kept - 1, keys + finds.count);
  }
  // As near as the last one is near enough: its number may be preferred.
  const Key farthest = kept == wanted_ ? *std::max_element(keys, keys + kept) : last;
  finds.limit = std::nextafter(DistanceOf(farthest), kInfinity);
  finds.count = static_cast<uint32_t>(kept);
}

Key Probe::LikelyLast(std::span<const Key> keys) {
  constexpr size_t kStep = 8;
  sample_.clear();
  for (size_t i = 0; i < keys.size(); i += kStep) sample_.push_back(keys[i]);
  const size_t rank = std::min(wanted_ / kStep + wanted_ / 32 + 2, sample_.size() - 1);
  std::nth_element(sample_.begin(), sample_.begin() + static_cast<std::ptrdiff_t>(rank), sample_.end());
  return sample_[rank];
}

}  // namespace quire::graph
