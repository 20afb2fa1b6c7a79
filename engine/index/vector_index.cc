// Create, Load and what is read beside a View.
#include "engine/index/vector_index.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/codec/raw_vector.h"
#include "engine/index/index_view.h"
#include "engine/index/links_store.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

using storage::Family;

std::string LeafPrefix(const Parameters& parameters, char kind) {
  std::string prefix = storage::IndexPrefix(kind, parameters.collection, parameters.generation);
  AppendBigEndian(&prefix, kFlatLeaf);
  return prefix;
}

// The number at the end of a leaf key.
Result<uint32_t> KeyNumber(const Parameters& parameters, std::string_view key, size_t prefix_size) {
  if (key.size() == prefix_size + sizeof(uint32_t)) return ReadBigEndian<uint32_t>(key.substr(prefix_size));
  return Status(Code::kCorruption, ObjectName(parameters, "leaf", kFlatLeaf) + " has a key of " +
                                       std::to_string(key.size()) + " bytes, expected " +
                                       std::to_string(prefix_size + sizeof(uint32_t)));
}

// Walks the values of one kind of a leaf.
class LeafCursor {
 public:
  LeafCursor(const Parameters& parameters, const storage::Snapshot& snapshot, Family family, char kind)
      : parameters_(parameters), prefix_(LeafPrefix(parameters, kind)), cursor_(snapshot.ScanPrefix(family, prefix_, storage::Caching::kBypass)) {}

  bool Valid() const { return cursor_.Valid(); }
  void Next() { cursor_.Next(); }
  std::string_view value() const { return cursor_.value(); }
  Status status() const { return cursor_.status(); }
  // REQUIRES: Valid().
  Result<uint32_t> Number() const { return KeyNumber(parameters_, cursor_.key(), prefix_.size()); }

 private:
  const Parameters& parameters_;
  std::string prefix_;
  storage::Cursor cursor_;
};

// Reads the leaf of flat mode: sealed segments and appended codes, in order of number, then tombstones.
class Loader {
 public:
  // `bytes_max`: of all codes; more is kResourceExhausted. `lean`: without refine codes, which are not read either.
  Loader(const Parameters& parameters, const storage::Snapshot& snapshot, bool lean = false,
         uint64_t bytes_max = ~uint64_t{0})
      : lean_(lean),
        bytes_max_(bytes_max),
        parameters_(parameters),
        padded_dim_(codec::PaddedDim(parameters.dim)),
        sealed_(parameters, snapshot, Family::kPosting, 'P'),
        records_(parameters, snapshot, Family::kCode, 'E'),
        appended_(parameters, snapshot, Family::kPosting, 'A'),
        tombstones_(parameters, snapshot, Family::kPosting, 'X'),
        draft_(Contents{}) {}

  Result<Contents> Load() {
    while (sealed_.Valid() || appended_.Valid()) QUIRE_RETURN_IF_ERROR(LoadNext());
    FinishTail();
    for (const LeafCursor* cursor : {&sealed_, &records_, &appended_}) QUIRE_RETURN_IF_ERROR(cursor->status());
    if (!lean_ && records_.Valid()) return Damaged("codes", records_.Number(), "belong to no segment");
    for (; tombstones_.Valid(); tombstones_.Next()) QUIRE_RETURN_IF_ERROR(LoadTombstone());
    QUIRE_RETURN_IF_ERROR(tombstones_.status());
    return std::move(draft_).Finish();
  }

 private:
  Status Damaged(std::string_view object, const Result<uint32_t>& number, std::string_view what) const {
    if (!number.ok()) return number.status();
    return Status(Code::kCorruption, ObjectName(parameters_, object, *number) + " " + std::string(what));
  }

  Status LoadNext() {
    if (draft_.contents().memory_bytes > bytes_max_) return Status(Code::kResourceExhausted, "codes do not fit");
    uint32_t sealed_number = 0, appended_number = 0;
    if (sealed_.Valid()) {
      QUIRE_ASSIGN_OR_RETURN(sealed_number, sealed_.Number());
    }
    if (appended_.Valid()) {
      QUIRE_ASSIGN_OR_RETURN(appended_number, appended_.Number());
    }
    if (sealed_.Valid() && (!appended_.Valid() || sealed_number < appended_number)) return LoadSealed(sealed_number);
    return LoadAppended(appended_number);
  }

