#include "engine/filter/attribute_index.h"

#include "engine/base/bytes.h"
#include "engine/filter/bitmap_block.h"
#include "engine/filter/ordered_key.h"
#include "engine/storage/keys.h"

namespace quire::filter {
namespace {

using storage::Family;

constexpr char kKind = 'F';  // of the keys, as in storage::AttributePrefix

}  // namespace

void AttributeWriter::Add(uint16_t column, const Value& value, ChunkNumber number) {
  Record(column, value, {.number = number, .added = true});
}

void AttributeWriter::Remove(uint16_t column, const Value& value, ChunkNumber number) {
  Record(column, value, {.number = number, .added = false});
}

void AttributeWriter::Record(uint16_t column, const Value& value, Change change) {
  for (const std::string& form : IndexedForms(value)) {
    std::string key;
    AppendBigEndian(&key, column);
    key.append(form);
    AppendBigEndian(&key, static_cast<uint16_t>(change.number >> kBlockShift));
    changes_[std::move(key)].push_back(change);
  }
}

Status AttributeWriter::Write(uint32_t collection, const storage::Snapshot& snapshot, storage::Batch* batch) const {
  const std::string prefix = storage::CollectionPrefix(kKind, collection);
  std::vector<std::string> keys;
  std::vector<const std::vector<Change>*> changes;
  keys.reserve(changes_.size());
  changes.reserve(changes_.size());
  for (const auto& [suffix, change] : changes_) {
    keys.push_back(prefix + suffix);
    changes.push_back(&change);
  }

  const auto rewrite = [&](size_t i, Bitmap numbers, bool stored) {
    for (const Change& change : *changes[i]) change.added ? numbers.Add(change.number) : numbers.Remove(change.number);
    if (numbers.Count() > 0) {
      batch->Put(Family::kAttribute, keys[i], EncodeBlock(std::move(numbers)));
    } else if (stored) {
      batch->Delete(Family::kAttribute, keys[i]);
    }
  };
  // Written in the order of their keys, which costs least.
  size_t next = 0;
  const auto add_up_to = [&](size_t end) {
    for (; next < end; ++next) rewrite(next, Bitmap(), false);
  };
  QUIRE_RETURN_IF_ERROR(snapshot.MultiGet(Family::kAttribute, keys, [&](size_t i, std::string_view value) -> Status {
    QUIRE_ASSIGN_OR_RETURN(Bitmap numbers, ReadBlock(keys[i], value));
    add_up_to(i);
    rewrite(next++, std::move(numbers), true);
    return {};
  }));
  add_up_to(keys.size());
  return {};
}

Result<Bitmap> FindEqual(uint32_t collection, uint16_t column, const Value& value, const storage::Snapshot& snapshot) {
  const std::string prefix = storage::AttributePrefix(collection, column) + EncodeOrdered(value);
  Bitmap found;
  storage::Cursor cursor = snapshot.ScanPrefix(Family::kAttribute, prefix);
  for (; cursor.Valid(); cursor.Next()) {
    QUIRE_ASSIGN_OR_RETURN(const Bitmap numbers, ReadBlock(cursor.key(), cursor.value()));
    found.UniteWith(numbers);
  }
  QUIRE_RETURN_IF_ERROR(cursor.status());
  return found;
}

Status VisitColumn(uint32_t collection, uint16_t column, const storage::Snapshot& snapshot,
                   function_ref<void(std::string_view, const Bitmap&)> visit) {
  storage::Cursor cursor = snapshot.ScanPrefix(Family::kAttribute, storage::AttributePrefix(collection, column));
  for (; cursor.Valid(); cursor.Next()) {
    QUIRE_ASSIGN_OR_RETURN(const Bitmap numbers, ReadBlock(cursor.key(), cursor.value()));
    QUIRE_ASSIGN_OR_RETURN(const BitmapKey key, ParseBitmapKey(cursor.key()));
    visit(key.value, numbers);
  }
  return cursor.status();
}

Status VisitAttributes(uint32_t collection, const storage::Snapshot& snapshot,
                       function_ref<Status(uint16_t, std::string_view, const Bitmap&)> visit) {
  storage::Cursor cursor = snapshot.ScanPrefix(Family::kAttribute, storage::CollectionPrefix(kKind, collection));
  for (; cursor.Valid(); cursor.Next()) {
    QUIRE_ASSIGN_OR_RETURN(const Bitmap numbers, ReadBlock(cursor.key(), cursor.value()));
    QUIRE_ASSIGN_OR_RETURN(const BitmapKey key, ParseBitmapKey(cursor.key()));
    QUIRE_RETURN_IF_ERROR(visit(key.column, key.value, numbers));
  }
  return cursor.status();
}

}  // namespace quire::filter
