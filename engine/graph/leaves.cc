#include "engine/graph/leaves.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/graph/clusters.h"
#include "engine/graph/steps.h"

namespace quire::graph {
namespace {

using Ids = std::vector<uint32_t>;

constexpr size_t kLeavesOfOneGroup = 16;  // up to here one group is enough
constexpr size_t kSamplePerCentroid = 32;
constexpr int kGroupIterations = 8;
constexpr int kLeafIterations = 4;
constexpr size_t kGroupsLookedAt = 4;  // in which a row looks for its leaf
constexpr size_t kLeafMin = 12;        // smaller ones are dissolved
constexpr size_t kRowsPerPiece = 512;

// A group while it is made: its rows by leaf.
struct Group {
  explicit Group(const Rows& rows) : centroids(rows) {}
  std::vector<Ids> leaves;
  Centroids centroids;  // of its leaves
};

class Maker {
 public:
  Maker(const Rows& rows, const BuildControl& control) : rows_(rows), steps_(control, 8), tops_(rows) {}

  Result<Leaves> Make() {
    QUIRE_RETURN_IF_ERROR(MakeGroups());
    QUIRE_RETURN_IF_ERROR(MakeCentroids());
    QUIRE_RETURN_IF_ERROR(AssignRows());
    QUIRE_RETURN_IF_ERROR(SplitLarge());
    DissolveSmall();
    QUIRE_RETURN_IF_ERROR(CentroidsOfRows());
    steps_.Done(1);
    return Assemble();
  }

 private:
  // The first two: lists of rows that will be looked at together.
  Status MakeGroups() {
    Ids all(rows_.size());
    std::iota(all.begin(), all.end(), 0u);
    const size_t leaves = (rows_.size() + kLeafTarget - 1) / kLeafTarget;
    if (leaves <= kLeavesOfOneGroup) {
      members_.push_back(std::move(all));
      return {};
    }
    const auto wanted = static_cast<size_t>(std::lround(std::sqrt(static_cast<double>(leaves))));
    const Centroids tops = KMeans(rows_, all, wanted, wanted * kSamplePerCentroid, kGroupIterations);
    Ids group_of(rows_.size());
    QUIRE_RETURN_IF_ERROR(steps_.ForPieces(rows_.size(), kRowsPerPiece, 1, [&](size_t begin, size_t end) {
      RowScratch scratch;
      std::vector<float> distances;
      for (size_t row = begin; row < end; ++row) {
        group_of[row] = tops.Nearest(rows_.Query(static_cast<uint32_t>(row)), &scratch, &distances);
      }
    }));
    std::vector<Ids> parts(tops.size());
    for (const uint32_t row : all) parts[group_of[row]].push_back(row);
    // Work in a group grows with the square of its size.
    const size_t mean = rows_.size() / wanted;
    std::vector<std::vector<Ids>> divided(parts.size());
    QUIRE_RETURN_IF_ERROR(steps_.ForPieces(parts.size(), 1, 1, [&](size_t i, size_t) {
      if (!parts[i].empty()) Divide(rows_, parts[i], mean, 2 * mean, &divided[i]);
    }));
    for (auto& lists : divided) std::move(lists.begin(), lists.end(), std::back_inserter(members_));
    return {};
  }

  Status MakeCentroids() {
    for (size_t i = 0; i < members_.size(); ++i) groups_.emplace_back(rows_);
    QUIRE_RETURN_IF_ERROR(steps_.ForPieces(members_.size(), 1, 2, [&](size_t g, size_t) {
      const size_t leaves = (members_[g].size() + kLeafTarget - 1) / kLeafTarget;
      groups_[g].centroids =
          KMeans(rows_, members_[g], leaves, leaves * kSamplePerCentroid, kLeafIterations);
    }));
    return CentroidsOfMembers();
  }