  Status LoadSealed(uint32_t number) {
    FinishTail();
    const auto open = [&](const LeafCursor& cursor, ValueKind kind, std::string_view object) -> Result<OpenedValue> {
      Result<OpenedValue> opened = OpenValue(cursor.value(), kind, parameters_.dim, number);
      if (!opened.ok()) return std::move(opened).status().Within(ObjectName(parameters_, object, number));
      return opened;
    };
    QUIRE_ASSIGN_OR_RETURN(const OpenedValue codes, open(sealed_, ValueKind::kScanCodes, "segment"));
    OpenedValue records = {codes.count, {}};
    if (!lean_) {
      QUIRE_RETURN_IF_ERROR(records_.status());
      if (!records_.Valid()) return Damaged("segment", number, "has no refine codes");
      QUIRE_ASSIGN_OR_RETURN(const uint32_t records_number, records_.Number());
      if (records_number != number) return Damaged("segment", number, "has no refine codes");
      QUIRE_ASSIGN_OR_RETURN(records, open(records_, ValueKind::kRefineCodes, "codes"));
    }
    if (codes.count == 0 || codes.count > kSegmentSlots || records.count != codes.count) {
      return Damaged("segment", number,
                     "has " + std::to_string(codes.count) + " codes and " + std::to_string(records.count) +
                         " refine codes, expected 1 to 128 of both");
    }
    auto segment = std::make_shared<Segment>(padded_dim_, codes.count, true, !lean_);
    if (!segment->Assign(codes.count, codes.payload, records.payload)) {
      return Damaged("segment", number, "has the wrong size or unordered numbers");
    }
    if (segment->first() != number) return Damaged("segment", number, "begins with another number");
    QUIRE_RETURN_IF_ERROR(CheckOrder(number));
    last_ = segment->number(segment->count() - 1);
    draft_.Append(std::move(segment), FirstSlots(codes.count));
    sealed_.Next();
    if (!lean_) records_.Next();
    return {};
  }

  Status LoadAppended(uint32_t number) {
    Result<OpenedValue> opened = OpenValue(appended_.value(), ValueKind::kAppended, parameters_.dim, number);
    if (!opened.ok()) return std::move(opened).status().Within(ObjectName(parameters_, "appended code", number));
    const size_t record_bytes = codec::RecordBytes(padded_dim_);
    if (opened->count != 1 || opened->payload.size() != sizeof(codec::ScanFactors) + record_bytes) {
      return Damaged("appended code", number, "has the wrong size");
    }
    QUIRE_RETURN_IF_ERROR(CheckOrder(number));
    last_ = number;
    if (tail_ != nullptr && tail_->full()) FinishTail();
    if (tail_ == nullptr) tail_ = std::make_shared<Segment>(padded_dim_, simd::kBlockSlots, false);
    ByteReader reader(opened->payload);
    const auto factors = reader.Raw<codec::ScanFactors>();
    std::memcpy(tail_->next_record(), reader.rest().data(), record_bytes);
    tail_->Append(factors, number);
    appended_.Next();
    return {};
  }

  Status LoadTombstone() {
    QUIRE_ASSIGN_OR_RETURN(const uint32_t number, tombstones_.Number());
    const std::optional<Place> place = draft_.contents().Find(number);
    if (!place || !draft_.contents().segment(*place).sealed()) {
      return Damaged("tombstone", number, "is of a vector that is not there");
    }
    if (draft_.Remove(*place) != nullptr) return Damaged("tombstone", number, "leaves an empty segment");
    return {};
  }

  Status CheckOrder(uint32_t number) const {
    if (!last_ || number > *last_) return {};
    return Damaged("segment", number, "overlaps with the one before it");
  }

  void FinishTail() {
    if (tail_ == nullptr) return;
    const LiveMask live = FirstSlots(tail_->count());
    draft_.Append(std::move(tail_), live);
    tail_ = nullptr;
  }

  const bool lean_;
  const uint64_t bytes_max_;
  const Parameters& parameters_;
  uint32_t padded_dim_;
  LeafCursor sealed_, records_, appended_, tombstones_;
  Draft draft_;
  std::shared_ptr<Segment> tail_;  // appended codes not yet in the draft
  std::optional<uint32_t> last_;   // largest number so far
};

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

Result<std::shared_ptr<const View>> Load(uint32_t collection, uint32_t generation, uint64_t memory_limit,
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
  // Codes and links may have half of the limit; what does not fit with refine codes may without.
  Result<Contents> contents = Loader(parameters, snapshot, false, memory_limit / 2).Load();
  if (!contents.ok() && contents.status().code() == Code::kResourceExhausted &&
      codec::PaddedDim(parameters.dim) >= codec::kScanDimMin) {
    state.lean = true;
    contents = Loader(parameters, snapshot, true).Load();
  } else if (!contents.ok() && contents.status().code() == Code::kResourceExhausted) {
    contents = Loader(parameters, snapshot).Load();
  }
  QUIRE_ASSIGN_OR_RETURN(state.contents, std::move(contents));
  state.encoder = MakeEncoder(parameters, centroid);
  state.vectors = MakeVectorCache(parameters);
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
  QUIRE_ASSIGN_OR_RETURN(const Contents contents, Loader(parameters, snapshot).Load());
  std::vector<ChunkNumber> numbers;
  numbers.reserve(contents.size);
  contents.ForEachSegment([&](const Segment& segment, const LiveMask& live) {
    for (size_t slot = 0; slot < segment.count(); ++slot) {
      if (IsLive(live, slot)) numbers.push_back(segment.number(slot));
    }
  });
  return numbers;
}

}  // namespace quire::index
