// Links: for each row its pruned near neighbours, in both directions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/huge_buffer.h"
#include "engine/graph/leaves.h"
#include "engine/graph/rows.h"

namespace quire::graph {

inline constexpr uint32_t kDegreeMax = 32;
inline constexpr uint32_t kNoNode = ~uint32_t{0};

// kDegreeMax places per node, two cache lines; those behind the last neighbour hold kNoNode. Nearest first as far as known.
class Links {
 public:
  Links() = default;
  explicit Links(size_t nodes);

  size_t size() const { return nodes_; }
  // The neighbours of a node. Cost: reads the line(s) to find the end.
  std::span<const uint32_t> of(uint32_t node) const;
  const uint32_t* places(uint32_t node) const { return data_.data() + size_t{node} * kDegreeMax; }
  uint32_t* places(uint32_t node) { return data_.data() + size_t{node} * kDegreeMax; }
  // REQUIRES: at most kDegreeMax.
  void Set(uint32_t node, std::span<const uint32_t> neighbours);

 private:
  size_t nodes_ = 0;
  HugeArray<uint32_t> data_;  // read at random
};

// Makes the links of all rows. Rows below `start->size()` (null: none) keep the links they have there, as far as new neighbours
// do not push them out; places that hold kNoNode in between are closed.
//   candidates: rows of the leaves nearest to the row, for rows that are new
//   pruning: a candidate is taken if it is nearer to the row than, `alpha` times, to every neighbour taken before it
//   reverse: every link is offered to its target, which prunes when it has more than kDegreeMax
// Deterministic for the same input, whatever the threads. Errors: kCancelled.
Result<Links> MakeLinks(const Rows& rows, const Leaves& leaves, const Links* start, const BuildControl& control);

}  // namespace quire::graph
