// Links of a database: made by a job beside everything else, and never seen in an answer.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <random>
#include <set>
#include <thread>

#include "engine/storage/keys.h"
#include "engine/storage/store.h"
#include "quire/database.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Chunk;
using quire::Code;
using quire::Database;
using quire::Filter;
using quire::Hit;
using quire::IndexInfo;
using quire::SearchRequest;
using quire::Value;

constexpr uint32_t kDim = 32;
constexpr int64_t kGroups = 10;  // of the attribute "part"

void Ok(const quire::Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

std::unique_ptr<Database> OpenAt(const std::string& path, uint32_t background_threads) {
  quire::Options options;
  options.sync = quire::Sync::kOff;
  options.background_threads = background_threads;
  auto database = Database::Open(path, options);
  Ok(database.status());
  return std::move(database).value();
}

void Create(Database& database, const std::string& name = "points") {
  quire::CollectionSchema schema;
  schema.name = name;
  schema.attributes = {{"part", quire::Type::kInteger}};
  schema.metric = quire::Metric::kL2;
  schema.embedder = "none";
  schema.dim = kDim;
  Ok(database.CreateCollection(schema));
}

// The vector of a number: some clusters. The same whenever it is asked for.
std::vector<float> VectorOf(uint64_t seed) {
  std::mt19937_64 cluster(seed % 50), random(seed * 7919 + 1);
  std::normal_distribution<float> normal;
  std::vector<float> vector(kDim);
  for (float& value : vector) value = 2 * normal(cluster);
  for (float& value : vector) value += normal(random);
  return vector;
}

Chunk Point(uint64_t number, uint64_t seed) {
  Chunk chunk;
  chunk.id = "p" + std::to_string(number);
  chunk.text = "point";
  chunk.embedding = VectorOf(seed);
  chunk.attributes = {Value::Integer(static_cast<int64_t>(number) % kGroups)};
  return chunk;
}

// Points first, first + 1, ... in one transaction.
void Insert(Database& database, uint64_t first, uint64_t count, const std::string& collection = "points") {
  const auto transaction = database.Begin();
  for (uint64_t i = first; i < first + count; ++i) Ok(transaction->Insert(collection, Point(i, i)));
  Ok(transaction->Commit());
}

void Delete(Database& database, uint64_t number) {
  const auto transaction = database.Begin();
  const auto deleted = transaction->Delete("points", "p" + std::to_string(number));
  Ok(deleted.status());
  CHECK(*deleted);
  Ok(transaction->Commit());
}

SearchRequest Near(std::vector<float> vector, uint32_t k) {
  SearchRequest request;
  request.vector = std::move(vector);
  request.mode = quire::SearchMode::kVector;
  request.k = k;
  return request;
}

// What is wrong with an answer whatever its recall, with the number of matches there are; empty if nothing is.
std::string FaultOf(const std::vector<Hit>& hits, uint64_t k, uint64_t matches) {
  if (hits.size() != std::min(k, matches)) {
    return std::to_string(hits.size()) + " hits, expected " + std::to_string(std::min(k, matches));
  }
  std::set<quire::ChunkNumber> seen;
  for (size_t i = 0; i < hits.size(); ++i) {
    if (!seen.insert(hits[i].number).second) return "a hit twice";
    if (i > 0 && hits[i - 1].distance > hits[i].distance) return "hits out of order";
    if (i > 0 && hits[i - 1].distance == hits[i].distance && hits[i - 1].number > hits[i].number) {
      return "equal hits out of order";
    }
  }
  return {};
}

// Searches with filters and without against exact ones of the same reader.
void CheckSearches(const Database& database, double least_recall = 0.9) {
  const auto reader = database.reader();
  const uint64_t all = reader->GetCollection("points")->chunks;
  size_t common = 0, wanted = 0;
  for (uint64_t i = 0; i < 40; ++i) {
    SearchRequest request = Near(VectorOf(1'000'000 + i), i % 4 == 0 ? 200 : 10);
    request.recall_target = i % 2 == 0 ? 0.95 : 0.7;
    if (i % 4 == 3) {
      request.filter = Filter::Compare(i % 8 == 3 ? Filter::Op::kLess : Filter::Op::kEqual, "part", Value::Integer(4));
    }
    const auto count = reader->Count("points", request.filter);
    Ok(count.status());
    const uint64_t matches = i % 4 == 3 ? *count : all;
    const auto found = reader->Search("points", request);
    request.exact = true;
    const auto exact = reader->Search("points", request);
    Ok(found.status());
    Ok(exact.status());
    CHECK(FaultOf(*found, request.k, matches) == "");
    for (const Hit& hit : *found) {
      const auto at = std::find_if(exact->begin(), exact->end(), [&](const Hit& e) { return e.number == hit.number; });
      if (at == exact->end()) continue;
      CHECK(at->distance == hit.distance);
      ++common;
    }
    wanted += exact->size();
  }
  CHECK(static_cast<double>(common) >= least_recall * static_cast<double>(wanted));
}

std::vector<std::vector<quire::ChunkNumber>> Answers(const Database& database) {
  std::vector<std::vector<quire::ChunkNumber>> answers;
  for (uint64_t i = 0; i < 50; ++i) {
    const auto hits = database.reader()->Search("points", Near(VectorOf(2'000'000 + i), 10));
    Ok(hits.status());
    answers.emplace_back();
    for (const Hit& hit : *hits) answers.back().push_back(hit.number);
  }
  return answers;
}

IndexInfo IndexOf(const Database& database, const std::string& collection = "points") {
  for (const IndexInfo& info : database.ListIndexes()) {
    CHECK(info.fault.empty());
    if (info.collection == collection) return info;
  }
  FAIL("no index of " << collection);
  return {};
}

// The last job of a kind.
quire::JobInfo JobOf(const Database& database, const std::string& kind) {
  quire::JobInfo last;
  for (const quire::JobInfo& job : database.ListJobs()) {
    if (job.kind == kind && job.id >= last.id) last = job;
  }
  return last;
}

void CheckIsClean(const Database& database) {
  const auto faults = database.Check();
  Ok(faults.status());
  for (const std::string& fault : *faults) UNSCOPED_INFO(fault);
  CHECK(faults->empty());
}

// The hit nearest to a vector, by its id.
std::string NearestId(const Database& database, const std::vector<float>& vector) {
  const auto reader = database.reader();
  const auto hits = reader->Search("points", Near(vector, 1));
  Ok(hits.status());
  REQUIRE(hits->size() == 1);
  return reader->Get("points", (*hits)[0].number, {})->id;
}

}  // namespace

