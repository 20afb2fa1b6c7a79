// Reading an edition of the links back, trusting nothing: what it gives is safe to search, whatever was stored.
#include <algorithm>
#include <cstring>

#include "engine/base/bytes.h"
#include "engine/codec/sketch.h"
#include "engine/index/links_format.h"
#include "engine/index/links_store.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

using graph::Graph;
using simd::kBlockSlots;
using storage::Family;

class LinksReader {
 public:
  LinksReader(const Parameters& parameters, const LinksHead& head, const storage::Snapshot& snapshot)
      : parameters_(parameters),
        head_(head),
        snapshot_(snapshot),
        sketch_bytes_(codec::SketchBytes(head.tree->padded_dim)),
        graph_(std::make_shared<Graph>()) {}

  Result<std::shared_ptr<const Graph>> Read() {
    // The head alone says how much memory it takes: it is believed once the last part is there.
    if (head_.nodes > 0 && !snapshot_.Scan(Family::kCode, PartKey(PartsOf(head_.nodes) - 1), PartKey(PartsOf(head_.nodes)),
                                           storage::Caching::kBypass).Valid()) {
      return Damaged("last part");
    }
    graph_->metric = head_.tree->metric;
    graph_->padded_dim = head_.tree->padded_dim;
    graph_->centroid = head_.tree->centroid;
    graph_->group_blocks = head_.tree->group_blocks;
    graph_->leaf_blocks = head_.tree->leaf_blocks;
    graph_->numbers.resize(head_.nodes);
    graph_->sketches = HugeArray<uint8_t>(head_.nodes * sketch_bytes_);
    graph_->links = graph::Links(head_.nodes);
    QUIRE_RETURN_IF_ERROR(ReadLeaves());
    QUIRE_RETURN_IF_ERROR(ReadParts());
    if (StampOf(graph_->numbers, head_.edition) != head_.stamp) return Damaged("list of numbers");
    graph_->IndexNumbers();
    for (uint32_t node = 0; node < head_.nodes; ++node) {
      if (graph_->NodeOf(graph_->numbers[node]) != node) return Damaged("list of numbers");
    }
    FillBlocks();
    return std::shared_ptr<const Graph>(std::move(graph_));
  }

 private:
  Status Damaged(const std::string& what) const { return DamagedLinks(parameters_, head_.edition, what); }
  std::string LeafKey(uint32_t leaf) const {
    return storage::LinksLeafKey(parameters_.collection, parameters_.generation, head_.edition, leaf);
  }
  std::string PartKey(uint32_t part) const {
    return storage::LinksPartKey(parameters_.collection, parameters_.generation, head_.edition, part);
  }

  Status ReadLeaves() {
    std::vector<bool> seen(head_.nodes);
    storage::Cursor cursor =
        snapshot_.Scan(Family::kCode, LeafKey(0), LeafKey(head_.leaves), storage::Caching::kBypass);
    for (uint32_t leaf = 0; leaf < head_.leaves; ++leaf, cursor.Next()) {
      QUIRE_RETURN_IF_ERROR(cursor.status());
      if (!cursor.Valid() || cursor.key() != LeafKey(leaf)) return Damaged("leaf " + std::to_string(leaf));
      QUIRE_ASSIGN_OR_RETURN(const StoredLeaf stored, OpenLeaf(parameters_, head_, leaf, cursor.value()));
      for (size_t i = 0; i < stored.count; ++i) {
        const uint32_t node = stored.node(i), number = stored.number(i);
        if (node >= head_.nodes || seen[node] || number >= head_.end_number) return Damaged("leaf " + std::to_string(leaf));
        seen[node] = true;
        graph_->numbers[node] = number;
        std::memcpy(graph_->sketches.data() + node * sketch_bytes_, stored.sketches.data() + i * sketch_bytes_, sketch_bytes_);
        nodes_.push_back(node);
      }
      leaf_sizes_.push_back(stored.count);
    }
    if (nodes_.size() != head_.nodes) return Damaged("tree");
    return {};
  }

  Status ReadParts() {
    storage::Cursor cursor = snapshot_.Scan(Family::kCode, PartKey(0), PartKey(PartsOf(head_.nodes)), storage::Caching::kBypass);
    for (uint32_t part = 0; part < PartsOf(head_.nodes); ++part, cursor.Next()) {
      QUIRE_RETURN_IF_ERROR(cursor.status());
      if (!cursor.Valid() || cursor.key() != PartKey(part)) return Damaged("part " + std::to_string(part));
      Result<OpenedValue> opened = OpenValue(cursor.value(), ValueKind::kLinksPart, parameters_.dim, part);
      if (!opened.ok()) return std::move(opened).status().Within(ObjectName(parameters_, "links, part", part));
      if (!AddPart(opened->payload, part)) return Damaged("part " + std::to_string(part));
    }
    return {};
  }

