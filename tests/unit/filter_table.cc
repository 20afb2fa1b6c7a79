#include "tests/unit/filter_table.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/storage/keys.h"

namespace quire::testing {

FilterTable::FilterTable()
    : columns_{{"flag", Type::kBoolean, 16},
               {"year", Type::kInteger, 17},
               {"price", Type::kReal, 18},
               {"name", Type::kText, 19},
               {"day", Type::kDate, 20},
               {"moment", Type::kTimestamp, 21},
               {"tags", Type::kTextArray, 22},
               {"extra", Type::kJson, 23},
               {"note", Type::kText, filter::kNotIndexed},
               {"rank", Type::kInteger, filter::kNotIndexed}} {
  Options options;
  options.sync = Sync::kOff;
  auto store = storage::Store::Open(directory_ / "store", options);
  INFO(store.status().ToString());
  REQUIRE(store.ok());
  store_ = *std::move(store);
}

const Chunk* FilterTable::Find(ChunkNumber number) const {
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), number,
                                   [](const auto& row, ChunkNumber wanted) { return row.first < wanted; });
  return at != rows_.end() && at->first == number ? &at->second : nullptr;
}

void FilterTable::Index(ChunkNumber number, const Chunk& chunk, bool add) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].stored == filter::kNotIndexed) continue;
    if (add) {
      writer_.Add(columns_[i].stored, chunk.attributes[i], number);
    } else {
      writer_.Remove(columns_[i].stored, chunk.attributes[i], number);
    }
  }
}

void FilterTable::Put(ChunkNumber number, std::vector<Value> values) {
  Delete(number);
  values.resize(columns_.size());
  Chunk chunk;
  chunk.number = number;
  chunk.attributes = std::move(values);
  Index(number, chunk, true);
  live_.Add(number);
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), number,
                                   [](const auto& row, ChunkNumber wanted) { return row.first < wanted; });
  rows_.insert(at, {number, std::move(chunk)});
}

void FilterTable::Delete(ChunkNumber number) {
  const Chunk* chunk = Find(number);
  if (chunk == nullptr) return;
  Index(number, *chunk, false);
  live_.Remove(number);
  std::erase_if(rows_, [&](const auto& row) { return row.first == number; });
}

Status FilterTable::Commit() {
  storage::Batch batch;
  QUIRE_RETURN_IF_ERROR(writer_.Write(kCollection, *store_->snapshot(), &batch));
  writer_ = {};
  return store_->Commit(std::move(batch));
}

Status FilterTable::Overwrite(const std::string& column, const Value& value, const std::string& stored) {
  QUIRE_ASSIGN_OR_RETURN(const size_t i, ColumnIndex(column));
  std::string key = storage::AttributePrefix(kCollection, columns_[i].stored) + filter::EncodeOrdered(value);
  AppendBigEndian(&key, uint16_t{0});
  storage::Batch batch;
  batch.Put(storage::Family::kAttribute, key, stored);
  return store_->Commit(std::move(batch));
}

Result<size_t> FilterTable::ColumnIndex(std::string_view name) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) return i;
  }
  return Status(Code::kNotFound, "column '" + std::string(name) + "' does not exist");
}

Result<std::vector<ChunkNumber>> FilterTable::Evaluate(const Filter& filter) {
  const auto column = [&](std::string_view name) -> Result<std::pair<uint16_t, Type>> {
    QUIRE_ASSIGN_OR_RETURN(const size_t i, ColumnIndex(name));
    return std::pair(columns_[i].stored, columns_[i].type);
  };
  const auto read = [&](ChunkNumber number) -> Result<Chunk> {
    ++reads;
    return *Find(number);
  };
  const auto value_of = [&](const Chunk& chunk, std::string_view name) -> Result<Value> {
    QUIRE_ASSIGN_OR_RETURN(const size_t i, ColumnIndex(name));
    return chunk.attributes[i];
  };
  const auto snapshot = store_->snapshot();
  QUIRE_ASSIGN_OR_RETURN(const filter::Bitmap kept, filter::Evaluate(filter, {.collection = kCollection,
                                                                              .snapshot = snapshot.get(),
                                                                              .live = &live_,
                                                                              .column = column,
                                                                              .read = read,
                                                                              .value_of = value_of}));
  std::vector<ChunkNumber> numbers;
  kept.ForEach([&](ChunkNumber number) {
    numbers.push_back(number);
    return true;
  });
  return numbers;
}

}  // namespace quire::testing