TEST_CASE("links are made by a job, and every change shows at once", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire", 0);
  Create(*database);
  Insert(*database, 0, 4000);
  CHECK(JobOf(*database, "link").id == 0);  // too few
  Insert(*database, 4000, 2000);
  CHECK(JobOf(*database, "link").state == "waiting");
  CHECK(IndexOf(*database).edition == 0);
  CheckSearches(*database);
  Ok(database->RunJobs());
  CHECK(JobOf(*database, "link").state == "done");
  CHECK(JobOf(*database, "link").progress == 1);
  const IndexInfo linked = IndexOf(*database);
  CHECK(linked.edition == 1);
  CHECK(linked.vectors == 6000);
  CHECK(linked.linked == 6000);
  CHECK(linked.dead == 0);
  CHECK(linked.lag == 0);
  CheckSearches(*database);
  CheckIsClean(*database);

  auto before = database->reader();
  CHECK(NearestId(*database, VectorOf(77)) == "p77");
  Delete(*database, 77);
  CHECK(NearestId(*database, VectorOf(77)) != "p77");
  CHECK((*before->Search("points", Near(VectorOf(77), 1)))[0].distance < 0.1);  // a reader keeps its moment
  before.reset();
  {
    const auto transaction = database->Begin();
    Ok(transaction->Put("points", Point(78, 5'000'000)));
    Ok(transaction->Commit());
  }
  CHECK(NearestId(*database, VectorOf(78)) != "p78");
  CHECK(NearestId(*database, VectorOf(5'000'000)) == "p78");
  Insert(*database, 6000, 300);
  CHECK(NearestId(*database, VectorOf(6123)) == "p6123");
  CHECK(IndexOf(*database).dead == 2);
  CHECK(IndexOf(*database).lag == 301);
  CheckSearches(*database);

  const auto answers = Answers(*database);
  database.reset();
  database = OpenAt(directory / "test.quire", 0);
  CHECK(IndexOf(*database).edition == 1);
  CHECK(IndexOf(*database).linked == 5998);
  CHECK(IndexOf(*database).lag == 301);
  CHECK(Answers(*database) == answers);
  CheckSearches(*database);
  CheckIsClean(*database);
  Insert(*database, 7000, 1800);  // enough to link anew
  Ok(database->RunJobs());
  CHECK(IndexOf(*database).edition == 2);
  CHECK(IndexOf(*database).linked == 8099);
  CHECK(IndexOf(*database).dead == 0);
  CheckSearches(*database);
  CheckIsClean(*database);
}

