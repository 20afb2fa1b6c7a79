// A writing process is killed at a random moment, and what it leaves is compared with what it must have written.
//
// The child runs the transactions of a seed and writes a '+' after each commit; the parent knows the seed, so that it
// knows what the database must hold after any number of them. acknowledged <= present <= attempted, and everything of
// a transaction or nothing. QUIRE_CRASH_ROUNDS (20) and QUIRE_SEED (random) are taken from the environment.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "tests/crash/environment.h"
#include "tests/crash/verify.h"
#include "tests/unit/support/child_process.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::crash {
namespace {

using quire::testing::ChildArgument;
using quire::testing::ChildProcess;
using quire::testing::TellParent;
using quire::testing::TemporaryDirectory;

Status CreateCollections(Database& database) {
  for (const CollectionSchema& schema : Schemas()) {
    if (database.reader()->GetCollection(schema.name).ok()) continue;
    QUIRE_RETURN_IF_ERROR(database.CreateCollection(schema));
  }
  return {};
}

// Runs transactions until the parent kills it, or until one fails.
Status Work(const std::string& path, Options options, Workload* workload) {
  QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(path, options));
  QUIRE_RETURN_IF_ERROR(CreateCollections(*database));
  while (true) {
    QUIRE_RETURN_IF_ERROR(Execute(*database, workload->Next()));
    if (!TellParent("+")) return Status(Code::kIoError, "the parent is gone");
    if (workload->transactions() % 23 == 0) QUIRE_RETURN_IF_ERROR(database->Flush());
    if (options.background_threads == 0 && workload->transactions() % 10 == 0)
      QUIRE_RETURN_IF_ERROR(database->RunJobs());
  }
}

TEST_CASE("crash child: works until it is killed", "[.]") {
  Workload workload(std::stoull(ChildArgument("QUIRE_CHILD_SEED")));
  const uint64_t done = std::stoull(ChildArgument("QUIRE_CHILD_DONE"));
  while (workload.transactions() < done) workload.Next();
  Options options;
  options.sync = static_cast<Sync>(std::stoi(ChildArgument("QUIRE_CHILD_SYNC")));
  options.background_threads = static_cast<uint32_t>(std::stoul(ChildArgument("QUIRE_CHILD_THREADS")));
  options.memory_limit_bytes = 16 << 20;  // so that there are flushes and compactions
  const Status status = Work(ChildArgument("QUIRE_CHILD_PATH"), options, &workload);
  TellParent("!" + status.ToString());
}

// Opens what a killed child left and compares it. Gives how many transactions are there.
uint64_t Verify(const std::string& path, uint64_t seed, uint64_t acknowledged, bool read_only) {
  Options options;
  options.read_only = read_only;
  const auto database = Database::Open(path, options);
  if (read_only && !database.ok() && database.status().code() == Code::kNotFound) {
    REQUIRE(acknowledged == 0);  // killed before there was a database
    return 0;
  }
  INFO(database.status().ToString());
  REQUIRE(database.ok());
  const auto present = CountTransactions(**database);
  INFO(present.status().ToString());
  REQUIRE(present.ok());
  CAPTURE(acknowledged, *present);
  REQUIRE(acknowledged <= *present);
  REQUIRE(*present <= acknowledged + 1);

  Workload workload(seed);
  while (workload.transactions() < *present) workload.Next();
  for (const std::string& line : Differences(**database, workload.expected())) FAIL_CHECK(line);
  return *present;
}

TEST_CASE("crash: what was acknowledged is there after SIGKILL, and nothing is torn", "[kill]") {
  const Rounds given;
  const uint64_t seed = given.seed, rounds = given.count;
  std::mt19937_64 random(seed);
  const TemporaryDirectory directory;
  uint64_t present = 0, working = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    const std::string path = directory / ("round" + std::to_string(round / 10) + ".quire");  // grows for ten rounds
    if (round % 10 == 0) present = 0;
    const uint64_t database_seed = seed + round / 10;
    const int sync = static_cast<int>(random() % 3);
    CAPTURE(round, sync, present);
    ChildProcess child("crash child: works until it is killed",
                       {{"QUIRE_CHILD_PATH", path},
                        {"QUIRE_CHILD_SEED", std::to_string(database_seed)},
                        {"QUIRE_CHILD_DONE", std::to_string(present)},
                        {"QUIRE_CHILD_SYNC", std::to_string(sync)},
                        {"QUIRE_CHILD_THREADS", std::to_string(random() % 2)}});
    REQUIRE(child.started());
    std::string output;
    if (random() % 4 != 0) output = child.Read(60'000);  // else it may be killed while it opens
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200'000));
    child.Kill();
    output += child.ReadToEnd();
    INFO(output);
    REQUIRE(output.find('!') == std::string::npos);
    working += output.empty() ? 0 : 1;
    // A read-only look leaves the log to the next child.
    present = Verify(path, database_seed, present + output.size(), random() % 2 == 0);
  }
  CHECK(working > rounds / 2);
}

}  // namespace
}  // namespace quire::crash
