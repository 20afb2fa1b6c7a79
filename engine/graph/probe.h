// Probe: the rows near a row, by looking through the leaves near it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph/clusters.h"
#include "engine/graph/leaves.h"
#include "engine/graph/prune.h"

namespace quire::graph {

// Centroids of leaves and groups as codes. Immutable, safe for concurrent use.
class LeafTree {
 public:
  LeafTree(const Rows& rows, const Leaves& leaves);

  const Leaves& leaves() const { return leaves_; }
  const Centroids& groups() const { return groups_; }
  const Centroids& leaves_of(size_t group) const { return leaves_of_[group]; }
  // The numbers of the rows of a leaf ascend without a gap, as they do where nodes are numbered by leaf.
  bool without_gap(size_t leaf) const { return without_gap_[leaf]; }

 private:
  const Leaves& leaves_;
  Centroids groups_;
  std::vector<Centroids> leaves_of_;
  std::vector<bool> without_gap_;
};

// Looks through leaves, nearest centroid first, until they give little that is new. Rows that lie apart from all others have
// their neighbours in many leaves and go on for longer: it is the links of these that decide whether a search for
// something unlike the rows gets where it should. Serves one thread.
class Probe {
 public:
  Probe(const Rows& rows, const LeafTree& tree) : rows_(rows), tree_(tree) {}

  // At most `count` rows near `row`, nearest first.
  void Candidates(uint32_t row, size_t count, std::vector<Key>* keys);

 private:
  void OpenGroups(const PointQuery& query);
  // Distances to the rows of the next leaves. Returns how many are nearer than the kWatched nearest before them.
  size_t LookThrough(const PointQuery& query, size_t leaves);
  void AddLeaf(const PointQuery& query, uint32_t leaf);

  const Rows& rows_;
  const LeafTree& tree_;
  std::vector<Key> groups_;     // not opened, nearest first from next_group_ on
  size_t next_group_ = 0;
  std::vector<Key> leaves_;     // of opened groups, not looked through
  std::vector<uint32_t> ids_;   // of all rows seen
  std::vector<float> distances_;
  std::vector<float> watched_;  // the smallest of them
  std::vector<float> sample_;
  RowScratch scratch_;
};

}  // namespace quire::graph
