// Documents in transactions: replaced whole, in batches, and by several transactions at once.
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "quire/database.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Chunk;
using quire::Code;
using quire::Database;
using quire::Filter;
using quire::Transaction;
using quire::Value;

void Ok(const quire::Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

std::unique_ptr<Database> OpenAt(const std::string& path) {
  auto database = Database::Open(path, {.sync = quire::Sync::kOff});
  Ok(database.status());
  Ok((*database)->CreateCollection({.name = "docs"}));
  return std::move(database).value();
}

std::vector<Chunk> Chunks(const std::vector<std::string>& texts) {
  std::vector<Chunk> chunks;
  for (const std::string& text : texts) chunks.push_back({.text = text});
  return chunks;
}

Transaction::DocumentChange Put(Transaction& transaction, const std::string& uri, const std::vector<std::string>& texts) {
  const auto change = transaction.PutDocument("docs", {.uri = uri, .title = uri, .size = texts.size()}, Chunks(texts));
  Ok(change.status());
  return *change;
}

// The texts of a document, sorted: chunks that stay keep their number, so numbers are in no order of the document.
std::multiset<std::string> TextsOf(const quire::Reader& reader, const std::string& uri) {
  const auto cursor = reader.Scan("docs", Filter::Compare(Filter::Op::kEqual, "uri", Value::Text(uri)), {});
  Ok(cursor.status());
  std::multiset<std::string> texts;
  for (Chunk chunk;;) {
    const auto more = (*cursor)->Next(&chunk);
    Ok(more.status());
    if (!*more) return texts;
    texts.insert(chunk.text);
  }
}

size_t FoundByWord(const Database& database, const std::string& word) {
  const auto hits = database.reader()->Search("docs", {.text = word, .mode = quire::SearchMode::kWords, .k = 100});
  Ok(hits.status());
  return hits->size();
}

void CheckIsClean(const Database& database) {
  const auto faults = database.Check();
  Ok(faults.status());
  CHECK(*faults == std::vector<std::string>());
}

// Counts what it is asked for.
class Counting final : public quire::Embedder {
 public:
  const Identity& identity() const override { return identity_; }
  quire::Status Embed(std::span<const std::string_view> texts, Role, std::span<float> out) const override {
    count += texts.size();
    for (size_t i = 0; i < texts.size(); ++i) {
      for (size_t j = 0; j < identity_.dim; ++j) out[i * identity_.dim + j] = static_cast<float>(texts[i].size() + j);
    }
    return {};
  }
  mutable std::atomic<size_t> count{0};

 private:
  const Identity identity_{.name = "counting", .version = 1, .dim = 4, .config = 0};
};

}  // namespace

TEST_CASE("texts that are equal are embedded once in a transaction", "[db]") {
  quire::testing::TemporaryDirectory directory;
  const auto embedder = std::make_shared<Counting>();
  quire::Options options{.sync = quire::Sync::kOff};
  options.embedders = {embedder};
  auto database = Database::Open(directory / "test.quire", options);
  Ok(database.status());
  Ok((*database)->CreateCollection({.name = "docs", .embedder = "counting"}));
  const auto transaction = (*database)->Begin();
  for (const char* uri : {"a.md", "b.md", "c.md"}) {
    Ok(transaction->PutDocument("docs", {.uri = uri}, Chunks({"the same everywhere", uri})).status());
  }
  Ok(transaction->Commit());
  CHECK(embedder->count == 4);
  const auto reader = (*database)->reader();
  for (quire::ChunkNumber number = 0; number < 6; ++number) {
    const auto chunk = reader->Get("docs", number, {.text = true, .embedding = true});
    Ok(chunk.status());
    CHECK(chunk->embedding[0] == static_cast<float>(chunk->text.size()));
  }
  CheckIsClean(**database);
}