TEST_CASE("one commit of many is linked by the thread of the background", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire", 1);
  Create(*database);
  Insert(*database, 0, 5000);
  Ok(database->RunJobs());  // waits
  CHECK(IndexOf(*database).linked == 5000);
  CheckSearches(*database);
}

TEST_CASE("links of a collection that is dropped are not made, or go with it", "[db]") {
  quire::testing::TemporaryDirectory directory;
  const uint32_t threads = GENERATE(0u, 1u);
  auto database = OpenAt(directory / "test.quire", threads);
  Create(*database, "other");
  Create(*database);
  Insert(*database, 0, 4500);
  Ok(database->DropCollection("points"));
  Create(*database);
  Insert(*database, 0, 4200);
  Insert(*database, 0, 100, "other");
  Ok(database->RunJobs());
  CHECK(JobOf(*database, "link").state == "done");
  CHECK(JobOf(*database, "reclaim").state == "done");
  CHECK(IndexOf(*database).linked == 4200);
  CHECK(IndexOf(*database, "other").edition == 0);
  CheckSearches(*database);
  CheckIsClean(*database);
}

TEST_CASE("a cancelled job leaves the index as it was, and the next commit asks again", "[db]") {
  quire::testing::TemporaryDirectory directory;
  const uint32_t threads = GENERATE(0u, 1u);
  CAPTURE(threads);
  auto database = OpenAt(directory / "test.quire", threads);
  Create(*database);
  Insert(*database, 0, 6000);
  if (threads > 0) {  // while it runs
    while (JobOf(*database, "link").state == "waiting") std::this_thread::yield();
  }
  const auto cancelled = database->CancelJob(JobOf(*database, "link").id);
  CHECK((cancelled.ok() || cancelled.code() == Code::kNotFound));
  Ok(threads == 0 ? database->RunJobs() : quire::Status());
  while (JobOf(*database, "link").state == "running") std::this_thread::yield();
  CHECK(JobOf(*database, "link").state == (cancelled.ok() ? "cancelled" : "done"));
  if (cancelled.ok()) CHECK(IndexOf(*database).edition == 0);
  CheckSearches(*database);
  CHECK(database->CancelJob(JobOf(*database, "link").id).code() == Code::kNotFound);
  Insert(*database, 6000, 1);
  Ok(database->RunJobs());
  CHECK(IndexOf(*database).linked + IndexOf(*database).lag == 6001);
  CHECK(IndexOf(*database).edition == 1);
  CheckSearches(*database);
  CheckIsClean(*database);
}

TEST_CASE("a database that is closed while links are made opens without them, and makes them", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire", 1);
  Create(*database);
  Insert(*database, 0, 6000);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  Ok(database->Flush());
  database.reset();
  database = OpenAt(directory / "test.quire", 1);
  CheckSearches(*database);
  Ok(database->RunJobs());
  CHECK(IndexOf(*database).linked == 6000);
  CheckSearches(*database);
  CheckIsClean(*database);
}

