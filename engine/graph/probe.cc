#include "engine/graph/probe.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace quire::graph {
namespace {

constexpr size_t kGroupsAtOnce = 6;
constexpr size_t kLeavesAtOnce = 8;
constexpr size_t kLeavesPerGroup = 3;  // of those opened are looked through before more groups are opened
constexpr size_t kLeavesMost = 32;
constexpr size_t kWatched = 64;  // nearest rows whose change counts
constexpr size_t kFreshLeast = 4;  // fewer of them from kLeavesAtOnce leaves: enough

std::ptrdiff_t Index(size_t i) { return static_cast<std::ptrdiff_t>(i); }

}  // namespace

LeafTree::LeafTree(const Rows& rows, const Leaves& leaves) : leaves_(leaves), groups_(rows) {
  const size_t dim = rows.padded_dim();
  for (size_t l = 0; l < leaves.size(); ++l) {
    const auto begin = leaves.rows.begin() + leaves.begin[l], end = leaves.rows.begin() + leaves.begin[l + 1];
    without_gap_.push_back(std::adjacent_find(begin, end, [](uint32_t a, uint32_t b) { return b != a + 1; }) == end);
  }
  // What leaves hold of centroids is without the extra coordinate: that is the mean of the rows.
  std::vector<float> extras(leaves.size());
  for (size_t l = 0; l < leaves.size() && rows.has_extra(); ++l) {
    double sum = 0;
    for (uint32_t i = leaves.begin[l]; i < leaves.begin[l + 1]; ++i) {
      sum += static_cast<double>(rows.factors(leaves.rows[i]).extra);
    }
    extras[l] = static_cast<float>(sum / (leaves.begin[l + 1] - leaves.begin[l]));
  }
  std::vector<float> group_extras;
  for (size_t g = 0; g < leaves.groups(); ++g) {
    const size_t begin = leaves.group_begin[g], count = leaves.group_begin[g + 1] - begin;
    const std::span<const float> own = std::span(extras).subspan(begin, count);
    leaves_of_.emplace_back(rows);
    leaves_of_[g].Add({leaves.centroids.data() + begin * dim, count * dim}, own);
    leaves_of_[g].Encode();
    double sum = 0;
    for (const float extra : own) sum += static_cast<double>(extra);
    group_extras.push_back(static_cast<float>(sum / static_cast<double>(count)));
  }
  groups_.Add(leaves.group_centroids, group_extras);
  groups_.Encode();
}

void Probe::Candidates(uint32_t row, size_t count, std::vector<Key>* keys) {
  const PointQuery query = rows_.Query(row);
  tree_.groups().Distances(query, &scratch_, &sample_);
  groups_.clear();
  for (uint32_t g = 0; g < sample_.size(); ++g) groups_.push_back(KeyOf(sample_[g], g, 0));
  std::sort(groups_.begin(), groups_.end());
  next_group_ = 0;
  leaves_.clear();
  ids_.clear();
  distances_.clear();
  watched_.clear();
  for (size_t seen = 0; seen < kLeavesMost; seen += kLeavesAtOnce) {
    if (leaves_.empty() || seen >= next_group_ * kLeavesPerGroup) OpenGroups(query);
    if (leaves_.empty()) break;
    const size_t fresh = LookThrough(query, kLeavesAtOnce);
    if (fresh < kFreshLeast && ids_.size() > count) break;
  }
  SelectNearest(row, ids_, distances_, count, &sample_, keys);
}

void Probe::OpenGroups(const PointQuery& query) {
  const size_t end = std::min(groups_.size(), next_group_ + kGroupsAtOnce);
  for (; next_group_ < end; ++next_group_) {
    const uint32_t group = IdOf(groups_[next_group_], 0);
    const uint32_t first = tree_.leaves().group_begin[group];
    tree_.leaves_of(group).Distances(query, &scratch_, &sample_);
    for (uint32_t i = 0; i < sample_.size(); ++i) leaves_.push_back(KeyOf(sample_[i], first + i, 0));
  }
}

size_t Probe::LookThrough(const PointQuery& query, size_t leaves) {
  leaves = std::min(leaves, leaves_.size());
  const auto end = leaves_.end(), nearest = end - Index(leaves);
  std::nth_element(leaves_.begin(), nearest, end, std::greater<>());
  std::sort(nearest, end);  // the order in which equal rows are met does not depend on the selection
  const size_t before = distances_.size();
  for (auto leaf = nearest; leaf != end; ++leaf) AddLeaf(query, IdOf(*leaf, 0));
  leaves_.erase(nearest, end);

  const bool full = watched_.size() == kWatched;
  const float limit = full ? *std::max_element(watched_.begin(), watched_.end()) : std::numeric_limits<float>::infinity();
  const size_t old = watched_.size();
  watched_.resize(old + distances_.size() - before);
  size_t kept = old;
  for (size_t i = before; i < distances_.size(); ++i) {
    watched_[kept] = distances_[i];
    kept += static_cast<size_t>(distances_[i] < limit);
  }
  watched_.resize(kept);
  if (kept > kWatched) {
    std::nth_element(watched_.begin(), watched_.begin() + Index(kWatched), watched_.end());
    watched_.resize(kWatched);
  }
  return kept - old;
}

void Probe::AddLeaf(const PointQuery& query, uint32_t leaf) {
  const Leaves& leaves = tree_.leaves();
  const std::span<const uint32_t> rows(leaves.rows.data() + leaves.begin[leaf],
                                       leaves.begin[leaf + 1] - leaves.begin[leaf]);
  const size_t before = ids_.size();
  ids_.insert(ids_.end(), rows.begin(), rows.end());
  distances_.resize(ids_.size());
  float* const out = distances_.data() + before;
  if (tree_.without_gap(leaf)) {
    PointDistances(rows_.padded_dim(), query, rows_.view().From(rows.front(), rows.size()), &scratch_.dots, out);
    return;
  }
  rows_.Gather(rows, &scratch_.points);
  PointDistances(rows_.padded_dim(), query, scratch_.points.view(), &scratch_.dots, out);
}

}  // namespace quire::graph
