// Linked: the tree and links over the vectors of one moment, with what a search by them needs.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/index/contents.h"
#include "engine/index/vector_index.h"

namespace quire::index {

struct OnDisk;

// How many nodes a search has to keep to find a share of the nearest: measured on a sample when the links were made.
class Calibration {
 public:
  struct Point {
    uint32_t effort = 0;
    float recall = 0;
  };
  Calibration() = default;
  // Ascending in both.
  explicit Calibration(std::vector<Point> points) : points_(std::move(points)) {}

  // The least effort that reaches `recall`, between points by interpolation; nothing if none does.
  std::optional<uint32_t> EffortFor(double recall) const;
  const std::vector<Point>& points() const { return points_; }

 private:
  std::vector<Point> points_;
};

// Immutable, shared by the views that follow the moment at which it was made: a vector that came later is not in it, one
// that went is marked by the view. Nothing in it decides what an answer may hold: see engine/doc/vector_index.md.
struct Linked {
  uint32_t edition = 0;  // of the stored form; ascends within a generation of the index
  std::shared_ptr<const graph::Graph> graph;
  Contents contents;     // keeps the records
  std::vector<const uint8_t*> records;  // by node
  bool tree_alone = false;  // no links: codes and links would not fit in memory
  Calibration calibration;
  Calibration leaf_calibration;  // of searches of the nearest leaves alone

  // Fills `records` from those of `source` that are nodes; a node that is not in it has none: it must be dead.
  void PointToRecords(const graph::Source& source);
  uint64_t memory_bytes() const { return graph->memory_bytes() + records.size() * sizeof(const uint8_t*); }
};

// Nodes of a Linked that are no longer in the index, as bits; null: none.
using DeadNodes = std::shared_ptr<const std::vector<uint64_t>>;
inline bool IsDead(const DeadNodes& dead, uint32_t node) {
  return dead != nullptr && (((*dead)[node / 64] >> (node % 64)) & 1) != 0;
}

// The nodes of a leaf, out of its blocks.
std::vector<uint32_t> NodesOf(const graph::Graph& graph, graph::BlockRange range);
// The nodes that are not live in `contents`. Cost: one pass over both.
DeadNodes DeadIn(const Linked& linked, const Contents& contents);
// The nodes that are not live on disk.
DeadNodes DeadIn(const Linked& linked, const OnDisk& on_disk);
// `before` and those of `removals` that are nodes. Cost: a copy of the bits, if any.
DeadNodes WithDead(const Linked& linked, const DeadNodes& before, std::span<const ChunkNumber> removals);
// What there is to build over.
graph::Source SourceOf(const Contents& contents, const Parameters& parameters, uint32_t padded_dim);

}  // namespace quire::index
