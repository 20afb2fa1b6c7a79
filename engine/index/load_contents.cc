#include "engine/index/load_contents.h"

#include <cstring>

#include "engine/index/segment_writer.h"
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

// The least key above all of a prefix, which ends with the leaf.
std::string EndOf(std::string_view prefix) {
  std::string end(prefix.substr(0, prefix.size() - sizeof(uint32_t)));
  AppendBigEndian(&end, kFlatLeaf + 1);
  return end;
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
  // From number `first` on.
  LeafCursor(const Parameters& parameters, const storage::Snapshot& snapshot, Family family, char kind, uint32_t first)
      : parameters_(parameters),
        prefix_(LeafPrefix(parameters, kind)),
        cursor_(snapshot.Scan(family, first == 0 ? prefix_ : LeafKeyOf(parameters, kind, first), EndOf(prefix_),
                              storage::Caching::kBypass)) {}

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
  Loader(const Parameters& parameters, const storage::Snapshot& snapshot, const LoadOptions& options)
      : options_(options),
        parameters_(parameters),
        padded_dim_(codec::PaddedDim(parameters.dim)),
        sealed_(parameters, snapshot, Family::kPosting, 'P', options.first),
        records_(parameters, snapshot, Family::kCode, 'E', options.first),
        appended_(parameters, snapshot, Family::kPosting, 'A', options.first),
        tombstones_(parameters, snapshot, Family::kPosting, 'X', options.first),
        draft_(Contents{}) {}

  Result<LoadedContents> Load() {
    while (sealed_.Valid() || appended_.Valid()) QUIRE_RETURN_IF_ERROR(LoadNext());
    FinishTail();
    for (const LeafCursor* cursor : {&sealed_, &records_, &appended_}) QUIRE_RETURN_IF_ERROR(cursor->status());
    if (records_.Valid()) return Damaged("codes", records_.Number(), "belong to no segment");
    for (; tombstones_.Valid(); tombstones_.Next()) QUIRE_RETURN_IF_ERROR(LoadTombstone());
    QUIRE_RETURN_IF_ERROR(tombstones_.status());
    loaded_.contents = std::move(draft_).Finish();
    return std::move(loaded_);
  }

 private:
  Status Damaged(std::string_view object, const Result<uint32_t>& number, std::string_view what) const {
    if (!number.ok()) return number.status();
    return Status(Code::kCorruption, ObjectName(parameters_, object, *number) + " " + std::string(what));
  }

  Status LoadNext() {
    if (options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed)) {
      return Status(Code::kCancelled, "reading the index was cancelled");
    }
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
    QUIRE_RETURN_IF_ERROR(records_.status());
    if (!records_.Valid()) return Damaged("segment", number, "has no refine codes");
    QUIRE_ASSIGN_OR_RETURN(const uint32_t records_number, records_.Number());
    if (records_number != number) return Damaged("segment", number, "has no refine codes");
    QUIRE_ASSIGN_OR_RETURN(const OpenedValue records, open(records_, ValueKind::kRefineCodes, "codes"));
    if (codes.count == 0 || codes.count > kSegmentSlots || records.count != codes.count) {
      return Damaged("segment", number,
                     "has " + std::to_string(codes.count) + " codes and " + std::to_string(records.count) +
                         " refine codes, expected 1 to 128 of both");
    }
    auto segment = std::make_shared<Segment>(padded_dim_, codes.count, true);
    if (!segment->Assign(codes.count, codes.payload, records.payload)) {
      return Damaged("segment", number, "has the wrong size or unordered numbers");
    }
    if (segment->first() != number) return Damaged("segment", number, "begins with another number");
    QUIRE_RETURN_IF_ERROR(CheckOrder(number));
    last_ = segment->number(segment->count() - 1);
    draft_.Append(std::move(segment), FirstSlots(codes.count));
    sealed_.Next();
    records_.Next();
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
    if (auto emptied = draft_.Remove(*place); emptied != nullptr) loaded_.emptied.push_back(std::move(emptied));
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

  const LoadOptions& options_;
  const Parameters& parameters_;
  uint32_t padded_dim_;
  LeafCursor sealed_, records_, appended_, tombstones_;
  Draft draft_;
  LoadedContents loaded_;
  std::shared_ptr<Segment> tail_;  // appended codes not yet in the draft
  std::optional<uint32_t> last_;   // largest number so far
};

}  // namespace

Result<LoadedContents> LoadContents(const Parameters& parameters, const storage::Snapshot& snapshot,
                                    const LoadOptions& options) {
  return Loader(parameters, snapshot, options).Load();
}

}  // namespace quire::index