  // Fills tops_ with the means of the members.
  Status CentroidsOfMembers() {
    const size_t dim = rows_.padded_dim();
    std::vector<float> values(members_.size() * dim), extras(members_.size());
    QUIRE_RETURN_IF_ERROR(steps_.ForPieces(members_.size(), 1, 0.5, [&](size_t g, size_t) {
      Means means(rows_, 1);
      for (const uint32_t row : members_[g]) means.Add(row, 0);
      means.MeanOf(0, values.data() + g * dim, &extras[g]);
    }));
    tops_ = Centroids(rows_);
    tops_.Add(values, extras);
    tops_.Encode();
    return {};
  }

  struct Place {
    uint32_t group = 0, leaf = 0;
  };

  // The kGroupsLookedAt nearest groups, nearest first.
  void NearestGroups(const PointQuery& row, RowScratch* scratch, std::vector<float>* distances, Ids* out) const {
    tops_.Distances(row, scratch, distances);
    out->clear();
    for (size_t count = std::min(kGroupsLookedAt, tops_.size()); count > 0; --count) {
      out->push_back(SmallestOf(*distances));
      (*distances)[out->back()] = std::numeric_limits<float>::infinity();
    }
  }

  Place NearestLeaf(uint32_t row, RowScratch* scratch, std::vector<float>* distances, Ids* near) const {
    const PointQuery query = rows_.Query(row);
    NearestGroups(query, scratch, distances, near);
    Place best;
    float smallest = std::numeric_limits<float>::infinity();
    for (const uint32_t group : *near) {
      const uint32_t leaf = groups_[group].centroids.Nearest(query, scratch, distances);
      if ((*distances)[leaf] < smallest) {
        smallest = (*distances)[leaf];
        best = {group, leaf};
      }
    }
    return best;
  }

  Status AssignRows() {
    Ids order;  // group by group, so that the centroids looked at stay in cache
    order.reserve(rows_.size());
    for (const Ids& rows : members_) order.insert(order.end(), rows.begin(), rows.end());
    members_.clear();
    std::vector<Place> places(rows_.size());
    QUIRE_RETURN_IF_ERROR(steps_.ForPieces(order.size(), kRowsPerPiece, 2, [&](size_t begin, size_t end) {
      RowScratch scratch;
      std::vector<float> distances;
      Ids near;
      for (size_t i = begin; i < end; ++i) places[order[i]] = NearestLeaf(order[i], &scratch, &distances, &near);
    }));
    for (Group& group : groups_) group.leaves.resize(group.centroids.size());
    for (uint32_t row = 0; row < rows_.size(); ++row) {
      groups_[places[row].group].leaves[places[row].leaf].push_back(row);
    }
    return {};
  }

  Status SplitLarge() {
    QUIRE_RETURN_IF_ERROR(steps_.ForPieces(groups_.size(), 1, 0.5, [&](size_t g, size_t) {
      std::vector<Ids> leaves;
      for (const Ids& leaf : groups_[g].leaves) {
        if (!leaf.empty()) Divide(rows_, leaf, kLeafMax / 2, kLeafMax, &leaves);
      }
      groups_[g].leaves = std::move(leaves);
    }));
    return CentroidsOfRows();
  }

  // The centroids of the leaves as the means of their rows; empty leaves go.
  Status CentroidsOfRows() {
    QUIRE_RETURN_IF_ERROR(steps_.ForPieces(groups_.size(), 1, 0.25, [&](size_t g, size_t) {
      Group& group = groups_[g];
      std::erase_if(group.leaves, [](const Ids& leaf) { return leaf.empty(); });
      Means means(rows_, group.leaves.size());
      for (uint32_t leaf = 0; leaf < group.leaves.size(); ++leaf) {
        for (const uint32_t row : group.leaves[leaf]) means.Add(row, leaf);
      }
      group.centroids = Centroids(rows_);
      means.AddTo(&group.centroids);
      group.centroids.Encode();
    }));
    std::erase_if(groups_, [](const Group& group) { return group.leaves.empty(); });
    CentroidsFromLeaves();
    return steps_.Check();
  }

