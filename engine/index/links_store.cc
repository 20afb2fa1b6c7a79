// Links are stored once per edition and never changed: parts first, in as many batches as it takes, then the head, with
// which the edition begins to be read. What is damaged is left out as a whole: it can be made anew.
//
//   head    edition u32, stamp u64, nodes u32, groups u32, leaves u32, points of the calibration u32;
//           the points (effort u32, recall f32); the centroid (padded_dim f32); leaves of each group (u32);
//           blocks of the groups and of the leaves' centroids
//   part    stamp u64; of each node number u32, leaf u32, degree u8; the neighbours of each (u32); sketches
// The stamp is a hash of all numbers, so that parts of two editions are never taken for one.
#include "engine/index/links_store.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/codec/sketch.h"
#include "engine/index/index_view.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

using graph::BlockRange;
using graph::Graph;
using simd::kBlockSlots;
using storage::Family;

constexpr uint32_t kNodesPerPart = 1024;
constexpr size_t kBatchBytes = size_t{4} << 20;

uint32_t PartsOf(uint64_t nodes) { return static_cast<uint32_t>((nodes + kNodesPerPart - 1) / kNodesPerPart); }
uint32_t BlocksFor(uint64_t slots) { return static_cast<uint32_t>((slots + kBlockSlots - 1) / kBlockSlots); }

uint64_t StampOf(const std::vector<uint32_t>& numbers, uint32_t edition) {
  const std::string_view bytes(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(uint32_t));
  return Hash64(bytes) + edition;
}

// How many slots of a range stand for something: a block's empty slots have an infinite add.
uint32_t SlotsIn(const Graph& graph, BlockRange range) {
  uint32_t count = 0;
  for (uint32_t b = range.begin; b < range.begin + range.count; ++b) {
    for (size_t slot = 0; slot < kBlockSlots; ++slot) {
      count += std::isfinite(codec::SlotFactors(graph.block(b), graph.padded_dim, slot).add) ? 1 : 0;
    }
  }
  return count;
}

std::string HeadOf(const Linked& linked) {
  const Graph& graph = *linked.graph;
  std::string payload;
  AppendRaw(&payload, linked.edition);
  AppendRaw(&payload, StampOf(graph.numbers, linked.edition));
  for (const size_t count : {graph.size(), graph.leaf_blocks.size(), graph.node_blocks.size(),
                             linked.calibration.points().size()}) {
    AppendRaw(&payload, static_cast<uint32_t>(count));
  }
  for (const Calibration::Point& point : linked.calibration.points()) AppendRaw(&payload, point);
  for (const float value : graph.centroid) AppendRaw(&payload, value);
  for (const BlockRange& range : graph.leaf_blocks) AppendRaw(&payload, SlotsIn(graph, range));
  const uint32_t blocks = graph.node_blocks.empty() ? 0 : graph.node_blocks.front().begin;  // those before the nodes'
  payload.append(reinterpret_cast<const char*>(graph.block(0)), blocks * codec::BlockBytes(graph.padded_dim));
  return payload;
}

std::vector<uint32_t> LeafOfNodes(const Graph& graph) {
  std::vector<uint32_t> leaf_of(graph.size());
  for (uint32_t leaf = 0; leaf < graph.node_blocks.size(); ++leaf) {
    const BlockRange range = graph.node_blocks[leaf];
    for (uint32_t b = range.begin; b < range.begin + range.count; ++b) {
      for (size_t slot = 0; slot < kBlockSlots; ++slot) {
        if (!std::isfinite(codec::SlotFactors(graph.block(b), graph.padded_dim, slot).add)) continue;
        leaf_of[codec::SlotNumber(graph.block(b), graph.padded_dim, slot)] = leaf;
      }
    }
  }
  return leaf_of;
}

std::string PartOf(const Graph& graph, uint64_t stamp, const std::vector<uint32_t>& leaf_of, uint32_t begin,
                   uint32_t end) {
  std::string payload;
  AppendRaw(&payload, stamp);
  for (uint32_t node = begin; node < end; ++node) AppendRaw(&payload, graph.numbers[node]);
  for (uint32_t node = begin; node < end; ++node) AppendRaw(&payload, leaf_of[node]);
  for (uint32_t node = begin; node < end; ++node) {
    AppendRaw(&payload, static_cast<uint8_t>(graph.links.of(node).size()));
  }
  for (uint32_t node = begin; node < end; ++node) {
    for (const uint32_t neighbour : graph.links.of(node)) AppendRaw(&payload, neighbour);
  }
  payload.append(reinterpret_cast<const char*>(graph.sketch(begin)),
                 (end - begin) * codec::SketchBytes(graph.padded_dim));
  return payload;
}

