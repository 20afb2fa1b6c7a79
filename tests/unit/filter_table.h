// A small table with a column of every type, indexed in a real store: what the tests of engine/filter filter.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/filter/attribute_index.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::testing {

// Chunks are kept in memory, their attributes in the index. `reads` counts how often a filter had to read one.
class FilterTable {
 public:
  static constexpr uint32_t kCollection = 7;
  struct Column {
    std::string name;
    Type type;
    uint16_t stored;
  };

  FilterTable();
  // Replaces what is stored under a number by `values` (in order of columns(); missing ones are NULL).
  void Put(ChunkNumber number, std::vector<Value> values);
  void Delete(ChunkNumber number);
  // Writes what was put and deleted to the store. Errors: as AttributeWriter::Write and Store::Commit.
  Status Commit();
  // Puts raw bytes where a bitmap of `column` for `value` is.
  Status Overwrite(const std::string& column, const Value& value, const std::string& stored);

  Result<std::vector<ChunkNumber>> Evaluate(const Filter& filter);
  const std::vector<Column>& columns() const { return columns_; }
  const std::vector<std::pair<ChunkNumber, Chunk>>& rows() const { return rows_; }
  storage::Store& store() { return *store_; }
  size_t reads = 0;

 private:
  void Index(ChunkNumber number, const Chunk& chunk, bool add);
  const Chunk* Find(ChunkNumber number) const;
  Result<size_t> ColumnIndex(std::string_view name) const;

  TemporaryDirectory directory_;
  std::unique_ptr<storage::Store> store_;
  std::vector<Column> columns_;
  std::vector<std::pair<ChunkNumber, Chunk>> rows_;  // by number
  filter::AttributeWriter writer_;
  filter::Bitmap live_;
};

}  // namespace quire::testing
