// A process is killed while links are made of what it writes, at random moments and at those in which they are stored.
//
// What the links were made of must be there, whole transactions of it; links may be there, be old, or be missing, and no
// answer may show which. As in crash_test.cc the parent knows from the seed what each transaction does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <set>

#include "engine/storage/keys.h"
#include "engine/storage/store.h"
#include "quire/database.h"
#include "tests/crash/environment.h"
#include "tests/crash/points.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::crash {
namespace {

using quire::testing::TemporaryDirectory;

TEST_CASE("crash child: writes points until it is killed", "[.]") {
  WritePoints([](Database&, uint64_t) { return Status(); });
}

IndexInfo IndexOf(const Database& database) {
  const auto list = database.ListIndexes();
  REQUIRE(list.size() == 1);
  CHECK(list[0].fault.empty());
  CHECK(list[0].linked + (list[0].edition == 0 ? 0 : list[0].lag) == (list[0].edition == 0 ? 0 : list[0].vectors));
  return list[0];
}

// The editions of links of which there are stored parts. Empty before there is a database.
std::set<uint32_t> StoredEditions(const std::string& path) {
  Options options;
  options.read_only = true;
  const auto store = storage::Store::Open(path, options);
  std::set<uint32_t> editions;
  if (!store.ok()) return editions;
  const size_t prefix = storage::IndexPrefix('K', 0, 0).size();
  const auto snapshot = (*store)->snapshot();
  for (storage::Cursor cursor = snapshot->ScanPrefix(storage::Family::kCode, "K"); cursor.Valid(); cursor.Next()) {
    editions.insert(ReadBigEndian<uint32_t>(cursor.key().substr(prefix)));
  }
  return editions;
}

// How often the child was killed at what.
struct Moments {
  uint64_t linked = 0;      // there were links
  uint64_t unfinished = 0;  // an edition was stored and not attached, or one that was replaced was not reclaimed
};

// Compares what a killed child left, then goes on until links are made anew. Gives how many transactions are there.
uint64_t Verify(const std::string& path, uint64_t seed, uint64_t acknowledged, Moments* moments) {
  const std::set<uint32_t> editions = StoredEditions(path);
  Options options;
  options.sync = Sync::kNormal;
  options.background_threads = 0;
  const auto database = Database::Open(path, options);
  CheckOk(database.status());
  CheckOk(CreatePoints(**database));
  const uint64_t present = CountDone(*(*database)->reader());
  REQUIRE(acknowledged <= present);
  REQUIRE(present <= acknowledged + 1);
  Points points(seed);
  points.SkipTo(present);
  CHECK(Ids(*(*database)->reader()) == points.live());
  CheckIsClean(**database);
  const IndexInfo left = IndexOf(**database);
  CHECK(editions.contains(left.edition) == (left.edition > 0));
  moments->linked += left.edition > 0 ? 1 : 0;
  moments->unfinished += editions.size() > (left.edition > 0 ? 1 : 0) ? 1 : 0;
  if (present > 0) CheckSearches(**database, present);

  const auto is_link = [](const JobInfo& job) { return job.kind == "link" && job.state == "waiting"; };
  for (auto jobs = (*database)->ListJobs(); std::none_of(jobs.begin(), jobs.end(), is_link);
       jobs = (*database)->ListJobs()) {
    CheckOk(points.Execute(**database));
  }
  CheckOk((*database)->RunJobs());
  const IndexInfo now = IndexOf(**database);
  CHECK(now.edition == left.edition + 1);
  CHECK(now.dead == 0);
  CHECK(now.linked == now.vectors);
  CheckSearches(**database, present);
  CHECK(StoredEditions(path) == std::set<uint32_t>{now.edition});
  return points.done();
}

TEST_CASE("crash links: what links were made of is there after SIGKILL, and answers do not show it", "[links]") {
  const Rounds rounds;
  std::mt19937_64 random(rounds.seed);
  const TemporaryDirectory directory;
  uint64_t present = 0;
  Moments moments;
  for (uint64_t round = 0; round < rounds.count; ++round) {
    const std::string path = directory / ("round" + std::to_string(round / 10) + ".quire");
    if (round % 10 == 0) present = 0;
    const uint64_t seed = rounds.seed + round / 10;
    // From outside at any time; early, in the middle, when links are about to be stored, are stored, are attached.
    const double at = std::vector<double>{-1, 0, 0.5, 0.96, 0.97, 0.98}[random() % 6];
    const uint64_t after = at < 0 ? random() % 800'000 : random() % 2 * (random() % 5'000);
    CAPTURE(round, present, at, after);
    const uint64_t acknowledged =
        RunChild("crash child: writes points until it is killed", path, seed, present, static_cast<Sync>(random() % 3),
                 {.kind = at < 0 ? "" : "link", .progress = at, .after = std::chrono::microseconds(after)});
    present = Verify(path, seed, present + acknowledged, &moments);
  }
  WARN("links were there " << moments.linked << " times, an edition too many " << moments.unfinished << " times");
  CHECK(moments.linked > rounds.count / 4);
}

}  // namespace
}  // namespace quire::crash