TEST_CASE("damaged links are named by Check, left out of answers and made anew", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire", 0);
  Create(*database);
  Insert(*database, 0, 5000);
  Ok(database->RunJobs());
  CheckIsClean(*database);
  database.reset();
  {
    quire::Options options;
    const auto store = quire::storage::Store::Open(directory / "test.quire", options);
    Ok(store.status());
    const auto snapshot = (*store)->snapshot();
    const std::string key = quire::storage::LinksPartKey(1, 1, 1, 3);
    std::string value;
    REQUIRE(*snapshot->Get(quire::storage::Family::kCode, key, &value));
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    quire::storage::Batch batch;
    batch.Put(quire::storage::Family::kCode, key, value);
    Ok((*store)->Commit(std::move(batch)));
  }
  database = OpenAt(directory / "test.quire", 0);
  const auto faults = database->Check();
  Ok(faults.status());
  REQUIRE(faults->size() == 1);
  CHECK((*faults)[0].find("collection 'points': vector index 1/") == 0);
  CHECK((*faults)[0].find("links, part 3: checksum does not match") != std::string::npos);
  CheckSearches(*database);  // from disk, by the leaves, which are whole
  static_cast<void>(database->reader());
  Ok(database->RunJobs());   // codes are read; the damage is found
  CHECK(IndexOf(*database).edition == 2);
  CHECK(IndexOf(*database).linked == 5000);
  CheckIsClean(*database);
}

TEST_CASE("readers search while a writer changes and links are made beside", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire", 1);
  Create(*database);
  Insert(*database, 0, 4300);
  database->SetSync(quire::Sync::kNormal);  // in the mode for bulk loads links would wait for the end
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> searches = 0;
  std::vector<std::string> faults[2];
  std::vector<std::thread> readers;
  for (uint64_t r = 0; r < 2; ++r) {
    readers.emplace_back([&, r] {
      std::mt19937_64 random(r);
      while (!stop && faults[r].empty()) {
        const auto reader = database->reader();
        SearchRequest request = Near(VectorOf(random() % 10'000), 1 + static_cast<uint32_t>(random() % 60));
        if (random() % 4 == 0) {
          request.filter = Filter::Compare(Filter::Op::kLess, "part", Value::Integer(int64_t(random() % 10)));
        }
        const auto matches = reader->Count("points", request.filter);
        const auto hits = reader->Search("points", request);
        if (!matches.ok() || !hits.ok()) {
          faults[r].push_back(hits.status().ToString());
        } else if (const std::string fault = FaultOf(*hits, request.k, *matches); !fault.empty()) {
          faults[r].push_back(fault);
        }
        ++searches;
      }
    });
  }
  std::mt19937_64 random(7);
  std::set<uint64_t> live;
  for (uint64_t i = 0; i < 4300; ++i) live.insert(i);
  uint64_t next = 4300;
  // Until links were made twice, however slow the machine.
  for (int commit = 0; commit < 60 || (commit < 600 && IndexOf(*database).edition < 2); ++commit) {
    const auto transaction = database->Begin();
    for (uint64_t count = random() % 150; count > 0; --count) {
      const auto victim = live.lower_bound(random() % next);
      if (victim == live.end()) continue;
      CHECK(*transaction->Delete("points", "p" + std::to_string(*victim)));
      live.erase(victim);
    }
    for (uint64_t count = random() % 200; count > 0; --count) {
      Ok(transaction->Insert("points", Point(next, next)));
      live.insert(next++);
    }
    Ok(transaction->Commit());
    if (!live.empty()) CHECK(NearestId(*database, VectorOf(*live.rbegin())) == "p" + std::to_string(*live.rbegin()));
  }
  while (searches < 200) std::this_thread::yield();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  for (const auto& of_reader : faults) CHECK(of_reader == std::vector<std::string>());
  Ok(database->RunJobs());
  const IndexInfo info = IndexOf(*database);
  CHECK(info.edition > 1);
  CHECK(info.vectors == live.size());
  CHECK(info.linked + info.lag == live.size());
  CHECK(JobOf(*database, "link").state == "done");
  CheckSearches(*database);
  CheckIsClean(*database);
}

TEST_CASE("the recall of searches is measured beside them", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire", 0);
  Create(*database);
  Insert(*database, 0, 6000);
  Ok(database->RunJobs());
  CHECK(IndexOf(*database).recall_samples == 0);
  for (uint64_t i = 0; i < 130; ++i) Ok(database->reader()->Search("points", Near(VectorOf(i + 50'000), 10)).status());
  CHECK(JobOf(*database, "recall").state == "waiting");
  Delete(*database, 3);  // what was asked is asked again of the moment it was asked of
  Ok(database->RunJobs());
  CHECK(JobOf(*database, "recall").state == "done");
  const IndexInfo info = IndexOf(*database);
  CHECK(info.recall_samples >= 1);
  CHECK(info.recall >= 0.5);
  CHECK(info.recall <= 1);
}
