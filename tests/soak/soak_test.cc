// All at once, for as long as QUIRE_SOAK_SECONDS says.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "tests/soak/actors.h"
#include "tests/unit/support/environment.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::soak {
namespace {

// Runs all for so long, the readers' searches timed; then says how long these took.
void RunPhase(const char* name, double seconds, Database& database, uint64_t seed, Findings* findings,
              const std::vector<std::function<void(const std::atomic<bool>&)>>& others) {
  std::atomic<bool> stop{false};
  std::vector<double> times;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { times = ReadAlong(database, seed, stop, findings); });
  for (const auto& other : others) threads.emplace_back([&] { other(stop); });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  if (times.empty()) return findings->Add(std::string(name) + ": no search came to its end");
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) { return times[std::min(times.size() - 1, static_cast<size_t>(share * static_cast<double>(times.size())))] / 1000; };
  std::printf("%-28s %7zu searches  median %7.2f ms  p99 %7.2f ms  most %7.2f ms\n", name, times.size(), at(0.5), at(0.99), times.back() / 1000);
}

std::string PeakMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return line.substr(6);
  }
  return " unknown";
}

TEST_CASE("soak: readers, writer, loader, jobs, backups and a follower together", "[soak]") {
  const double seconds = static_cast<double>(testing::NumberFromEnvironment("QUIRE_SOAK_SECONDS", 5));
  const uint64_t seed = testing::NumberFromEnvironment("QUIRE_SEED", Catch::rngSeed());
  INFO("QUIRE_SEED=" << seed);
  const testing::TemporaryDirectory directory;
  Findings findings;
  uint64_t commits = 0, loads = 0, turns = 0, refreshes = 0;
  {
    Options options;
    options.sync = Sync::kNormal;
    options.memory_limit_bytes = uint64_t{64} << 20;
    const auto database = Database::Open(directory / "db", options);
    REQUIRE(database.ok());
    REQUIRE(CreateDocuments(**database).ok());
    Database& db = **database;
    const auto write = [&](const std::atomic<bool>& stop) { commits += WriteAlong(db, seed + 1, stop, &findings); };
    const auto load = [&](const std::atomic<bool>& stop) { loads += LoadAlong(db, directory / "folder", seed + 2, stop, &findings); };
    const auto maintain = [&](const std::atomic<bool>& stop) { turns += MaintainAlong(db, directory / "backups", stop, &findings); };
    const auto follow = [&](const std::atomic<bool>& stop) { refreshes += FollowAlong(directory / "db", seed + 3, stop, &findings); };
    RunPhase("readers alone", seconds / 5, db, seed, &findings, {});
    RunPhase("beside a writer and merges", seconds / 5, db, seed + 4, &findings, {write});
    RunPhase("all together", seconds * 3 / 5, db, seed + 5, &findings, {write, load, maintain, follow});
    const auto faults = db.Check();
    findings.Ok(faults.status(), "the check");
    if (faults.ok()) {
      for (const std::string& fault : *faults) findings.Add(fault);
    }
  }
  std::printf("%llu commits, %llu loads, %llu generations, %llu refreshes; most memory%s\n", static_cast<unsigned long long>(commits),
              static_cast<unsigned long long>(loads), static_cast<unsigned long long>(turns), static_cast<unsigned long long>(refreshes),
              PeakMemory().c_str());
  const std::vector<std::string> found = findings.Take();
  for (const std::string& finding : found) UNSCOPED_INFO(finding);
  REQUIRE(found.empty());
  CHECK((commits > 0 && loads > 0 && turns > 0 && refreshes > 0));
}

}  // namespace
}  // namespace quire::soak
