// A writing process is killed: what it acknowledged is there, nothing is torn, in every sync mode.
#include <chrono>
#include <random>
#include <thread>

#include "engine/base/bytes.h"
#include "tests/unit/storage_support.h"
#include "tests/unit/support/child_process.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::storage {
namespace {

using quire::testing::ChildArgument;
using quire::testing::ChildProcess;
using quire::testing::TellParent;
using quire::testing::TemporaryDirectory;

std::string KeyOf(uint32_t commit) {
  std::string key = "k";
  AppendBigEndian(&key, commit);
  return key;
}

std::string ValueOf(uint32_t commit, Family family) {
  return std::string(20 + (commit * 31) % 5000, static_cast<char>('a' + (commit + static_cast<uint32_t>(family)) % 26));
}

// Whether commit `i` is there in every family (true) or in none (false).
bool IsThere(const Snapshot& snapshot, uint32_t i) {
  size_t present = 0;
  for (const Family family : kFamilies) {
    const std::string value = GetOrNone(snapshot, family, KeyOf(i));
    if (value == "<none>") continue;
    REQUIRE(value == ValueOf(i, family));
    ++present;
  }
  REQUIRE((present == 0 || present == kFamilyCount));
  return present != 0;
}

TEST_CASE("storage child: commits until it is killed", "[.]") {
  Options options = SmallOptions();
  options.sync = static_cast<Sync>(std::stoi(ChildArgument("QUIRE_CHILD_SYNC")));
  const auto store = OpenOrFail(ChildArgument("QUIRE_CHILD_PATH"), options);
  for (auto i = static_cast<uint32_t>(std::stoul(ChildArgument("QUIRE_CHILD_FIRST")));; ++i) {
    Batch batch;
    for (const Family family : kFamilies) batch.Put(family, KeyOf(i), ValueOf(i, family));
    Check(store->Commit(std::move(batch)));
    REQUIRE(TellParent("+"));
    if (i % 64 == 63) Check(store->Flush());
  }
}

void KillRounds(Sync sync) {
  const unsigned seed = Seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  uint32_t committed = 0;  // commits [0, committed) are there
  for (int round = 0; round < 5; ++round) {
    ChildProcess child("storage child: commits until it is killed",
                       {{"QUIRE_CHILD_PATH", path},
                        {"QUIRE_CHILD_SYNC", std::to_string(static_cast<int>(sync))},
                        {"QUIRE_CHILD_FIRST", std::to_string(committed)}});
    std::string acknowledged = child.Read(20'000);
    REQUIRE_FALSE(acknowledged.empty());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 100'000));
    child.Kill();
    acknowledged += child.ReadToEnd();

    const auto store = OpenOrFail(path);
    const auto snapshot = store->snapshot();
    const auto end = committed + static_cast<uint32_t>(acknowledged.size());
    for (uint32_t i = 0; i < end; ++i) REQUIRE(IsThere(*snapshot, i));
    committed = end + (IsThere(*snapshot, end) ? 1 : 0);  // at most the one that was under way
    REQUIRE_FALSE(IsThere(*snapshot, committed));
    Check(store->VerifyChecksums());
  }
  CHECK(committed > 5);
}

TEST_CASE("storage: a killed process loses nothing it acknowledged, sync = full", "[storage]") {
  KillRounds(Sync::kFull);
}
TEST_CASE("storage: a killed process loses nothing it acknowledged, sync = normal", "[storage]") {
  KillRounds(Sync::kNormal);
}
TEST_CASE("storage: a killed process loses nothing it acknowledged, sync = off", "[storage]") {
  KillRounds(Sync::kOff);
}

TEST_CASE("storage: a process killed while it creates a database does not spoil the directory", "[storage]") {
  const unsigned seed = Seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  for (int round = 0; round < 15; ++round) {
    const std::string path = directory / ("a" + std::to_string(round) + ".quire");
    ChildProcess child("storage child: commits until it is killed",
                       {{"QUIRE_CHILD_PATH", path}, {"QUIRE_CHILD_SYNC", "0"}, {"QUIRE_CHILD_FIRST", "0"}});
    while (!std::filesystem::exists(path)) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    child.Kill();
    const auto store = OpenOrFail(path);
    const auto acknowledged = static_cast<uint32_t>(child.ReadToEnd().size());
    for (uint32_t i = 0; i < acknowledged; ++i) REQUIRE(IsThere(*store->snapshot(), i));
  }
}

TEST_CASE("storage: commits of sync = normal are synced in the background", "[storage]") {
  const TemporaryDirectory directory;
  Options options = SmallOptions();
  options.sync = Sync::kNormal;
  const auto store = OpenOrFail(directory / "a.quire", options);
  const std::string before = ReadFile(directory / "a.quire/COMMITTED");
  CommitOne(*store, Family::kChunk, "a", "1");
  CHECK(ReadFile(directory / "a.quire/COMMITTED") == before);
  for (int i = 0; i < 1000 && ReadFile(directory / "a.quire/COMMITTED") == before; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(ReadFile(directory / "a.quire/COMMITTED") != before);  // written after the fsync
}

}  // namespace
}  // namespace quire::storage
