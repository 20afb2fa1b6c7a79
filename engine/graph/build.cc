#include <algorithm>

#include "engine/codec/sketch.h"
#include "engine/graph/graph.h"

namespace quire::graph {
namespace {

using simd::kBlockSlots;

constexpr size_t kMeanRows = 10'000;     // enough to know the mean by
constexpr size_t kRowsPerTask = 1024;

uint32_t BlocksFor(size_t slots) { return static_cast<uint32_t>((slots + kBlockSlots - 1) / kBlockSlots); }

std::vector<float> MeanOf(const Rows& rows) {
  std::vector<double> sum(rows.padded_dim());
  std::vector<float> row(rows.padded_dim());
  const size_t step = std::max<size_t>(1, rows.size() / kMeanRows);
  size_t count = 0;
  for (size_t i = 0; i < rows.size(); i += step, ++count) {
    rows.Decode(static_cast<uint32_t>(i), row.data());
    for (size_t j = 0; j < row.size(); ++j) sum[j] += static_cast<double>(row[j]);
  }
  for (size_t j = 0; j < row.size(); ++j) row[j] = static_cast<float>(sum[j] / static_cast<double>(std::max<size_t>(1, count)));
  return row;
}

// Fills the parts of a graph that follow from the order of its nodes.
class Assembler {
 public:
  Assembler(const Rows& rows, const Leaves& leaves, Graph* graph) : rows_(rows), leaves_(leaves), graph_(*graph) {}

  void Run(const BuildControl& control) {
    LayOutBlocks();
    FillCentroids();
    const size_t tasks = (leaves_.size() + kLeavesPerTask - 1) / kLeavesPerTask;
    control.pool->ParallelFor(tasks, [&](size_t task) {
      const size_t end = std::min(leaves_.size(), (task + 1) * kLeavesPerTask);
      std::vector<float> scratch;
      std::vector<uint8_t> bits(graph_.padded_dim / 8);
      for (size_t leaf = task * kLeavesPerTask; leaf < end; ++leaf) FillLeaf(leaf, &scratch, &bits);
    });
  }

 private:
  static constexpr size_t kLeavesPerTask = 32;

  BlockRange Take(size_t slots) {
    const BlockRange range{next_, BlocksFor(slots)};
    next_ += range.count;
    return range;
  }

  void LayOutBlocks() {
    graph_.group_blocks = Take(leaves_.groups());
    for (size_t g = 0; g < leaves_.groups(); ++g) {
      graph_.leaf_blocks.push_back(Take(leaves_.group_begin[g + 1] - leaves_.group_begin[g]));
    }
    for (size_t l = 0; l < leaves_.size(); ++l) {
      graph_.node_blocks.push_back(Take(leaves_.begin[l + 1] - leaves_.begin[l]));
    }
    const size_t bytes = codec::BlockBytes(graph_.padded_dim);
    graph_.blocks = HugeArray<uint8_t>(next_ * bytes);
    for (size_t b = 0; b < next_; ++b) codec::ClearBlock(graph_.blocks.data() + b * bytes, graph_.padded_dim, 0);
  }

  uint8_t* BlockOf(BlockRange range, size_t slot) {
    return graph_.blocks.data() + (range.begin + slot / kBlockSlots) * codec::BlockBytes(graph_.padded_dim);
  }

  // A code of a point that is not a row: a centroid.
  void SetPoint(BlockRange range, size_t slot, const float* point, uint32_t number) {
    std::vector<uint8_t> bits(graph_.padded_dim / 8);
    std::vector<float> scratch;
    const codec::ScanFactors factors =
        codec::CodeOf(graph_.metric, {point, graph_.padded_dim}, graph_.centroid, &scratch, bits.data());
    codec::SetSlotBits(BlockOf(range, slot), graph_.padded_dim, slot % kBlockSlots, bits.data(), factors, number);
  }

  void FillCentroids() {
    const size_t dim = graph_.padded_dim;
    for (size_t g = 0; g < leaves_.groups(); ++g) {
      SetPoint(graph_.group_blocks, g, &leaves_.group_centroids[g * dim], static_cast<uint32_t>(g));
      for (uint32_t l = leaves_.group_begin[g]; l < leaves_.group_begin[g + 1]; ++l) {
        SetPoint(graph_.leaf_blocks[g], l - leaves_.group_begin[g], &leaves_.centroids[l * dim], l);
      }
    }
  }