// Reads an edition back, trusting nothing: what it gives is safe to search, whatever was stored.
class Reader {
 public:
  Reader(const Parameters& parameters, uint32_t padded_dim, const storage::Snapshot& snapshot)
      : parameters_(parameters), snapshot_(snapshot), graph_(std::make_shared<Graph>()) {
    graph_->metric = parameters.metric;
    graph_->padded_dim = padded_dim;
  }

  // False if nothing is stored.
  Result<bool> ReadHead() {
    std::string value;
    QUIRE_ASSIGN_OR_RETURN(const bool there,
                           snapshot_.Get(Family::kTree, storage::LinksHeadKey(parameters_.collection, parameters_.generation), &value));
    if (!there) return false;
    Result<OpenedValue> opened = OpenValue(value, ValueKind::kLinksHead, parameters_.dim, 0);
    if (!opened.ok()) return std::move(opened).status().Within(ObjectName(parameters_, "links", 0));
    ByteReader reader(opened->payload);
    edition = reader.Raw<uint32_t>();
    stamp_ = reader.Raw<uint64_t>();
    nodes_ = reader.Raw<uint32_t>();
    const auto groups = reader.Raw<uint32_t>();
    const auto leaves = reader.Raw<uint32_t>();
    const auto points = reader.Raw<uint32_t>();
    if (groups > leaves || leaves > nodes_ || points > opened->payload.size()) return Damaged("head");
    std::vector<Calibration::Point> curve;
    for (uint32_t i = 0; i < points; ++i) {
      const auto point = reader.Raw<Calibration::Point>();
      const Calibration::Point before = curve.empty() ? Calibration::Point{0, -1} : curve.back();
      if (point.effort <= before.effort || !(point.recall > before.recall && point.recall <= 1)) return Damaged("head");
      curve.push_back(point);
    }
    if (nodes_ > 0) calibration = Calibration(std::move(curve));
    graph_->centroid.resize(graph_->padded_dim);
    for (float& value_of : graph_->centroid) value_of = reader.Raw<float>();
    graph_->group_blocks = Take(groups);
    uint64_t sum = 0;
    for (uint32_t g = 0; g < groups && reader.ok(); ++g) {
      const auto count = reader.Raw<uint32_t>();
      sum += count;
      if (sum > leaves) return Damaged("head");
      graph_->leaf_blocks.push_back(Take(count));
    }
    head_blocks_ = next_block_;
    const std::string_view blocks = reader.Take(head_blocks_ * codec::BlockBytes(graph_->padded_dim));
    if (!reader.done() || sum != leaves) return Damaged("head");
    head_bytes_.assign(blocks);
    leaves_ = leaves;
    return true;
  }

  Status ReadParts() {
    // The head alone says how much memory it takes: it is believed once the last part is there.
    if (!HasParts(PartsOf(nodes_))) return Damaged("last part");
    graph_->numbers.reserve(nodes_);
    graph_->links = graph::Links(nodes_);
    graph_->sketches = HugeArray<uint8_t>(nodes_ * codec::SketchBytes(graph_->padded_dim));
    leaf_of_.reserve(nodes_);
    storage::Cursor cursor =
        snapshot_.Scan(Family::kCode, KeyOf(0), KeyOf(PartsOf(nodes_)), storage::Caching::kBypass);
    for (uint32_t part = 0; part < PartsOf(nodes_); ++part, cursor.Next()) {
      QUIRE_RETURN_IF_ERROR(cursor.status());
      if (!cursor.Valid() || cursor.key() != KeyOf(part)) return Damaged("part " + std::to_string(part));
      Result<OpenedValue> opened = OpenValue(cursor.value(), ValueKind::kLinksPart, parameters_.dim, part);
      if (!opened.ok()) return std::move(opened).status().Within(ObjectName(parameters_, "links, part", part));
      if (!AddPart(opened->payload, part)) return Damaged("part " + std::to_string(part));
    }
    if (StampOf(graph_->numbers, edition) != stamp_) return Damaged("list of numbers");
    graph_->IndexNumbers();
    for (uint32_t node = 0; node < nodes_; ++node) {
      if (graph_->NodeOf(graph_->numbers[node]) != node) return Damaged("list of numbers");
    }
    return FillBlocks() ? Status() : Damaged("tree");
  }

  std::shared_ptr<const Graph> graph() const { return graph_; }

  uint32_t edition = 0;
  Calibration calibration;

 private:
  BlockRange Take(uint64_t slots) {
    const BlockRange range{next_block_, BlocksFor(slots)};
    next_block_ += range.count;
    return range;
  }