  // Fills tops_ with the means of the centroids of their leaves, as many times as these have rows.
  void CentroidsFromLeaves() {
    const size_t dim = rows_.padded_dim();
    std::vector<float> values(groups_.size() * dim), extras(groups_.size());
    for (size_t g = 0; g < groups_.size(); ++g) {
      size_t rows = 0;
      for (const Ids& leaf : groups_[g].leaves) rows += leaf.size();
      for (size_t i = 0; i < groups_[g].leaves.size(); ++i) {
        const float share = static_cast<float>(groups_[g].leaves[i].size()) / static_cast<float>(rows);
        const float* const own = groups_[g].centroids.values(i);
        for (size_t j = 0; j < dim; ++j) values[g * dim + j] += share * own[j];
        extras[g] += share * groups_[g].centroids.extra(i);
      }
    }
    tops_ = Centroids(rows_);
    tops_.Add(values, extras);
    tops_.Encode();
  }

  // The rows of leaves that are too small go to the nearest ones with room; where there is none they stay.
  void DissolveSmall() {
    RowScratch scratch;
    std::vector<float> distances;
    Ids near;
    for (Group& group : groups_) {
      for (Ids& leaf : group.leaves) {
        if (leaf.size() >= kLeafMin) continue;
        const Ids rows = std::move(leaf);
        leaf.clear();
        for (const uint32_t row : rows) {
          Ids* const other = LeafWithRoom(row, &scratch, &distances, &near);
          (other == nullptr ? leaf : *other).push_back(row);
        }
      }
    }
    for (Group& group : groups_) {
      for (Ids& leaf : group.leaves) std::sort(leaf.begin(), leaf.end());
    }
  }

  Ids* LeafWithRoom(uint32_t row, RowScratch* scratch, std::vector<float>* distances, Ids* near) {
    const PointQuery query = rows_.Query(row);
    NearestGroups(query, scratch, distances, near);
    Ids* best = nullptr;
    float smallest = std::numeric_limits<float>::infinity();
    for (const uint32_t g : *near) {
      Group& group = groups_[g];
      group.centroids.Distances(query, scratch, distances);
      for (size_t i = 0; i < group.leaves.size(); ++i) {
        const size_t size = group.leaves[i].size();
        if (size < kLeafMin || size >= kLeafMax || (*distances)[i] >= smallest) continue;
        smallest = (*distances)[i];
        best = &group.leaves[i];
      }
    }
    return best;
  }

  Leaves Assemble() const {
    const size_t dim = rows_.padded_dim();
    Leaves leaves;
    leaves.rows.reserve(rows_.size());
    leaves.begin.push_back(0);
    leaves.group_begin.push_back(0);
    for (size_t g = 0; g < groups_.size(); ++g) {
      for (size_t i = 0; i < groups_[g].leaves.size(); ++i) {
        const Ids& leaf = groups_[g].leaves[i];
        leaves.rows.insert(leaves.rows.end(), leaf.begin(), leaf.end());
        leaves.begin.push_back(static_cast<uint32_t>(leaves.rows.size()));
        const float* const values = groups_[g].centroids.values(i);
        leaves.centroids.insert(leaves.centroids.end(), values, values + dim);
      }
      leaves.group_begin.push_back(static_cast<uint32_t>(leaves.size()));
      leaves.group_centroids.insert(leaves.group_centroids.end(), tops_.values(g), tops_.values(g) + dim);
    }
    return leaves;
  }

  const Rows& rows_;
  Steps steps_;
  std::vector<Ids> members_;  // by group, until there are leaves
  std::vector<Group> groups_;
  Centroids tops_;  // of the groups
};

}  // namespace

Result<Leaves> MakeLeaves(const Rows& rows, const BuildControl& control) {
  if (rows.size() == 0) return Leaves();
  return Maker(rows, control).Make();
}

}  // namespace quire::graph
