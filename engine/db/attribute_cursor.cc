#include "engine/db/attribute_cursor.h"

#include <utility>
#include <vector>

#include "engine/db/chunk_cursor.h"
#include "engine/db/reader.h"
#include "engine/filter/attribute_index.h"

namespace quire::db {
namespace {

constexpr size_t kMaxAttributes = 64;            // as many bits as ChunkParts::attributes has
constexpr ChunkNumber kMaxNumbers = 64'000'000;  // four bytes of memory each, for each attribute
constexpr uint64_t kWorthWhile = 8;              // one chunk in so many is wanted

bool IsWanted(const ChunkParts& parts, size_t attribute) { return (parts.attributes >> attribute & 1) != 0; }

// One attribute of all chunks.
struct Column {
  static constexpr uint32_t kUnknown = 0;  // the chunk itself must be asked
  size_t attribute = 0;
  std::vector<Value> values;    // the first stands for kUnknown
  std::vector<uint32_t> codes;  // by number: the place of its value

  Status Read(const CollectionState& collection, const storage::Snapshot& snapshot, size_t count) {
    codes.assign(count, kUnknown);
    values.assign(1, Value());
    const Type type = collection.schema().attributes[attribute].type;
    std::string last;
    uint32_t code = kUnknown;
    return filter::VisitColumn(collection.id(), static_cast<uint16_t>(filter::kFirstAttribute + attribute), snapshot,
                               [&](std::string_view encoded, const filter::Bitmap& numbers) {
                                 if (encoded != last) {
                                   last = encoded;
                                   code = Add(filter::DecodeOrdered(encoded, type));
                                 }
                                 numbers.ForEach([&](ChunkNumber number) {
                                   if (number < codes.size()) codes[number] = code;
                                   return true;
                                 });
                               });
  }

 private:
  uint32_t Add(std::optional<Value> value) {
    if (!value) return kUnknown;
    values.push_back(*std::move(value));
    return static_cast<uint32_t>(values.size() - 1);
  }
};

class AttributeCursor : public ChunkCursor {
 public:
  AttributeCursor(std::shared_ptr<const DatabaseState> state, std::shared_ptr<const CollectionState> collection,
                  std::vector<uint64_t> words)
      : state_(std::move(state)), collection_(std::move(collection)), numbers_(std::move(words)) {}

  Status ReadColumns(const ChunkParts& parts) {
    const size_t count = collection_->schema().attributes.size();
    for (size_t i = 0; i < count; ++i) {
      if (!IsWanted(parts, i)) continue;
      columns_.emplace_back();
      columns_.back().attribute = i;
      QUIRE_RETURN_IF_ERROR(columns_.back().Read(*collection_, *state_->snapshot, numbers_.end()));
    }
    return {};
  }

  Result<bool> Next(Chunk* chunk) override {
    const std::optional<ChunkNumber> number = numbers_.Next();
    if (!number) return false;
    chunk->number = *number;
    chunk->attributes.resize(collection_->schema().attributes.size());
    for (const Column& column : columns_) {
      const uint32_t code = column.codes[*number];
      if (code == Column::kUnknown) return ReadWhole(*number, chunk);
      chunk->attributes[column.attribute] = column.values[code];
    }
    return true;
  }

 private:
  Result<bool> ReadWhole(ChunkNumber number, Chunk* chunk) {
    auto record = ReadChunk(*collection_, *state_->snapshot, number, {.text = false});
    if (!record.ok()) {
      numbers_.Stop();
      return std::move(record).status();
    }
    *chunk = std::move(record->chunk);
    return true;
  }

  std::shared_ptr<const DatabaseState> state_;
  std::shared_ptr<const CollectionState> collection_;
  NumberWalk numbers_;
  std::vector<Column> columns_;
};

}  // namespace

bool ReadsAttributesOnly(const CollectionState& collection, const ChunkParts& parts, uint64_t kept) {
  const std::vector<ColumnSchema>& attributes = collection.schema().attributes;
  if (!parts.attributes_only || attributes.size() > kMaxAttributes) return false;
  const Counters& counters = collection.counters();
  if (counters.next_number > kMaxNumbers || kept * kWorthWhile < counters.next_number) return false;
  for (size_t i = 0; i < attributes.size(); ++i) {
    const Type type = attributes[i].type;
    if (IsWanted(parts, i) && (type == Type::kTextArray || type == Type::kJson)) return false;
  }
  return true;
}

Result<std::unique_ptr<ChunkCursor>> MakeAttributeCursor(std::shared_ptr<const DatabaseState> state,
                                                         std::shared_ptr<const CollectionState> collection,
                                                         std::vector<uint64_t> words, ChunkParts parts) {
  auto cursor = std::make_unique<AttributeCursor>(std::move(state), std::move(collection), std::move(words));
  QUIRE_RETURN_IF_ERROR(cursor->ReadColumns(parts));
  return std::unique_ptr<ChunkCursor>(std::move(cursor));
}

}  // namespace quire::db
