// A database whose words were written in version 1, of posting blocks and chunk table: it opens, finds and ranks as it did, takes new
// chunks beside the old ones, and is sound.
#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/base/hash.h"
#include "engine/storage/keys.h"
#include "engine/storage/store.h"
#include "quire/database.h"
#include "tests/unit/support/temporary_directory.h"
#include "tests/unit/text_version_1.h"

namespace {

using namespace quire;

constexpr int kChunks = 400;

Chunk Made(int i) {
  const std::string n = std::to_string(i);
  Chunk chunk{.id = "c" + n, .uri = "page" + n + ".md"};
  chunk.text = "common text number" + n + (i % 7 == 0 ? " seventh seventh" : "") + (i % 100 == 0 ? " hundredth" : "");
  return chunk;
}

void Insert(Database* database, int from, int to) {
  const auto transaction = database->Begin();
  for (int i = from; i < to; ++i) REQUIRE(transaction->Insert("docs", Made(i)).ok());
  REQUIRE(transaction->Commit().ok());
}

std::vector<std::pair<ChunkNumber, double>> Found(const Database& database, const std::string& query) {
  const auto hits = database.reader()->Search("docs", {.text = query, .mode = SearchMode::kWords, .k = 1000});
  INFO(hits.status().ToString());
  REQUIRE(hits.ok());
  std::vector<std::pair<ChunkNumber, double>> found;
  for (const Hit& hit : *hits) found.emplace_back(hit.number, hit.word_score);
  return found;
}

// One length for each live number.
std::string TableOfVersion1(std::string_view value) {
  constexpr size_t kHead = 1 + 1024 / 8;
  ByteReader in(value.substr(kHead, value.size() - kHead - sizeof(uint64_t)));
  std::string table = "\x01" + std::string(value.substr(1, kHead - 1));
  while (!in.done()) {
    const uint64_t body = in.Varint(), title = in.Varint(), section = in.Varint();
    REQUIRE(in.ok());
    AppendVarint(&table, body + title + section);
  }
  AppendRaw(&table, Hash64(table));
  return table;
}

void MakeVersion1(const std::string& path) {
  auto store = storage::Store::Open(path, {});
  REQUIRE(store.ok());
  storage::Batch batch;
  const auto snapshot = (*store)->snapshot();
  size_t blocks = 0, tables = 0;
  for (auto cursor = snapshot->Scan(storage::Family::kWord, "", ""); cursor.Valid(); cursor.Next(), ++blocks) {
    const std::string_view key = cursor.key();
    const auto first = ReadBigEndian<ChunkNumber>(key.substr(key.size() - sizeof(ChunkNumber)));
    batch.Put(storage::Family::kWord, key, text::BlockOfVersion1(first, cursor.value()));
  }
  for (auto cursor = snapshot->Scan(storage::Family::kChunk, "L", "M"); cursor.Valid(); cursor.Next(), ++tables) {
    batch.Put(storage::Family::kChunk, cursor.key(), TableOfVersion1(cursor.value()));
  }
  REQUIRE((blocks > kChunks && tables == 1));
  REQUIRE((*store)->Commit(std::move(batch)).ok());
}

TEST_CASE("a database with words of version 1 opens, finds, ranks and grows", "[db]") {
  const testing::TemporaryDirectory directory;
  const std::vector<std::string> queries = {"common", "seventh", "hundredth", "\"common text\"", "seventh -hundredth"};
  std::vector<std::vector<std::pair<ChunkNumber, double>>> before;
  {
    auto database = Database::Open(directory / "db", {}).value();
    REQUIRE(database->CreateCollection({.name = "docs"}).ok());
    Insert(database.get(), 0, kChunks);
    for (const std::string& query : queries) before.push_back(Found(*database, query));
  }
  MakeVersion1(directory / "db");
  {
    auto database = Database::Open(directory / "db", {}).value();
    for (size_t i = 0; i < queries.size(); ++i) CHECK(Found(*database, queries[i]) == before[i]);
    CHECK(database->Check().value().empty());
    Insert(database.get(), kChunks, kChunks + 200);
    CHECK(Found(*database, "common").size() == kChunks + 200);
    CHECK(Found(*database, "hundredth").size() == 6);
    const auto transaction = database->Begin();
    REQUIRE(transaction->Delete("docs", "c100").value());
    REQUIRE(transaction->Commit().ok());
    CHECK(Found(*database, "hundredth").size() == 5);
    CHECK(database->Check().value().empty());
  }
  auto database = Database::Open(directory / "db", {}).value();
  CHECK(Found(*database, "common").size() == kChunks + 199);
}

}  // namespace
