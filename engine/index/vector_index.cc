// Create, Load and what is read beside a View.
#include "engine/index/vector_index.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/codec/raw_vector.h"
#include "engine/index/index_view.h"
#include "engine/index/links_format.h"
#include "engine/index/links_store.h"
#include "engine/index/load_contents.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

using storage::Family;

// The centroid of the only leaf, out of the root node. Empty for zero.
Result<std::vector<float>> LoadCentroid(const Parameters& parameters, const storage::Snapshot& snapshot) {
  const std::string name = ObjectName(parameters, "tree node", kRootNode);
  std::string value;
  QUIRE_ASSIGN_OR_RETURN(
      const bool there,
      snapshot.Get(Family::kTree, storage::NodeKey(parameters.collection, parameters.generation, kRootNode), &value));
  if (!there) return Status(Code::kCorruption, name + " is missing");
  Result<OpenedValue> opened = OpenValue(value, ValueKind::kTreeNode, parameters.dim, kRootNode);
  if (!opened.ok()) return std::move(opened).status().Within(name);
  ByteReader reader(opened->payload);
  const auto child = reader.Raw<uint32_t>();
  std::vector<float> centroid(parameters.dim);
  const std::string_view bytes = reader.Take(centroid.size() * sizeof(float));
  if (!reader.done() || opened->count != 1 || child != kFlatLeaf) {
    return Status(Code::kUnsupported, name + " has " + std::to_string(opened->count) + " children, expected one leaf");
  }
  std::memcpy(centroid.data(), bytes.data(), bytes.size());
  if (std::all_of(centroid.begin(), centroid.end(), [](float value_of) { return value_of == 0; })) centroid.clear();
  return centroid;
}

}  // namespace

std::shared_ptr<const View> Create(const Parameters& parameters, storage::Batch* batch) {
  batch->Put(Family::kMeta, storage::IndexKey(parameters.collection, parameters.generation),
             EncodeParameters(parameters));
  std::string root;
  AppendRaw(&root, kFlatLeaf);
  root.append(size_t{parameters.dim} * sizeof(float), '\0');  // the centroid: zero
  batch->Put(Family::kTree, storage::NodeKey(parameters.collection, parameters.generation, kRootNode),
             SealValue(ValueKind::kTreeNode, parameters.dim, 1, kRootNode, root));
  IndexView::State state;
  state.parameters = parameters;
  state.encoder = MakeEncoder(parameters, {});
  state.vectors = MakeVectorCache(parameters);
  return std::make_shared<const IndexView>(std::move(state));
}

Result<IndexView::State> LoadState(uint32_t collection, uint32_t generation, uint64_t memory_limit,
                                   const storage::Snapshot& snapshot) {
  IndexView::State state;
  Parameters& parameters = state.parameters;
  parameters.memory_limit = memory_limit;
  parameters.collection = collection;
  parameters.generation = generation;
  std::string value;
  QUIRE_ASSIGN_OR_RETURN(const bool there,
                         snapshot.Get(Family::kMeta, storage::IndexKey(collection, generation), &value));
  const std::string name = ObjectName(parameters, "parameters of generation", generation);
  if (!there) return Status(Code::kNotFound, name + " are not stored");
  Status decoded = DecodeParameters(value, &parameters);
  if (!decoded.ok()) return std::move(decoded).Within(name);
  QUIRE_ASSIGN_OR_RETURN(const std::vector<float> centroid, LoadCentroid(parameters, snapshot));
  state.encoder = MakeEncoder(parameters, centroid);
  state.vectors = MakeVectorCache(parameters);
  return state;
}

Result<std::shared_ptr<const View>> Load(uint32_t collection, uint32_t generation, uint64_t memory_limit,
                                         const storage::Snapshot& snapshot, const std::atomic<bool>* cancelled) {
  QUIRE_ASSIGN_OR_RETURN(IndexView::State state, LoadState(collection, generation, memory_limit, snapshot));
  const Parameters& parameters = state.parameters;
  LoadOptions options;
  options.cancelled = cancelled;
  QUIRE_ASSIGN_OR_RETURN(LoadedContents loaded, LoadContents(parameters, snapshot, options));
  state.contents = std::move(loaded.contents);
  state.emptied = std::move(loaded.emptied);
  if (const auto head = ReadHead(parameters, snapshot); head.ok() && *head != nullptr) state.edition = (*head)->edition;
  Result<std::shared_ptr<const Linked>> linked = LoadLinked(parameters, state.contents, snapshot);
  if (linked.ok() && *linked != nullptr) {
    state.dead = DeadIn(**linked, state.contents);
    state.linked = *std::move(linked);
  }
  return std::shared_ptr<const View>(std::make_shared<const IndexView>(std::move(state)));
}

Result<std::vector<float>> ReadVector(const Parameters& parameters, ChunkNumber number,
                                      const storage::Snapshot& snapshot) {
  std::string bytes;
  const std::string name = ObjectName(parameters, "stored vector", number);
  QUIRE_ASSIGN_OR_RETURN(
      const bool there,
      snapshot.Get(Family::kRaw, storage::RawKey(parameters.collection, parameters.generation, number), &bytes));
  if (!there) return Status(Code::kNotFound, name + " is not there");
  std::vector<float> vector(parameters.dim);
  if (!codec::ReadRawVector(parameters.raw, bytes, vector)) {
    return Status(Code::kCorruption, name + " has " + std::to_string(bytes.size()) + " bytes, expected " +
                                         std::to_string(codec::RawBytes(parameters.raw, parameters.dim)));
  }
  return vector;
}

Result<std::vector<ChunkNumber>> StoredNumbers(const Parameters& parameters, const storage::Snapshot& snapshot) {
  QUIRE_ASSIGN_OR_RETURN(const LoadedContents loaded, LoadContents(parameters, snapshot, {}));
  const Contents& contents = loaded.contents;
  std::vector<ChunkNumber> numbers;
  numbers.reserve(contents.size);
  contents.ForEachSegment([&](const Segment& segment, const LiveMask& live) {
    for (size_t slot = 0; slot < segment.count(); ++slot) {
      if (IsLive(live, slot)) numbers.push_back(segment.number(slot));
    }
  });
  return numbers;
}

Status VerifyLinked(const View& view, const storage::Snapshot& snapshot) {
  QUIRE_ASSIGN_OR_RETURN(const std::shared_ptr<const LinksHead> head, ReadHead(view.parameters(), snapshot));
  if (head == nullptr) return {};
  QUIRE_ASSIGN_OR_RETURN(const LoadedContents loaded, LoadContents(view.parameters(), snapshot, {}));
  return LoadLinked(view.parameters(), loaded.contents, snapshot).status();
}

}  // namespace quire::index