  Status Damaged(const std::string& what) const {
    return Status(Code::kCorruption, ObjectName(parameters_, "links, edition", edition) + ": the " + what +
                                         " is missing, cut short or does not belong to it");
  }

  std::string KeyOf(uint32_t part) const {
    return storage::LinksPartKey(parameters_.collection, parameters_.generation, edition, part);
  }
  // Whether there are so many parts, by the last of them.
  bool HasParts(uint32_t count) const {
    if (count == 0) return true;
    storage::Cursor cursor = snapshot_.Scan(Family::kCode, KeyOf(count - 1), KeyOf(count), storage::Caching::kBypass);
    return cursor.Valid();
  }

  bool AddPart(std::string_view payload, uint32_t part) {
    ByteReader reader(payload);
    const uint32_t begin = part * kNodesPerPart, count = std::min(kNodesPerPart, nodes_ - begin);
    if (reader.Raw<uint64_t>() != stamp_) return false;
    for (uint32_t i = 0; i < count; ++i) graph_->numbers.push_back(reader.Raw<uint32_t>());
    for (uint32_t i = 0; i < count; ++i) leaf_of_.push_back(reader.Raw<uint32_t>());
    const std::string_view degrees = reader.Take(count);
    if (!reader.ok()) return false;
    std::vector<uint32_t> neighbours;
    for (uint32_t i = 0; i < count; ++i) {
      const auto degree = static_cast<uint8_t>(degrees[i]);
      if (degree > graph::kDegreeMax) return false;
      neighbours.clear();
      for (uint32_t n = 0; n < degree; ++n) neighbours.push_back(reader.Raw<uint32_t>());
      if (std::any_of(neighbours.begin(), neighbours.end(), [&](uint32_t one) { return one >= nodes_; })) return false;
      graph_->links.Set(begin + i, neighbours);
    }
    const size_t sketch_bytes = codec::SketchBytes(graph_->padded_dim);
    const std::string_view sketches = reader.Take(count * sketch_bytes);
    if (!reader.done()) return false;
    std::memcpy(graph_->sketches.data() + begin * sketch_bytes, sketches.data(), sketches.size());
    return true;
  }

  // The blocks of the nodes, out of their sketches, behind those of the tree.
  bool FillBlocks() {
    std::vector<uint32_t> count_of(leaves_);
    for (const uint32_t leaf : leaf_of_) {
      if (leaf >= leaves_) return false;
      ++count_of[leaf];
    }
    for (const uint32_t count : count_of) graph_->node_blocks.push_back(Take(count));
    const size_t block_bytes = codec::BlockBytes(graph_->padded_dim);
    graph_->blocks = HugeArray<uint8_t>(next_block_ * block_bytes);
    uint8_t* const blocks = graph_->blocks.data();
    if (!head_bytes_.empty()) std::memcpy(blocks, head_bytes_.data(), head_bytes_.size());
    if (!NamesWithin(graph_->group_blocks, static_cast<uint32_t>(graph_->leaf_blocks.size()))) return false;
    for (const BlockRange& range : graph_->leaf_blocks) {
      if (!NamesWithin(range, leaves_)) return false;
    }
    for (uint32_t b = head_blocks_; b < next_block_; ++b) codec::ClearBlock(blocks + b * block_bytes, graph_->padded_dim, 0);
    std::vector<uint32_t> next_slot(leaves_);
    for (uint32_t node = 0; node < nodes_; ++node) {
      const uint32_t leaf = leaf_of_[node], slot = next_slot[leaf]++;
      uint8_t* const block = blocks + (graph_->node_blocks[leaf].begin + slot / kBlockSlots) * block_bytes;
      const uint8_t* const sketch = graph_->sketch(node);
      codec::SetSlotBits(block, graph_->padded_dim, slot % kBlockSlots, sketch,
                         codec::SketchFactors(sketch, graph_->padded_dim), node);
    }
    return true;
  }

  // Whether what the slots of a range stand for exists.
  bool NamesWithin(BlockRange range, uint32_t end) const {
    for (uint32_t b = range.begin; b < range.begin + range.count; ++b) {
      for (size_t slot = 0; slot < kBlockSlots; ++slot) {
        if (codec::SlotNumber(graph_->block(b), graph_->padded_dim, slot) >= end) return false;
      }
    }
    return true;
  }

  const Parameters& parameters_;
  const storage::Snapshot& snapshot_;
  std::shared_ptr<Graph> graph_;
  uint64_t stamp_ = 0;
  uint32_t nodes_ = 0, leaves_ = 0, next_block_ = 0, head_blocks_ = 0;
  std::string head_bytes_;
  std::vector<uint32_t> leaf_of_;
};

}  // namespace

