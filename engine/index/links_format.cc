#include "engine/index/links_format.h"

#include <cmath>
#include <cstring>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/codec/sketch.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

using graph::BlockRange;
using graph::Graph;
using simd::kBlockSlots;

constexpr uint32_t kLayout = 2;

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

void AppendNumbers(const std::vector<uint32_t>& numbers, std::string* out) {
  out->append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(uint32_t));
}

// Decodes the payload of a head. Trusts nothing: what it gives is safe to search.
class HeadReader {
 public:
  HeadReader(const Parameters& parameters, std::string_view payload)
      : padded_dim_(codec::PaddedDim(parameters.dim)),
        payload_bytes_(payload.size()),
        reader_(payload),
        head_(std::make_shared<LinksHead>()),
        tree_(std::make_shared<Graph>()) {
    tree_->metric = parameters.metric;
    tree_->padded_dim = padded_dim_;
  }

  // Null if anything is not as it must be. REQUIRES: called once, after the layout was read.
  std::shared_ptr<const LinksHead> Read() {
    head_->edition = reader_.Raw<uint32_t>();
    head_->stamp = reader_.Raw<uint64_t>();
    head_->nodes = reader_.Raw<uint32_t>();
    head_->end_number = reader_.Raw<uint32_t>();
    const auto groups = reader_.Raw<uint32_t>();
    head_->leaves = reader_.Raw<uint32_t>();
    head_->has_links = reader_.Raw<uint32_t>() != 0;
    const auto points = reader_.Raw<uint32_t>(), leaf_points = reader_.Raw<uint32_t>();
    if (groups > head_->leaves || head_->leaves > head_->nodes || head_->nodes > head_->end_number) return nullptr;
    if (!ReadCurve(points, &head_->calibration) || !ReadCurve(leaf_points, &head_->leaf_calibration)) return nullptr;
    if (uint64_t{padded_dim_} * sizeof(float) > payload_bytes_) return nullptr;
    tree_->centroid.resize(padded_dim_);
    for (float& value : tree_->centroid) value = reader_.Raw<float>();
    return ReadTree(groups) ? head_ : nullptr;
  }

  uint32_t layout() { return reader_.Raw<uint32_t>(); }

 private:
  BlockRange Take(uint64_t slots) {
    const BlockRange range{next_block_, static_cast<uint32_t>((slots + kBlockSlots - 1) / kBlockSlots)};
    next_block_ += range.count;
    return range;
  }

  bool ReadCurve(uint32_t points, Calibration* calibration) {
    if (points > payload_bytes_) return false;
    std::vector<Calibration::Point> curve;
    for (uint32_t i = 0; i < points; ++i) {
      const auto point = reader_.Raw<Calibration::Point>();
      const Calibration::Point before = curve.empty() ? Calibration::Point{0, -1} : curve.back();
      if (point.effort <= before.effort || !(point.recall > before.recall && point.recall <= 1)) return false;
      curve.push_back(point);
    }
    *calibration = Calibration(std::move(curve));
    return true;
  }

  bool ReadTree(uint32_t groups) {
    tree_->group_blocks = Take(groups);
    uint64_t sum = 0;
    for (uint32_t g = 0; g < groups && reader_.ok(); ++g) {
      const auto count = reader_.Raw<uint32_t>();
      sum += count;
      if (sum > head_->leaves) return false;
      tree_->leaf_blocks.push_back(Take(count));
    }
    const std::string_view blocks = reader_.Take(next_block_ * codec::BlockBytes(padded_dim_));
    if (!reader_.done() || sum != head_->leaves) return false;
    tree_->blocks = HugeArray<uint8_t>(blocks.size());
    if (!blocks.empty()) std::memcpy(tree_->blocks.data(), blocks.data(), blocks.size());
    if (!NameEachOnce({&tree_->group_blocks, 1}, groups) || !NameEachOnce(tree_->leaf_blocks, head_->leaves)) return false;
    head_->tree = tree_;
    return true;
  }

  // Whether the slots of the ranges stand for all of [0, end), each for another.
  bool NameEachOnce(std::span<const BlockRange> ranges, uint32_t end) const {
    std::vector<bool> named(end);
    uint32_t count = 0;
    for (const BlockRange& range : ranges) {
      for (uint32_t b = range.begin; b < range.begin + range.count; ++b) {
        for (size_t slot = 0; slot < kBlockSlots; ++slot) {
          const uint32_t name = codec::SlotNumber(tree_->block(b), padded_dim_, slot);
          if (name >= end) return false;
          if (!std::isfinite(codec::SlotFactors(tree_->block(b), padded_dim_, slot).add)) continue;
          if (named[name]) return false;
          named[name] = true;
          ++count;
        }
      }
    }
    return count == end;
  }

  uint32_t padded_dim_;
  size_t payload_bytes_;
  ByteReader reader_;
  std::shared_ptr<LinksHead> head_;
  std::shared_ptr<Graph> tree_;
  uint32_t next_block_ = 0;
};

}  // namespace

uint64_t StampOf(const std::vector<uint32_t>& numbers, uint32_t edition) {
  const std::string_view bytes(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(uint32_t));
  return Hash64(bytes) + edition;
}

