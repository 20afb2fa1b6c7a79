// Graph: the tree and the links over a set of vectors, in the form in which they are searched.
//
// A node is one vector. Nodes are in the order of their leaves, so that near ones share pages. Per node there is one
// sketch (codec/sketch.h: one or two cache lines that give an estimate), one list of links, and the number of the chunk it
// stands for. Leaves, groups of leaves and the groups themselves are blocks of 32 scan codes of which only estimates are
// wanted. All codes are taken relative to one centroid, the mean.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/huge_buffer.h"
#include "engine/codec/query.h"
#include "engine/graph/leaves.h"
#include "engine/graph/links.h"

namespace quire::graph {

// The vectors to build over: ascending numbers and their refine records, made with the centroid zero.
struct Source {
  Metric metric = Metric::kCosine;
  uint32_t padded_dim = 0;
  std::vector<uint32_t> numbers;
  std::vector<const uint8_t*> records;
  bool tree_alone = false;  // leaves and sketches, no links
};

// How many blocks of scan codes are one after the other, from where.
struct BlockRange {
  uint32_t begin = 0;
  uint32_t count = 0;
};

// Filled by one thread, then immutable and shared.
class Graph {
 public:
  // Rotated; padded_dim components.
  std::vector<float> centroid;
  Metric metric = Metric::kCosine;
  uint32_t padded_dim = 0;

  std::vector<uint32_t> numbers;  // by node
  HugeArray<uint8_t> sketches;    // by node, SketchBytes each
  Links links;

  HugeArray<uint8_t> blocks;            // BlockBytes each: first those of the groups, then of each group's leaves,
                                        // then of each leaf's nodes; the number in a slot is that of the group,
                                        // leaf or node it stands for
  BlockRange group_blocks;
  std::vector<BlockRange> leaf_blocks;  // by group
  std::vector<BlockRange> node_blocks;  // by leaf

  size_t size() const { return numbers.size(); }
  uint64_t memory_bytes() const;
  const uint8_t* sketch(uint32_t node) const;
  const uint8_t* block(size_t i) const { return blocks.data() + i * codec::BlockBytes(padded_dim); }
  // The node of a chunk number, or kNoNode. Cost: one load.
  uint32_t NodeOf(uint32_t number) const {
    return number < node_of_.size() ? node_of_[number] : kNoNode;
  }
  // One above the largest number: what is not below it is not in the graph.
  uint32_t end_number() const { return static_cast<uint32_t>(node_of_.size()); }
  // Fills node_of from numbers.
  void IndexNumbers();

 private:
  std::vector<uint32_t> node_of_;
};

// Builds over `source`. `previous`, or null: a graph over some of the same numbers, whose links are kept for those that
// are still there; then the cost is in proportion to what is new. Deterministic for the same input.
// Errors: kCancelled. Cost: 50 to 70 us of processor time per new vector of 384
// dimensions, and 5 per kept one. Memory: 400 bytes per new vector and 5 MB per thread while it lasts.
Result<std::shared_ptr<const Graph>> BuildGraph(const Source& source, const Graph* previous,
                                                const BuildControl& control);

}  // namespace quire::graph