Result<std::shared_ptr<const Linked>> LoadLinked(const Parameters& parameters, const Contents& contents,
                                                 const storage::Snapshot& snapshot) {
  const uint32_t padded_dim = codec::PaddedDim(parameters.dim);
  Reader reader(parameters, padded_dim, snapshot);
  QUIRE_ASSIGN_OR_RETURN(const bool there, reader.ReadHead());
  if (!there) return std::shared_ptr<const Linked>();
  QUIRE_RETURN_IF_ERROR(reader.ReadParts());
  auto linked = std::make_shared<Linked>();
  linked->edition = reader.edition;
  linked->graph = reader.graph();
  linked->calibration = reader.calibration;
  linked->contents = contents;
  const graph::Source source = SourceOf(contents, parameters, padded_dim);
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

Status VerifyLinked(const View& view, const storage::Snapshot& snapshot) {
  return LoadLinked(view.parameters(), static_cast<const IndexView&>(view).contents(), snapshot).status();
}

Status StoreLinked(const Parameters& parameters, const Linked& linked,
                   function_ref<Status(storage::Batch)> commit) {
  const Graph& graph = *linked.graph;
  const uint64_t stamp = StampOf(graph.numbers, linked.edition);
  const std::vector<uint32_t> leaf_of = LeafOfNodes(graph);
  const auto nodes = static_cast<uint32_t>(graph.size());
  storage::Batch batch;
  for (uint32_t part = 0; part < PartsOf(nodes); ++part) {
    const uint32_t begin = part * kNodesPerPart, end = std::min(nodes, begin + kNodesPerPart);
    batch.Put(Family::kCode,
              storage::LinksPartKey(parameters.collection, parameters.generation, linked.edition, part),
              SealValue(ValueKind::kLinksPart, parameters.dim, end - begin, part,
                        PartOf(graph, stamp, leaf_of, begin, end)));
    if (batch.bytes() < kBatchBytes) continue;
    QUIRE_RETURN_IF_ERROR(commit(std::move(batch)));
    batch = storage::Batch();
  }
  return batch.count() > 0 ? commit(std::move(batch)) : Status();
}

std::shared_ptr<const View> AttachLinked(const View& current, std::shared_ptr<const Linked> linked,
                                         storage::Batch* batch) {
  IndexView::State next = static_cast<const IndexView&>(current).state();
  batch->Put(Family::kTree, storage::LinksHeadKey(next.parameters.collection, next.parameters.generation),
             SealValue(ValueKind::kLinksHead, next.parameters.dim, 1, 0, HeadOf(*linked)));
  next.dead = DeadIn(*linked, next.contents);
  next.linked = std::move(linked);
  return std::make_shared<const IndexView>(std::move(next));
}

Status ReclaimLinked(const View& current, const storage::Snapshot& snapshot,
                     function_ref<Status(storage::Batch)> commit) {
  const Parameters& parameters = current.parameters();
  const LinkState links = current.links();
  const std::string prefix = storage::IndexPrefix('K', parameters.collection, parameters.generation);
  storage::Batch batch;
  storage::Cursor cursor = snapshot.ScanPrefix(Family::kCode, prefix, storage::Caching::kBypass);
  for (; cursor.Valid(); cursor.Next()) {
    const std::string_view rest = cursor.key().substr(prefix.size());
    if (rest.size() >= sizeof(uint32_t) && links.linked && ReadBigEndian<uint32_t>(rest) == links.edition) continue;
    batch.Delete(Family::kCode, cursor.key());
  }
  QUIRE_RETURN_IF_ERROR(cursor.status());
  return batch.count() > 0 ? commit(std::move(batch)) : Status();
}

Status WarmVectors(const View& current, const storage::Snapshot& snapshot, const std::atomic<bool>* cancelled) {
  const auto& view = static_cast<const IndexView&>(current);
  const std::string prefix = storage::IndexPrefix('R', view.parameters().collection, view.parameters().generation);
  VectorCache& vectors = *view.state().vectors;
  storage::Cursor cursor = snapshot.ScanPrefix(Family::kRaw, prefix, storage::Caching::kBypass);
  for (; cursor.Valid(); cursor.Next()) {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) break;
    const std::string_view rest = cursor.key().substr(prefix.size());
    if (rest.size() != sizeof(uint32_t)) continue;
    const auto number = ReadBigEndian<uint32_t>(rest);
    if (!vectors.HasRoomFor(number)) break;
    vectors.Put(number, cursor.value());
  }
  return cursor.status();
}

}  // namespace quire::index