Status DamagedLinks(const Parameters& parameters, uint32_t edition, const std::string& what) {
  return Status(Code::kCorruption, ObjectName(parameters, "links, edition", edition) + ": the " + what +
                                       " is missing, cut short or does not belong to it");
}

std::string EncodeHead(const Linked& linked) {
  const Graph& graph = *linked.graph;
  std::string payload;
  AppendRaw(&payload, kLayout);
  AppendRaw(&payload, linked.edition);
  AppendRaw(&payload, StampOf(graph.numbers, linked.edition));
  const std::vector<Calibration::Point>&points = linked.calibration.points(),
        &leaf_points = linked.leaf_calibration.points();
  for (const size_t count : {graph.size(), size_t{graph.end_number()}, graph.leaf_blocks.size(), graph.node_blocks.size(),
                             size_t{!linked.tree_alone}, points.size(), leaf_points.size()}) {
    AppendRaw(&payload, static_cast<uint32_t>(count));
  }
  for (const Calibration::Point& point : points) AppendRaw(&payload, point);
  for (const Calibration::Point& point : leaf_points) AppendRaw(&payload, point);
  for (const float value : graph.centroid) AppendRaw(&payload, value);
  for (const BlockRange& range : graph.leaf_blocks) AppendRaw(&payload, SlotsIn(graph, range));
  const uint32_t blocks = graph.node_blocks.empty() ? 0 : graph.node_blocks.front().begin;  // those before the nodes'
  payload.append(reinterpret_cast<const char*>(graph.block(0)), blocks * codec::BlockBytes(graph.padded_dim));
  return payload;
}

std::shared_ptr<const LinksHead> HeadOf(const Parameters& parameters, const Linked& linked) {
  const std::string payload = EncodeHead(linked);
  HeadReader reader(parameters, payload);
  static_cast<void>(reader.layout());
  return reader.Read();
}

Result<std::shared_ptr<const LinksHead>> ReadHead(const Parameters& parameters, const storage::Snapshot& snapshot) {
  std::string value;
  QUIRE_ASSIGN_OR_RETURN(const bool there,
                         snapshot.Get(storage::Family::kTree,
                                      storage::LinksHeadKey(parameters.collection, parameters.generation), &value));
  if (!there) return std::shared_ptr<const LinksHead>();
  const std::string name = ObjectName(parameters, "links", 0);
  Result<OpenedValue> opened = OpenValue(value, ValueKind::kLinksHead, parameters.dim, 0);
  if (!opened.ok()) return std::move(opened).status().Within(name);
  HeadReader reader(parameters, opened->payload);
  if (const uint32_t layout = reader.layout(); layout != kLayout) {
    return Status(Code::kUnsupported, name + " have layout " + std::to_string(layout) + ", expected " +
                                          std::to_string(kLayout));
  }
  std::shared_ptr<const LinksHead> head = reader.Read();
  if (head == nullptr) return Status(Code::kCorruption, name + ": the head is damaged");
  return head;
}

std::string EncodeLeaf(const Graph& graph, uint64_t stamp, const std::vector<uint32_t>& nodes) {
  std::string payload;
  AppendRaw(&payload, stamp);
  AppendNumbers(nodes, &payload);
  for (const uint32_t node : nodes) AppendRaw(&payload, graph.numbers[node]);
  const size_t sketch_bytes = codec::SketchBytes(graph.padded_dim);
  for (const uint32_t node : nodes) {
    payload.append(reinterpret_cast<const char*>(graph.sketch(node)), sketch_bytes);
  }
  return payload;
}

namespace {
uint32_t At(std::string_view numbers, size_t i) {
  uint32_t number;
  std::memcpy(&number, numbers.data() + i * sizeof number, sizeof number);
  return number;
}
}  // namespace

uint32_t StoredLeaf::node(size_t i) const { return At(nodes, i); }
uint32_t StoredLeaf::number(size_t i) const { return At(numbers, i); }

Result<StoredLeaf> OpenLeaf(const Parameters& parameters, const LinksHead& head, uint32_t leaf,
                            std::string_view value) {
  const auto name = [&] { return "leaf " + std::to_string(leaf); };
  Result<OpenedValue> opened = OpenValue(value, ValueKind::kLinksLeaf, parameters.dim, leaf);
  if (!opened.ok()) return std::move(opened).status().Within(ObjectName(parameters, "links, leaf", leaf));
  ByteReader reader(opened->payload);
  if (opened->count > graph::kLeafMax || reader.Raw<uint64_t>() != head.stamp) {
    return DamagedLinks(parameters, head.edition, name());
  }
  StoredLeaf stored;
  stored.count = opened->count;
  stored.nodes = reader.Take(stored.count * sizeof(uint32_t));
  stored.numbers = reader.Take(stored.count * sizeof(uint32_t));
  stored.sketches = reader.Take(stored.count * codec::SketchBytes(head.tree->padded_dim));
  if (!reader.done()) return DamagedLinks(parameters, head.edition, name());
  return stored;
}

}  // namespace quire::index
