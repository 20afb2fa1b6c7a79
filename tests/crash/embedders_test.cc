// A process is killed while it trains, fills, compares, switches, rolls back and drops generations of other embedders.
//
// Whatever it was at, one complete generation serves, with whole transactions in it, every chunk is found by its own text in every
// generation that is complete, and what was begun goes on.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "quire/database.h"
#include "tests/crash/environment.h"
#include "tests/crash/pairs.h"
#include "tests/crash/points.h"
#include "tests/unit/support/child_process.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::crash {
namespace {

using quire::testing::ChildArgument;
using quire::testing::ChildProcess;
using quire::testing::TellParent;
using quire::testing::TemporaryDirectory;

constexpr uint64_t kFirstCount = 900;  // enough to be trained on
constexpr const char* kCollection = "texts";

std::string TextOf(uint64_t number) {
  constexpr std::string_view kWords[] = {"server", "key", "bread", "oven", "page", "token", "flour", "answer", "index", "chunk"};
  std::mt19937_64 random(number);
  std::string text = "text number " + std::to_string(number) + ":";
  for (int i = 0; i < 12; ++i) text.append(" ").append(kWords[random() % 10]).append(std::to_string(random() % 90));
  return text;
}

Options OptionsWith(Sync sync, uint32_t threads) {
  Options options;
  options.sync = sync;
  options.background_threads = threads;
  options.embedders = {std::make_shared<Pairs>("a", 96, 7), std::make_shared<Pairs>("b", 160, 11)};
  return options;
}

// What transaction number `done` does: equal seeds do the same.
Status Execute(Database& database, uint64_t seed, uint64_t done) {
  std::mt19937_64 random(seed * 1000 + done);
  const uint64_t first = done == 0 ? 0 : kFirstCount + (done - 1) * 40;
  const auto transaction = database.Begin();
  for (uint64_t i = first; i < first + (done == 0 ? kFirstCount : 40); ++i) {
    QUIRE_RETURN_IF_ERROR(transaction->Insert(kCollection, {.id = std::to_string(i), .text = TextOf(i)}));
  }
  for (int i = 0; i < 30 && done > 0; ++i) {
    QUIRE_RETURN_IF_ERROR(transaction->Delete(kCollection, std::to_string(random() % first)).status());
  }
  QUIRE_RETURN_IF_ERROR(transaction->Put(kCollection, {.id = "done", .text = "done " + std::to_string(done + 1) + " times so far"}));
  return transaction->Commit();
}

Status Create(Database& database, uint64_t seed) {
  if (database.reader()->GetCollection(kCollection).ok()) return {};
  return database.CreateCollection({.name = kCollection, .embedder = seed % 2 == 0 ? "builtin" : "a"});
}

Status Meddle(Database& database, std::mt19937_64* random) {
  QUIRE_ASSIGN_OR_RETURN(const auto list, database.ListGenerations(kCollection));
  const uint64_t dice = (*random)() % 12;
  Status status;
  if (list.size() == 1) {
    constexpr const char* kTargets[] = {"a", "b", "hashed", "trained"};
    status = database.StartRebuild(kCollection, {.switch_when_ready = dice % 2 == 0, .embedder = kTargets[(*random)() % 4]});
  } else if (list[1].role == "ready") {
    if (dice < 6) status = database.SwitchGeneration(kCollection);
  } else if (list[1].role == "previous") {
    if (dice < 4) status = database.RollBackGeneration(kCollection);
    if (dice > 6) status = database.DropGeneration(kCollection);
  } else if (dice == 0) {
    status = database.DropGeneration(kCollection);
  }
  for (const Code refusal : {Code::kInvalidArgument, Code::kNotFound, Code::kBusy, Code::kAlreadyExists}) {
    if (status.code() == refusal) return {};
  }
  return status;
}

void KillSelf(const Database& database, const std::string& kind, double progress) {
  while (true) {
    for (const JobInfo& job : database.ListJobs()) {
      if (job.kind == kind && job.state == "running" && job.progress >= progress) ::raise(SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

TEST_CASE("crash child: moves between embedders until it is killed", "[.]") {
  const uint64_t seed = std::stoull(ChildArgument("QUIRE_CHILD_SEED"));
  const std::string kind = ChildArgument("QUIRE_CHILD_KILL_KIND");
  std::mt19937_64 random{std::random_device()()};
  const auto work = [&]() -> Status {
    QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(ChildArgument("QUIRE_CHILD_PATH"), OptionsWith(Sync::kNormal, 1)));
    QUIRE_RETURN_IF_ERROR(Create(*database, seed));
    if (!kind.empty()) std::thread(KillSelf, std::cref(*database), kind, std::stod(ChildArgument("QUIRE_CHILD_KILL_AT"))).detach();
    for (uint64_t done = std::stoull(ChildArgument("QUIRE_CHILD_DONE"));; ++done) {
      QUIRE_RETURN_IF_ERROR(Execute(*database, seed, done));
      if (!TellParent("+")) return Status(Code::kIoError, "the parent is gone");
      QUIRE_RETURN_IF_ERROR(Meddle(*database, &random));
      std::this_thread::sleep_for(std::chrono::milliseconds(30));  // jobs, not commits, are what is killed
    }
  };
  TellParent("!" + work().ToString());
}

uint64_t CountTransactions(const Database& database) {
  if (database.reader()->ListCollections().empty()) return 0;
  const auto number = database.reader()->Find(kCollection, "done");
  CheckOk(number.status());
  return *number ? std::stoull(database.reader()->Get(kCollection, **number, {})->text.substr(5)) : 0;
}

// All that is stored agrees, and chunks are found by their own texts.
void CheckServing(const Database& database) {
  const auto faults = database.Check();
  CheckOk(faults.status());
  for (const std::string& fault : *faults) FAIL_CHECK(fault);
  const auto reader = database.reader();
  const auto cursor = reader->Scan(kCollection, Filter(), {});
  CheckOk(cursor.status());
  size_t count = 0;
  for (Chunk chunk;; ++count) {
    const auto more = (*cursor)->Next(&chunk);
    CheckOk(more.status());
    if (!*more) break;
    if (count % 53 != 0) continue;
    const auto hits = reader->Search(kCollection, {.text = chunk.text, .mode = SearchMode::kVector, .k = 3, .exact = true});
    CheckOk(hits.status());
    CHECK((*hits)[0].distance < 1e-3);
  }
  CHECK(count == reader->GetCollection(kCollection)->chunks);
}

uint64_t Verify(const std::string& path, uint64_t seed, uint64_t acknowledged, std::map<std::string, uint64_t>* found) {
  const auto database = Database::Open(path, OptionsWith(Sync::kNormal, 0));
  CheckOk(database.status());
  CheckOk(Create(**database, seed));
  const uint64_t present = CountTransactions(**database);
  REQUIRE(acknowledged <= present);
  REQUIRE(present <= acknowledged + 1);
  CheckServing(**database);
  const auto left = (*database)->ListGenerations(kCollection);
  CheckOk(left.status());
  ++(*found)[left->size() == 1 ? "none" : (*left)[1].role];
  CheckOk(Execute(**database, seed, present));  // while the second one may be half full
  CheckServing(**database);
  CheckOk((*database)->RunJobs());
  CheckServing(**database);
  const auto list = (*database)->ListGenerations(kCollection);
  CheckOk(list.status());
  if (list->size() == 2) {
    CHECK((*list)[1].role != "filling");
    CheckOk((*list)[1].role == "ready" ? (*database)->SwitchGeneration(kCollection) : (*database)->RollBackGeneration(kCollection));
    CheckServing(**database);
  }
  return present + 1;
}

TEST_CASE("crash embedders: one complete generation serves after SIGKILL", "[embedders]") {
  const Rounds rounds;
  std::mt19937_64 random(rounds.seed);
  const TemporaryDirectory directory;
  uint64_t present = 0;
  std::map<std::string, uint64_t> found;
  const uint64_t count = std::max<uint64_t>(1, rounds.count / 3);
  for (uint64_t round = 0; round < count; ++round) {
    const std::string path = directory / ("round" + std::to_string(round / 6) + ".quire");
    if (round % 6 == 0) present = 0;
    const uint64_t seed = rounds.seed + round / 6, dice = random() % 10;
    // In training, begun, filling, filled, compared; or anywhere.
    constexpr double kSteps[] = {0.05, 0.5, 0, 0.01, 0.2, 0.4, 0.95};
    const std::string kind = dice < 2 ? "train" : dice < 7 ? "rebuild" : "";
    const double at = dice < 7 ? kSteps[dice] : 0;
    CAPTURE(round, present, kind, at, seed);
    ChildProcess child("crash child: moves between embedders until it is killed",
                       {{"QUIRE_CHILD_PATH", path},
                        {"QUIRE_CHILD_SEED", std::to_string(seed)},
                        {"QUIRE_CHILD_DONE", std::to_string(present)},
                        {"QUIRE_CHILD_KILL_KIND", kind},
                        {"QUIRE_CHILD_KILL_AT", std::to_string(at)}});
    REQUIRE(child.started());
    std::string output = child.Read(60'000);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kind.empty() ? random() % 3 : 6);
    while (std::chrono::steady_clock::now() < deadline) {  // a step may not come: then from outside
      const auto asked = std::chrono::steady_clock::now();
      const std::string more = child.Read(100);
      output += more;
      if (more.empty() && std::chrono::steady_clock::now() - asked < std::chrono::milliseconds(50)) break;  // it is dead
    }
    child.Kill();
    output += child.ReadToEnd();
    INFO(output);
    REQUIRE(output.find('!') == std::string::npos);
    present = Verify(path, seed, present + output.size(), &found);
  }
  std::string roles;
  for (const auto& [role, times] : found) roles += " " + role + " " + std::to_string(times);
  WARN("the second generation was:" << roles);
}

}  // namespace
}  // namespace quire::crash
