// A process is killed while it builds, compares, switches to, rolls back and drops generations of the vector index it writes.
//
// Whatever it was at, one complete generation serves, with whole transactions in it; the other one, if there is one, is as
// far as its role says; and what was begun goes on.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <random>
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

// Something that can be done with the generations there are. Jobs do the same beside it: refusals are no failures.
Status Meddle(Database& database, std::mt19937_64* random) {
  QUIRE_ASSIGN_OR_RETURN(const auto list, database.ListGenerations("points"));
  const uint64_t dice = (*random)() % 12;
  Status status;
  if (list.size() == 1) {
    status = database.StartRebuild("points", {.switch_when_ready = dice % 2 == 0});
  } else if (list[1].role == "ready") {
    if (dice < 4) status = database.SwitchGeneration("points");
  } else if (list[1].role == "previous") {
    if (dice < 3) status = database.RollBackGeneration("points");
    if (dice > 7) status = database.DropGeneration("points");
  } else if (dice == 0) {
    status = database.DropGeneration("points");
  } else if (dice == 1) {
    for (const JobInfo& job : database.ListJobs()) {
      if (job.kind == "rebuild" && job.state == "running") status = database.CancelJob(job.id);
    }
  } else if (dice == 2) {
    status = database.StartRebuild("points", {});
  }
  for (const Code refusal : {Code::kInvalidArgument, Code::kNotFound, Code::kBusy, Code::kAlreadyExists}) {
    if (status.code() == refusal) return {};
  }
  return status;
}

TEST_CASE("crash child: builds generations until it is killed", "[.]") {
  std::mt19937_64 random{std::random_device()()};
  WritePoints([&](Database& database, uint64_t) { return Meddle(database, &random); });
}

std::vector<GenerationInfo> Generations(const Database& database) {
  auto list = database.ListGenerations("points");
  CheckOk(list.status());
  return *std::move(list);
}

// The generations of which anything is stored.
std::set<uint32_t> StoredGenerations(const std::string& path) {
  Options options;
  options.read_only = true;
  const auto store = storage::Store::Open(path, options);
  CheckOk(store.status());
  std::set<uint32_t> generations;
  const auto snapshot = (*store)->snapshot();
  const size_t place = storage::CollectionPrefix('R', 0).size();
  for (const auto family : {storage::Family::kMeta, storage::Family::kTree, storage::Family::kPosting,
                            storage::Family::kCode, storage::Family::kRaw}) {
    for (storage::Cursor cursor = snapshot->Scan(family, "", ""); cursor.Valid(); cursor.Next()) {
      if (family == storage::Family::kMeta && cursor.key()[0] != 'I' && cursor.key()[0] != 'Z') continue;
      generations.insert(ReadBigEndian<uint32_t>(cursor.key().substr(place)));
    }
  }
  return generations;
}

void CheckGenerations(const Database& database, uint64_t vectors) {
  const auto list = Generations(database);
  CHECK(list[0].vectors == vectors);
  if (list.size() == 1) return;
  CHECK(list[1].vectors <= vectors);
  if (list[1].role != "filling") CHECK(list[1].vectors == vectors);
}

// Compares what a killed child left, finishes what it was at and makes the other generation serve. Gives how many
// transactions are there, and counts in what role the second generation was found.
uint64_t Verify(const std::string& path, uint64_t seed, uint64_t acknowledged, std::map<std::string, uint64_t>* roles) {
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
  CheckGenerations(**database, points.live().size() + (present > 0 ? 1 : 0));
  if (present > 0) CheckSearches(**database, present);
  const auto left = Generations(**database);
  ++(*roles)[left.size() == 1 ? "none" : left[1].role];

  CheckOk(points.Execute(**database));  // while the second one may be half full
  CheckIsClean(**database);
  CheckOk((*database)->RunJobs());
  CheckGenerations(**database, points.live().size() + 1);
  auto list = Generations(**database);
  if (list.size() == 2) {
    CHECK(list[1].role != "filling");
    CheckOk(list[1].role == "ready" ? (*database)->SwitchGeneration("points") : (*database)->RollBackGeneration("points"));
    CHECK(Generations(**database)[0].number == list[1].number);
    list = Generations(**database);
    CheckOk(points.Execute(**database));
    if (points.done() % 2 == 0) {
      CheckOk((*database)->DropGeneration("points"));
      list.pop_back();
    }
    CheckOk((*database)->RunJobs());
  }
  CHECK(Ids(*(*database)->reader()) == points.live());
  CheckIsClean(**database);
  CheckGenerations(**database, points.live().size() + 1);
  CheckSearches(**database, present);
  std::set<uint32_t> numbers;
  for (const GenerationInfo& one : list) numbers.insert(one.number);
  CHECK(StoredGenerations(path) == numbers);
  return points.done();
}

// Where a child may be killed: in each step of a rebuild, where space is given back, or anywhere.
Kill DrawKill(std::mt19937_64* random) {
  const uint64_t dice = (*random)() % 10;
  if (dice >= 8) return {.after = std::chrono::microseconds((*random)() % 1'500'000)};
  // Begun, filling, filled, linking, links stored, links attached or comparing, compared.
  constexpr double kSteps[] = {0, 0.05, 0.4, 0.6, 0.885, 0.9, 0.95};
  const std::chrono::microseconds after((*random)() % 2 * ((*random)() % 5'000));
  if (dice == 7) return {.kind = "reclaim", .progress = 0, .after = after};
  return {.kind = "rebuild", .progress = kSteps[dice], .after = after};
}

TEST_CASE("crash generations: one complete generation serves after SIGKILL", "[generations]") {
  const Rounds rounds;
  std::mt19937_64 random(rounds.seed);
  const TemporaryDirectory directory;
  uint64_t present = 0;
  std::map<std::string, uint64_t> roles;
  const uint64_t count = std::max<uint64_t>(1, rounds.count / 3);  // each takes some seconds
  for (uint64_t round = 0; round < count; ++round) {
    const std::string path = directory / ("round" + std::to_string(round / 10) + ".quire");
    if (round % 10 == 0) present = 0;
    const uint64_t seed = rounds.seed + round / 10;
    const Kill kill = DrawKill(&random);
    CAPTURE(round, present, kill.kind, kill.progress, kill.after.count());
    present += RunChild("crash child: builds generations until it is killed", path, seed, present,
                        static_cast<Sync>(random() % 3), kill);
    present = Verify(path, seed, present, &roles);
  }
  std::string found;
  for (const auto& [role, times] : roles) found += " " + role + " " + std::to_string(times);
  WARN("the second generation was:" << found);
  CHECK((count < 4 || roles["none"] < count));
}

}  // namespace
}  // namespace quire::crash
