// A database whose vector index does not fit its memory limit: opened, searched, changed and opened again.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "quire/database.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Chunk;
using quire::Database;
using quire::Hit;

constexpr uint32_t kDim = 128;
constexpr uint64_t kChunks = 6000;
constexpr uint64_t kMiB = 1 << 20;

void Ok(const quire::Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

std::vector<float> VectorOf(uint64_t number) {
  std::mt19937_64 cluster(number % 60), own(number + 1000);
  std::normal_distribution<float> normal;
  std::vector<float> vector(kDim);
  for (float& value : vector) value = 2 * normal(cluster);
  for (float& value : vector) value += normal(own);
  return vector;
}

class Residence {
 public:
  explicit Residence(uint64_t memory_limit) : memory_limit_(memory_limit) { Open(); }

  void Open() {
    database_.reset();
    quire::Options options;
    options.sync = quire::Sync::kOff;
    options.background_threads = 0;
    options.memory_limit_bytes = memory_limit_;
    auto database = Database::Open(directory_ / "db", options);
    Ok(database.status());
    database_ = std::move(database).value();
  }
  void Fill() {
    quire::CollectionSchema schema;
    schema.name = "points";
    schema.metric = quire::Metric::kL2;
    schema.embedder = "none";
    schema.dim = kDim;
    Ok(database_->CreateCollection(schema));
    Insert(0, kChunks);
    Ok(database_->RunJobs());
  }
  void Insert(uint64_t first, uint64_t count) {
    const auto transaction = database_->Begin();
    for (uint64_t i = first; i < first + count; ++i) {
      Chunk chunk;
      chunk.id = "p" + std::to_string(i);
      chunk.text = "point";
      chunk.embedding = VectorOf(i);
      Ok(transaction->Insert("points", std::move(chunk)));
    }
    Ok(transaction->Commit());
  }
  void Delete(uint64_t number) {
    const auto transaction = database_->Begin();
    const auto deleted = transaction->Delete("points", "p" + std::to_string(number));
    Ok(deleted.status());
    REQUIRE(*deleted);
    Ok(transaction->Commit());
  }

  // The mean share of the ten nearest that are found, over some queries.
  double Recall() const {
    const auto reader = database_->reader();
    size_t found = 0, wanted = 0;
    for (uint64_t query = 0; query < 40; ++query) {
      const std::vector<float> vector = VectorOf(query * 131 + 7);
      const auto exact = reader->Search("points", {.vector = vector, .mode = quire::SearchMode::kVector, .exact = true});
      const auto hits = reader->Search("points", {.vector = vector, .mode = quire::SearchMode::kVector});
      Ok(exact.status());
      Ok(hits.status());
      REQUIRE(hits->size() == 10);
      for (const Hit& hit : *hits) {
        found += static_cast<size_t>(std::count_if(exact->begin(), exact->end(), [&](const Hit& true_one) {
          return true_one.number == hit.number;
        }));
      }
      wanted += exact->size();
    }
    return static_cast<double>(found) / static_cast<double>(wanted);
  }

  uint64_t memory() const {
    const auto list = database_->ListIndexes();
    return list.front().memory_bytes;
  }
  Database& database() { return *database_; }

 private:
  quire::testing::TemporaryDirectory directory_;
  const uint64_t memory_limit_;
  std::unique_ptr<Database> database_;
};

}  // namespace

TEST_CASE("db: an index opens from disk, and what fits its limit is read in", "[db]") {
  // All of it; links without codes, once there is more; the tree alone.
  const auto [limit, all, most] = GENERATE(table<uint64_t, bool, uint64_t>(
      {{256 * kMiB, true, 64 * kMiB}, {5 * kMiB, false, 3 * kMiB}, {2 * kMiB, false, 100 << 10}}));
  INFO("limit " << limit);
  Residence residence(limit);
  residence.Fill();
  CHECK(residence.Recall() > 0.9);
  residence.Open();
  CHECK(residence.Recall() > 0.9);
  CHECK(residence.memory() < 100 << 10);
  // Changes before anything was read in.
  residence.Insert(kChunks, 200);
  for (uint64_t number = 0; number < 300; number += 3) residence.Delete(number);
  CHECK(residence.Recall() > 0.9);
  Ok(residence.database().RunJobs());
  CHECK((residence.memory() > 4 * kMiB) == all);
  CHECK(residence.memory() < most);
  CHECK(residence.Recall() > 0.9);
  residence.Open();
  CHECK(residence.Recall() > 0.9);
  Ok(residence.database().RunJobs());
  CHECK(residence.Recall() > 0.9);
  const auto faults = residence.database().Check();
  Ok(faults.status());
  CHECK(faults->empty());
}
