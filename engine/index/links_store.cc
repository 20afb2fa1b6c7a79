// Writing an edition of the tree and links, making it the one that is read, and clearing away the others.
#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/codec/sketch.h"
#include "engine/index/index_view.h"
#include "engine/index/links_format.h"
#include "engine/index/residence.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

using graph::Graph;
using storage::Family;

constexpr size_t kBatchBytes = size_t{4} << 20;

std::string PartOf(const Graph& graph, uint64_t stamp, uint32_t begin, uint32_t end) {
  std::string payload;
  AppendRaw(&payload, stamp);
  for (uint32_t node = begin; node < end; ++node) {
    AppendRaw(&payload, static_cast<uint8_t>(graph.links.of(node).size()));
  }
  for (uint32_t node = begin; node < end; ++node) {
    for (const uint32_t neighbour : graph.links.of(node)) AppendRaw(&payload, neighbour);
  }
  return payload;
}

// Collects values into batches of some size.
class BatchWriter {
 public:
  explicit BatchWriter(function_ref<Status(storage::Batch)> commit) : commit_(commit) {}

  Status Put(const std::string& key, const std::string& value) {
    batch_.Put(Family::kCode, key, value);
    return batch_.bytes() < kBatchBytes ? Status() : Commit();
  }
  Status Delete(std::string_view key) {
    batch_.Delete(Family::kCode, key);
    return batch_.bytes() < kBatchBytes ? Status() : Commit();
  }
  Status Commit() {
    if (batch_.count() == 0) return {};
    storage::Batch full = std::move(batch_);
    batch_ = storage::Batch();
    return commit_(std::move(full));
  }

 private:
  function_ref<Status(storage::Batch)> commit_;
  storage::Batch batch_;
};

}  // namespace

Status StoreLinked(const Parameters& parameters, const Linked& linked,
                   function_ref<Status(storage::Batch)> commit) {
  const Graph& graph = *linked.graph;
  const uint64_t stamp = StampOf(graph.numbers, linked.edition);
  BatchWriter writer(commit);
  for (uint32_t leaf = 0; leaf < graph.node_blocks.size(); ++leaf) {
    const std::vector<uint32_t> nodes = NodesOf(graph, graph.node_blocks[leaf]);
    QUIRE_RETURN_IF_ERROR(
        writer.Put(storage::LinksLeafKey(parameters.collection, parameters.generation, linked.edition, leaf),
                   SealValue(ValueKind::kLinksLeaf, parameters.dim, static_cast<uint32_t>(nodes.size()), leaf,
                             EncodeLeaf(graph, stamp, nodes))));
  }
  const auto nodes = static_cast<uint32_t>(graph.links.size());
  for (uint32_t part = 0; part < PartsOf(nodes); ++part) {
    const uint32_t begin = part * kNodesPerPart, end = std::min(nodes, begin + kNodesPerPart);
    QUIRE_RETURN_IF_ERROR(
        writer.Put(storage::LinksPartKey(parameters.collection, parameters.generation, linked.edition, part),
                   SealValue(ValueKind::kLinksPart, parameters.dim, end - begin, part,
                             PartOf(graph, stamp, begin, end))));
  }
  return writer.Commit();
}

std::shared_ptr<const View> AttachLinked(const View& current, std::shared_ptr<const Linked> linked,
                                         storage::Batch* batch) {
  IndexView::State next = static_cast<const IndexView&>(current).state();
  const Parameters& parameters = next.parameters;
  batch->Put(Family::kTree, storage::LinksHeadKey(parameters.collection, parameters.generation),
             SealValue(ValueKind::kLinksHead, parameters.dim, 1, 0, EncodeHead(*linked)));
  return std::make_shared<const IndexView>(Settle(std::move(next), std::move(linked)));
}

Status ReclaimLinked(const View& current, const storage::Snapshot& snapshot,
                     function_ref<Status(storage::Batch)> commit) {
  const Parameters& parameters = current.parameters();
  const LinkState links = current.links();
  BatchWriter writer(commit);
  for (const char kind : {'L', 'K'}) {
    const std::string prefix = storage::IndexPrefix(kind, parameters.collection, parameters.generation);
    storage::Cursor cursor = snapshot.ScanPrefix(Family::kCode, prefix, storage::Caching::kBypass);
    for (; cursor.Valid(); cursor.Next()) {
      const std::string_view rest = cursor.key().substr(prefix.size());
      if (rest.size() >= sizeof(uint32_t) && links.edition != 0 && ReadBigEndian<uint32_t>(rest) == links.edition) continue;
      QUIRE_RETURN_IF_ERROR(writer.Delete(cursor.key()));
    }
    QUIRE_RETURN_IF_ERROR(cursor.status());
  }
  return writer.Commit();
}

Status WarmVectors(const View& current, const storage::Snapshot& snapshot, const std::atomic<bool>* cancelled) {
  const auto& view = static_cast<const IndexView&>(current);
  const std::string prefix = storage::IndexPrefix('R', view.parameters().collection, view.parameters().generation);
  VectorCache& vectors = *view.state().vectors;
  vectors.SetGrowth(true);
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