  void FillLeaf(size_t leaf, std::vector<float>* scratch, std::vector<uint8_t>* bits) {
    const size_t sketch_bytes = codec::SketchBytes(graph_.padded_dim);
    for (uint32_t i = leaves_.begin[leaf]; i < leaves_.begin[leaf + 1]; ++i) {
      const uint32_t node = leaves_.rows[i];
      const codec::ScanFactors factors = codec::Recode(graph_.metric, graph_.padded_dim, rows_.record(node),
                                                       graph_.centroid, scratch, bits->data());
      const size_t slot = i - leaves_.begin[leaf];
      codec::SetSlotBits(BlockOf(graph_.node_blocks[leaf], slot), graph_.padded_dim, slot % kBlockSlots, bits->data(),
                         factors, node);
      codec::SetSketch(graph_.sketches.data() + node * sketch_bytes, graph_.padded_dim, bits->data(), factors);
    }
  }

  const Rows& rows_;
  const Leaves& leaves_;
  Graph& graph_;
  uint32_t next_ = 0;
};

// The links of `previous` in terms of the nodes of `graph`, for the nodes it has: they come first.
Links Translate(const Graph& previous, const Graph& graph, size_t kept) {
  Links links(kept);
  std::vector<uint32_t> neighbours;
  for (size_t node = 0; node < kept; ++node) {
    neighbours.clear();
    for (const uint32_t old : previous.links.of(previous.NodeOf(graph.numbers[node]))) {
      const uint32_t now = graph.NodeOf(previous.numbers[old]);
      if (now != kNoNode) neighbours.push_back(now);
    }
    links.Set(static_cast<uint32_t>(node), neighbours);
  }
  return links;
}

}  // namespace

Result<std::shared_ptr<const Graph>> BuildGraph(const Source& source, const Graph* previous,
                                                const BuildControl& control) {
  auto graph = std::make_shared<Graph>();
  graph->metric = source.metric;
  graph->padded_dim = source.padded_dim;
  Leaves leaves;
  {
    const Rows unordered(source.metric, source.padded_dim, source.records);
    graph->centroid = MeanOf(unordered);
    QUIRE_ASSIGN_OR_RETURN(leaves, MakeLeaves(unordered, control));
  }
  // Nodes that have links already come first; among themselves both kinds are in the order of leaves.
  std::vector<uint32_t> order = leaves.rows;
  size_t kept = 0;
  if (previous != nullptr) {
    const auto known = [&](uint32_t row) { return previous->NodeOf(source.numbers[row]) != kNoNode; };
    kept = static_cast<size_t>(std::stable_partition(order.begin(), order.end(), known) - order.begin());
  }
  std::vector<uint32_t> node_of_row(order.size());
  std::vector<const uint8_t*> records(order.size());
  graph->numbers.resize(order.size());
  for (uint32_t node = 0; node < order.size(); ++node) {
    node_of_row[order[node]] = node;
    records[node] = source.records[order[node]];
    graph->numbers[node] = source.numbers[order[node]];
  }
  for (uint32_t& row : leaves.rows) row = node_of_row[row];
  graph->IndexNumbers();

  const Rows rows(source.metric, source.padded_dim, std::move(records));
  if (!source.tree_alone) {
    Links start;
    if (kept > 0) start = Translate(*previous, *graph, kept);
    QUIRE_ASSIGN_OR_RETURN(graph->links, MakeLinks(rows, leaves, kept > 0 ? &start : nullptr, control));
  }
  graph->sketches = HugeArray<uint8_t>(rows.size() * codec::SketchBytes(source.padded_dim));
  Assembler(rows, leaves, graph.get()).Run(control);
  return std::shared_ptr<const Graph>(std::move(graph));
}

uint64_t Graph::memory_bytes() const {
  return sketches.memory_bytes() + blocks.memory_bytes() + links.size() * kDegreeMax * sizeof(uint32_t) +
         (numbers.size() + node_of_.size()) * sizeof(uint32_t);
}

const uint8_t* Graph::sketch(uint32_t node) const {
  return sketches.data() + size_t{node} * codec::SketchBytes(padded_dim);
}

void Graph::IndexNumbers() {
  const auto largest = std::max_element(numbers.begin(), numbers.end());
  node_of_.assign(largest == numbers.end() ? 0 : size_t{*largest} + 1, kNoNode);
  for (uint32_t node = 0; node < numbers.size(); ++node) node_of_[numbers[node]] = node;
}

}  // namespace quire::graph