  bool AddPart(std::string_view payload, uint32_t part) {
    ByteReader reader(payload);
    const uint32_t begin = part * kNodesPerPart, count = std::min(kNodesPerPart, head_.nodes - begin);
    if (reader.Raw<uint64_t>() != head_.stamp) return false;
    const std::string_view degrees = reader.Take(count);
    if (!reader.ok()) return false;
    std::vector<uint32_t> neighbours;
    for (uint32_t i = 0; i < count; ++i) {
      const auto degree = static_cast<uint8_t>(degrees[i]);
      if (degree > graph::kDegreeMax) return false;
      neighbours.clear();
      for (uint32_t n = 0; n < degree; ++n) neighbours.push_back(reader.Raw<uint32_t>());
      if (std::any_of(neighbours.begin(), neighbours.end(), [&](uint32_t one) { return one >= head_.nodes; })) return false;
      graph_->links.Set(begin + i, neighbours);
    }
    return reader.done();
  }

  // The blocks of the nodes, out of their sketches, behind those of the tree.
  void FillBlocks() {
    const size_t block_bytes = codec::BlockBytes(graph_->padded_dim);
    const size_t tree_bytes = head_.tree->blocks.size();
    auto next_block = static_cast<uint32_t>(tree_bytes / block_bytes);
    for (const uint32_t size : leaf_sizes_) {
      graph_->node_blocks.push_back({next_block, static_cast<uint32_t>((size + kBlockSlots - 1) / kBlockSlots)});
      next_block += graph_->node_blocks.back().count;
    }
    graph_->blocks = HugeArray<uint8_t>(next_block * block_bytes);
    uint8_t* const blocks = graph_->blocks.data();
    if (tree_bytes > 0) std::memcpy(blocks, head_.tree->blocks.data(), tree_bytes);
    for (size_t at = tree_bytes; at < graph_->blocks.size(); at += block_bytes) {
      codec::ClearBlock(blocks + at, graph_->padded_dim, 0);
    }
    size_t next = 0;
    for (size_t leaf = 0; leaf < leaf_sizes_.size(); ++leaf) {
      for (size_t slot = 0; slot < leaf_sizes_[leaf]; ++slot) {
        const uint32_t node = nodes_[next++];
        const uint8_t* const sketch = graph_->sketch(node);
        codec::SetSlotBits(blocks + (graph_->node_blocks[leaf].begin + slot / kBlockSlots) * block_bytes,
                           graph_->padded_dim, slot % kBlockSlots, sketch,
                           codec::SketchFactors(sketch, graph_->padded_dim), node);
      }
    }
  }

  const Parameters& parameters_;
  const LinksHead& head_;
  const storage::Snapshot& snapshot_;
  size_t sketch_bytes_;
  std::shared_ptr<Graph> graph_;
  std::vector<uint32_t> nodes_;       // by leaf
  std::vector<uint32_t> leaf_sizes_;
};

}  // namespace

Result<std::shared_ptr<const Linked>> LoadGraph(const Parameters& parameters, const storage::Snapshot& snapshot) {
  QUIRE_ASSIGN_OR_RETURN(const std::shared_ptr<const LinksHead> head, ReadHead(parameters, snapshot));
  if (head == nullptr || !head->has_links) return std::shared_ptr<const Linked>();
  auto linked = std::make_shared<Linked>();
  QUIRE_ASSIGN_OR_RETURN(linked->graph, LinksReader(parameters, *head, snapshot).Read());
  linked->edition = head->edition;
  linked->calibration = head->calibration;
  linked->leaf_calibration = head->leaf_calibration;
  return std::shared_ptr<const Linked>(std::move(linked));
}

Result<std::shared_ptr<const Linked>> LoadLinked(const Parameters& parameters, const Contents& contents,
                                                 const storage::Snapshot& snapshot) {
  QUIRE_ASSIGN_OR_RETURN(const auto loaded, LoadGraph(parameters, snapshot));
  if (loaded == nullptr) return loaded;
  auto linked = std::make_shared<Linked>(*loaded);
  linked->contents = contents;
  const graph::Source source = SourceOf(contents, parameters, linked->graph->padded_dim);
  // A search looks for what the links do not know only above the numbers they know.
  for (const uint32_t number : source.numbers) {
    if (number >= linked->graph->end_number()) break;
    if (linked->graph->NodeOf(number) != graph::kNoNode) continue;
    return Status(Code::kCorruption, ObjectName(parameters, "links, edition", linked->edition) + ": number " +
                                         std::to_string(number) + " is missing in them");
  }
  linked->PointToRecords(source);
  return std::shared_ptr<const Linked>(std::move(linked));
}

}  // namespace quire::index
