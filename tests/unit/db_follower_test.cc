// A follower: a database open for reading beside the process that writes, which sees what was committed when it is told to.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <random>
#include <thread>

#include "quire/database.h"
#include "tests/unit/support/child_process.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Chunk;
using quire::Code;
using quire::Database;
using quire::Hit;
using quire::testing::ChildArgument;
using quire::testing::ChildProcess;
using quire::testing::TellParent;
using quire::testing::TemporaryDirectory;

constexpr uint32_t kDim = 128;

void Ok(const quire::Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

std::unique_ptr<Database> Open(const std::string& path, bool read_only, uint32_t threads = 0) {
  quire::Options options;
  options.sync = quire::Sync::kOff;
  options.read_only = read_only;
  options.background_threads = threads;
  auto database = Database::Open(path, options);
  Ok(database.status());
  return std::move(database).value();
}

uint64_t Refresh(Database* follower) {
  const auto changes = follower->Refresh();
  Ok(changes.status());
  return *changes;
}

std::vector<float> VectorOf(uint64_t number) {
  std::mt19937_64 cluster(number % 40), own(number + 1000);
  std::normal_distribution<float> normal;
  std::vector<float> vector(kDim);
  for (float& value : vector) value = 2 * normal(cluster);
  for (float& value : vector) value += normal(own);
  return vector;
}

quire::CollectionSchema Points() {
  quire::CollectionSchema schema;
  schema.name = "points";
  schema.embedder = "none";
  schema.dim = kDim;
  return schema;
}

void Insert(Database* writer, uint64_t first, uint64_t count) {
  const auto transaction = writer->Begin();
  for (uint64_t i = first; i < first + count; ++i) {
    Chunk chunk;
    chunk.id = "p" + std::to_string(i);
    chunk.text = "point number" + std::to_string(i);
    chunk.embedding = VectorOf(i);
    Ok(transaction->Insert("points", std::move(chunk)));
  }
  Ok(transaction->Commit());
}

void Delete(Database* writer, uint64_t first, uint64_t count) {
  const auto transaction = writer->Begin();
  for (uint64_t i = first; i < first + count; ++i) Ok(transaction->Delete("points", "p" + std::to_string(i)).status());
  Ok(transaction->Commit());
}

std::vector<std::string> Nearest(const Database& database, uint64_t query, bool exact) {
  const auto reader = database.reader();
  const auto hits = reader->Search("points", {.vector = VectorOf(query), .mode = quire::SearchMode::kVector, .k = 10, .recall_target = 1, .exact = exact});
  Ok(hits.status());
  std::vector<std::string> ids;
  for (const Hit& hit : *hits) {
    const auto chunk = reader->Get("points", hit.number, {.text = false});
    Ok(chunk.status());
    ids.push_back(chunk->id);
  }
  return ids;
}

void CheckSame(const Database& writer, const Database& follower) {
  REQUIRE(follower.reader()->GetCollection("points")->chunks == writer.reader()->GetCollection("points")->chunks);
  size_t found = 0, wanted = 0;
  for (uint64_t query = 0; query < 20; ++query) {
    const auto expected = Nearest(writer, 7 * query, true);
    CHECK(Nearest(follower, 7 * query, true) == expected);
    for (const std::string& id : Nearest(follower, 7 * query, false)) found += std::count(expected.begin(), expected.end(), id) > 0 ? 1 : 0;
    wanted += expected.size();
  }
  CHECK(static_cast<double>(found) > 0.95 * static_cast<double>(wanted));
}

TEST_CASE("follower: sees what was committed when it is told to, and readers keep what they see", "[db]") {
  const TemporaryDirectory directory;
  const auto writer = Open(directory / "db", false);
  Ok(writer->CreateCollection(Points()));
  Insert(writer.get(), 0, 50);
  const auto follower = Open(directory / "db", true);
  const auto before = follower->reader();
  CHECK(before->GetCollection("points")->chunks == 50);

  Insert(writer.get(), 50, 50);
  Ok(writer->CreateCollection({.name = "more"}));
  CHECK(follower->reader()->GetCollection("points")->chunks == 50);
  CHECK(Refresh(follower.get()) > 0);
  CHECK(follower->reader()->GetCollection("points")->chunks == 100);
  CHECK(follower->reader()->GetCollection("more").ok());
  CHECK(Refresh(follower.get()) == 0);
  CHECK(before->GetCollection("points")->chunks == 50);
  CHECK(before->GetCollection("more").status().code() == Code::kNotFound);

  Ok(writer->DropCollection("more"));
  Ok(writer->RunJobs());
  Ok(writer->Flush());
  CHECK(Refresh(follower.get()) > 0);
  CHECK(follower->reader()->GetCollection("more").status().code() == Code::kNotFound);
  CHECK(writer->Refresh().status().code() == Code::kUnsupported);
}

TEST_CASE("follower: its index in memory follows inserts, deletes, links and generations", "[db]") {
  const TemporaryDirectory directory;
  const auto writer = Open(directory / "db", false);
  Ok(writer->CreateCollection(Points()));
  Insert(writer.get(), 0, 5000);
  Ok(writer->RunJobs());
  const auto follower = Open(directory / "db", true);
  CheckSame(*writer, *follower);
  Ok(follower->RunJobs());  // from disk into memory
  const auto memory = [&] { return follower->ListIndexes().at(0).memory_bytes; };
  const uint64_t loaded = memory();
  CHECK(loaded > 5000 * kDim / 2);

  Insert(writer.get(), 5000, 300);
  Delete(writer.get(), 0, 200);
  CHECK(Refresh(follower.get()) > 0);
  CHECK(memory() > loaded);  // it was not read again
  CheckSame(*writer, *follower);

  for (uint64_t i = 0; i < 40; ++i) Insert(writer.get(), 6000 + 10 * i, 10);  // appended codes, folded by a merge
  Ok(writer->RunJobs());
  Delete(writer.get(), 6000, 7);
  CHECK(Refresh(follower.get()) > 0);
  CheckSame(*writer, *follower);

  Insert(writer.get(), 10'000, 4000);
  Ok(writer->RunJobs());  // links anew
  CHECK(Refresh(follower.get()) > 0);
  CheckSame(*writer, *follower);
  Ok(follower->RunJobs());
  CheckSame(*writer, *follower);

  Ok(writer->StartRebuild("points", {.switch_when_ready = true}));
  Ok(writer->RunJobs());
  Insert(writer.get(), 20'000, 30);
  CHECK(Refresh(follower.get()) > 0);
  CheckSame(*writer, *follower);
  const auto faults = follower->Check();
  Ok(faults.status());
  CHECK(faults->empty());
}

// --- A writer in another process, killed and started again.

constexpr uint32_t kChunksPerDocument = 5;

TEST_CASE("database child: writes documents until it is killed", "[.]") {
  const auto database = Open(ChildArgument("QUIRE_CHILD_PATH"), false, 1);
  const std::string collection = "docs";
  if (!database->reader()->GetCollection(collection).ok()) Ok(database->CreateCollection({.name = collection}));
  std::mt19937 random(static_cast<unsigned>(std::stoul(ChildArgument("QUIRE_CHILD_SEED"))));
  REQUIRE(TellParent("+"));
  for (uint64_t round = 0;; ++round) {
    const auto transaction = database->Begin();
    const std::string uri = "d" + std::to_string(random() % 60);
    const bool removed = random() % 4 == 0;
    Ok(transaction->DeleteDocument(collection, uri).status());
    for (uint32_t i = 0; i < kChunksPerDocument && !removed; ++i) {
      Chunk chunk;
      chunk.uri = uri;
      chunk.ordinal = i;
      chunk.text = "part " + std::to_string(i) + " of " + uri + " as of " + std::to_string(random());
      Ok(transaction->Insert(collection, std::move(chunk)));
    }
    Ok(transaction->Commit());
    if (round % 16 == 15) Ok(database->Flush());
  }
}

// Whole documents, each with chunks that are found by their words.
void CheckDocuments(const Database& follower) {
  const auto reader = follower.reader();
  const auto info = reader->GetCollection("docs");
  if (info.status().code() == Code::kNotFound) return;
  Ok(info.status());
  const auto cursor = reader->Scan("docs", {}, {.text = true});
  Ok(cursor.status());
  std::map<std::string, uint32_t> chunks;
  std::string text;
  for (Chunk chunk;;) {
    const auto more = (*cursor)->Next(&chunk);
    Ok(more.status());
    if (!*more) break;
    ++chunks[chunk.uri];
    text = chunk.text;
  }
  uint64_t all = 0;
  for (const auto& [uri, count] : chunks) {
    INFO(uri);
    REQUIRE(count == kChunksPerDocument);
    all += count;
  }
  REQUIRE(all == info->chunks);
  REQUIRE(chunks.size() == info->documents);
  if (text.empty()) return;
  const auto hits = reader->Search("docs", {.text = text, .k = 1});
  Ok(hits.status());
  REQUIRE(hits->size() == 1);
  const auto found = reader->Get("docs", hits->front().number, {.text = true});
  Ok(found.status());
  CHECK(found->text == text);
}

TEST_CASE("follower: never sees half a document, through kills and restarts of the writer", "[db]") {
  const unsigned seed = Catch::rngSeed() == 0 ? 1 : Catch::rngSeed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  const std::string path = directory / "db";
  std::unique_ptr<Database> follower;
  uint64_t refreshed = 0;
  for (int round = 0; round < 4; ++round) {
    ChildProcess child("database child: writes documents until it is killed",
                       {{"QUIRE_CHILD_PATH", path}, {"QUIRE_CHILD_SEED", std::to_string(random())}});
    REQUIRE(child.started());
    REQUIRE_FALSE(child.Read(20'000).empty());
    if (!follower) follower = Open(path, true);
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300 + random() % 300);
    while (std::chrono::steady_clock::now() < end) {
      const auto changes = follower->Refresh();
      if (!changes.ok()) REQUIRE(changes.status().code() == Code::kBusy);
      refreshed += changes.ok() && *changes > 0 ? 1 : 0;
      CheckDocuments(*follower);
    }
    child.Kill();
    CheckDocuments(*follower);
    Refresh(follower.get());
    CheckDocuments(*follower);
  }
  CHECK(refreshed > 4);
  CHECK(follower->reader()->GetCollection("docs")->documents > 0);
}

}  // namespace