TEST_CASE("documents put in transactions are as a model has them", "[db]") {
  quire::testing::TemporaryDirectory directory;
  const auto database = OpenAt(directory / "test.quire");
  std::mt19937_64 random(11);
  std::map<std::string, std::multiset<std::string>> model;
  const auto uri_of = [&] { return "page" + std::to_string(random() % 12); };
  for (int round = 0; round < 60; ++round) {
    const auto transaction = database->Begin();
    auto next = model;
    for (uint64_t step = 1 + random() % 8; step > 0; --step) {
      const std::string uri = uri_of();
      const uint64_t what = random() % 8;
      if (what == 0) {
        const auto deleted = transaction->DeleteDocument("docs", uri);
        Ok(deleted.status());
        CHECK(*deleted == next.contains(uri));
        next.erase(uri);
      } else if (what == 1) {  // a single chunk, whose id is the page's and which may move to another one
        const std::string id = "single" + std::to_string(random() % 3), text = "alone " + std::to_string(random() % 5) + " " + id;
        Ok(transaction->Put("docs", {.id = id, .uri = uri, .text = text}));
        for (auto& [other, texts] : next) std::erase_if(texts, [&](const std::string& t) { return t.ends_with(id); });
        std::erase_if(next, [](const auto& one) { return one.second.empty(); });
        next[uri].insert(text);
      } else {
        std::vector<std::string> texts;
        for (uint64_t i = 1 + random() % 5; i > 0; --i) texts.push_back("text " + std::to_string(random() % 6) + " of " + uri);
        Put(*transaction, uri, texts);
        next[uri] = {texts.begin(), texts.end()};
      }
      if (random() % 4 == 0) Ok(transaction->Prepare());
      if (random() % 4 == 0) CHECK(TextsOf(*transaction->reader(), uri) == (next.contains(uri) ? next[uri] : std::multiset<std::string>()));
    }
    if (random() % 5 == 0) continue;  // rolled back
    Ok(transaction->Commit());
    model = std::move(next);
    for (int page = 0; page < 12; ++page) {
      const std::string uri = "page" + std::to_string(page);
      CHECK(TextsOf(*database->reader(), uri) == (model.contains(uri) ? model[uri] : std::multiset<std::string>()));
    }
  }
  CheckIsClean(*database);
}

TEST_CASE("of two transactions that replace a document the first one counts", "[db]") {
  quire::testing::TemporaryDirectory directory;
  const auto database = OpenAt(directory / "test.quire");
  const auto first = database->Begin(), second = database->Begin(), other = database->Begin();
  Put(*first, "a.md", {"one"});
  Put(*second, "a.md", {"two"});  // no chunk in common
  Put(*other, "b.md", {"three"});
  Ok(second->Prepare());
  Ok(other->Prepare());
  Ok(first->Commit());
  const quire::Status status = second->Commit();
  CHECK(status.code() == Code::kConflict);
  CHECK(std::string(status.message()) == "collection 'docs': document 'a.md' was changed by another transaction");
  Ok(other->Commit());
  CHECK(TextsOf(*database->reader(), "a.md") == std::multiset<std::string>{"one"});
  CHECK(TextsOf(*database->reader(), "b.md") == std::multiset<std::string>{"three"});
  CheckIsClean(*database);
}

TEST_CASE("what is put after words and vectors were made gets its own", "[db]") {
  quire::testing::TemporaryDirectory directory;
  const auto database = OpenAt(directory / "test.quire");
  const auto transaction = database->Begin();
  Ok(transaction->Put("docs", {.id = "x", .uri = "a.md", .text = "giraffe"}));
  Ok(transaction->Prepare());
  Ok(transaction->Put("docs", {.id = "x", .uri = "a.md", .text = "elephant"}));
  Ok(transaction->Put("docs", {.id = "y", .uri = "a.md", .text = "zebra"}));
  Ok(transaction->Commit());
  CHECK(transaction->Prepare().code() == Code::kInvalidArgument);
  CHECK(FoundByWord(*database, "giraffe") == 0);
  CHECK(FoundByWord(*database, "elephant") == 1);
  CHECK(FoundByWord(*database, "zebra") == 1);
  CheckIsClean(*database);
}
