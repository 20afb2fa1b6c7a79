// A folder and a database that it is loaded into.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "extensions/ingest/loader.h"
#include "tests/unit/ingest_support.h"

namespace quire::ingest {

struct World {
  World() {
    Result<std::unique_ptr<Database>> opened = Database::Open(directory / "db", {.sync = Sync::kOff});
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    database = std::move(opened).value();
  }

  LoadOptions Options() const {
    LoadOptions options;
    options.collection = "docs";
    options.paths = {folder.path()};
    options.jobs = 2;
    return options;
  }
  LoadReport LoadOrFail(const LoadOptions& options) const {
    Result<LoadReport> report = Load(*database, options);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    return std::move(report).value();
  }
  LoadReport LoadOrFail() const { return LoadOrFail(Options()); }

  std::vector<Chunk> Chunks(const Filter& filter = {}) const {
    auto cursor = database->reader()->Scan("docs", filter, {});
    REQUIRE(cursor.ok());
    std::vector<Chunk> chunks;
    for (Chunk chunk;;) {
      const Result<bool> more = (*cursor)->Next(&chunk);
      REQUIRE(more.ok());
      if (!*more) return chunks;
      chunks.push_back(chunk);
    }
  }
  std::vector<Chunk> ChunksOfPage(const std::string& uri) const {
    std::vector<Chunk> chunks = Chunks(Filter::Compare(Filter::Op::kEqual, "uri", Value::Text(uri)));
    std::sort(chunks.begin(), chunks.end(), [](const Chunk& a, const Chunk& b) { return a.ordinal < b.ordinal; });
    return chunks;
  }
  Value AttributeOf(const Chunk& chunk, const std::string& name) const {
    const auto info = database->reader()->GetCollection("docs");
    REQUIRE(info.ok());
    for (size_t i = 0; i < info->schema.attributes.size(); ++i) {
      if (info->schema.attributes[i].name == name) return chunk.attributes[i];
    }
    return Value::Text("(no column)");
  }

  testing::TemporaryDirectory directory;
  SourceFolder folder;
  std::unique_ptr<Database> database;
};

}  // namespace quire::ingest
