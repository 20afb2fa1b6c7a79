// The stored form of the tree and the links. An edition is stored once and never changed: leaves and parts first, in as many
// batches as it takes, then the head, with which it begins to be read. What is damaged is left out as a whole: it can be
// made anew.
//
//   head 'T'  layout u32; edition u32; stamp u64; nodes, end of numbers, groups, leaves, whether there are parts, points of both
//             calibrations: u32 each; the points (effort u32, recall f32); the centroid (padded_dim f32); leaves of each group
//             (u32); blocks of the groups and of the leaves' centroids
//   leaf 'L'  stamp u64; nodes (u32 each); their numbers (u32 each); their sketches
//   part 'K'  stamp u64; of each of kNodesPerPart nodes the degree u8; the neighbours of each (u32)
//
// The stamp is a hash of all numbers and the edition, so that values of two editions are never taken for one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/index/linked.h"

namespace quire::index {

inline constexpr uint32_t kNodesPerPart = 1024;
inline uint32_t PartsOf(uint64_t nodes) { return static_cast<uint32_t>((nodes + kNodesPerPart - 1) / kNodesPerPart); }

uint64_t StampOf(const std::vector<uint32_t>& numbers, uint32_t edition);

// What a head says.
struct LinksHead {
  uint32_t edition = 0;
  uint64_t stamp = 0;
  uint32_t nodes = 0;
  uint32_t end_number = 0;  // one above the largest
  uint32_t leaves = 0;
  bool has_links = false;   // whether there are parts: else it is a tree alone
  Calibration calibration;  // of searches by links
  Calibration leaf_calibration;  // of searches of the nearest leaves: the effort is how many
  std::shared_ptr<const graph::Graph> tree;  // groups, leaves and their blocks; no nodes

  uint64_t memory_bytes() const { return tree->memory_bytes(); }
};

std::string EncodeHead(const Linked& linked);
// The head of an edition that is in memory.
std::shared_ptr<const LinksHead> HeadOf(const Parameters& parameters, const Linked& linked);
// The head that a snapshot holds, or null. Errors: kCorruption, kUnsupported (another layout), kIoError.
Result<std::shared_ptr<const LinksHead>> ReadHead(const Parameters& parameters, const storage::Snapshot& snapshot);

// `nodes`: of one leaf.
std::string EncodeLeaf(const graph::Graph& graph, uint64_t stamp, const std::vector<uint32_t>& nodes);

// A leaf as it is stored: borrowed, in no alignment.
struct StoredLeaf {
  uint32_t count = 0;
  std::string_view nodes, numbers, sketches;

  uint32_t node(size_t i) const;
  uint32_t number(size_t i) const;
};
// Errors: kCorruption naming the leaf.
Result<StoredLeaf> OpenLeaf(const Parameters& parameters, const LinksHead& head, uint32_t leaf, std::string_view value);

// Something of an edition that is not as it must be.
Status DamagedLinks(const Parameters& parameters, uint32_t edition, const std::string& what);

}  // namespace quire::index
