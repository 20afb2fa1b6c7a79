// Probe: the rows near many rows at a time, by looking through the leaves near them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/huge_buffer.h"
#include "engine/graph/clusters.h"
#include "engine/graph/leaves.h"
#include "engine/graph/prune.h"

namespace quire::graph {

// Centroids of leaves and groups as codes. Immutable, safe for concurrent use.
class LeafTree {
 public:
  LeafTree(const Rows& rows, const Leaves& leaves);

  const Leaves& leaves() const { return leaves_; }
  std::span<const uint32_t> rows_of(size_t leaf) const {
    return std::span(leaves_.rows).subspan(leaves_.begin[leaf], leaves_.begin[leaf + 1] - leaves_.begin[leaf]);
  }
  const Centroids& groups() const { return groups_; }
  // By leaf.
  const Centroids& centroids() const { return centroids_; }

 private:
  const Leaves& leaves_;
  Centroids groups_;
  Centroids centroids_;
};

// Finds what is near some hundred rows that are near each other. Each row opens the groups nearest to it, then looks
// through the leaves nearest to it; a group or leaf is fetched from memory once and compared with all rows that
// chose it. Serves one thread. Memory: 4 KB and a copied code per row.
class Probe {
 public:
  static constexpr size_t kRowsAtOnce = 1024;
  static constexpr size_t kCandidatesMax = 128;

  Probe(const Rows& rows, const LeafTree& tree) : rows_(rows), tree_(tree) {}

  // Looks for the `count` rows nearest to each of `ids`. It is best if these are of one leaf or of neighbouring ones.
  // REQUIRES: ids not empty, at most kRowsAtOnce; count at most kCandidatesMax.
  void Look(std::span<const uint32_t> ids, size_t count);
  // What was found near ids[i], nearest first. Valid until Look.
  std::span<const Key> Candidates(size_t i);

 private:
  // What a row has found: the nearest so far, and what came since they were chosen.
  static constexpr size_t kPlaces = 512;
  struct Finds {
    uint32_t count = 0;
    float limit = 0;  // what is not nearer is left out
  };

  // Has the codes copied side by side to `to`: there, no load crosses the end of a cache line.
  void Align(Points* points, HugeBuffer* to) const;
  void Begin(size_t wanted);
  // Compares ids[i] for all i in `who` with points, whose numbers are first, first + 1 ...
  void Compare(std::span<const uint32_t> who, const PointView& to, std::span<const uint32_t> numbers, bool are_rows);
  // Drops what ids[i] has found beyond the nearest, and then some.
  void Lower(size_t i);
  // What probably a few more than `wanted` of `keys` do not exceed.
  Key LikelyLast(std::span<const Key> keys);
  // Fills chosen_: which rows chose which of `boxes` boxes.
  void Choose(size_t boxes);
  void OpenGroups();
  void OpenLeaves();
  // Fills leaf_order_.
  void ListLeaves();
  // Fetches some of the rows that come next.
  void Prefetch();
  std::span<const uint32_t> who_chose(size_t box) const {
    return std::span(chosen_).subspan(chosen_begin_[box], chosen_begin_[box + 1] - chosen_begin_[box]);
  }

  const Rows& rows_;
  const LeafTree& tree_;
  std::span<const uint32_t> ids_;
  Points from_;  // the same
  HugeBuffer from_codes_, to_codes_;
  std::vector<Key> keys_;  // kPlaces of each row
  std::vector<Key> sample_;
  std::vector<Finds> finds_;
  size_t wanted_ = 0;        // of each row
  std::vector<uint32_t> group_order_;  // nearest first
  std::vector<uint32_t> leaf_order_;   // those that a row chose, by group
  std::span<const uint32_t> ahead_;    // rows to be fetched while others are compared
  size_t ahead_per_row_ = 0;           // of those compared
  std::vector<uint32_t> chosen_, chosen_begin_, numbers_, positions_;
  std::vector<float> distances_;
  Points some_, to_;
  RowScratch scratch_;
};

}  // namespace quire::graph
