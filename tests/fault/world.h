// World: a directory that is watched, and how much of what can fail is tried.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/fault/disk.h"
#include "tests/fault/session.h"
#include "tests/unit/support/environment.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::fault {

using quire::testing::NumberFromEnvironment;

// QUIRE_SEED (random); QUIRE_FAULT_ALL=1: every place in place of a sample, or those from QUIRE_FAULT_FROM to QUIRE_FAULT_TO.
// The first two are printed, so that a failure can be repeated.
struct Extent {
  uint64_t seed = NumberFromEnvironment("QUIRE_SEED", std::random_device()());
  bool all = NumberFromEnvironment("QUIRE_FAULT_ALL", 0) != 0;
  uint64_t from = NumberFromEnvironment("QUIRE_FAULT_FROM", 1), to = NumberFromEnvironment("QUIRE_FAULT_TO", UINT64_MAX);

  Extent() { WARN("QUIRE_SEED=" << seed << " QUIRE_FAULT_ALL=" << all); }
  // From one place of `count` to the next, for a sample of about `sample`.
  uint64_t Step(uint64_t count, uint64_t sample) const { return all ? 1 : std::max<uint64_t>(1, count / sample); }
  // Places of 1 to `count`, a sample of about `sample` of them.
  std::vector<uint64_t> Places(uint64_t count, uint64_t sample, std::mt19937_64* random) const {
    const uint64_t step = Step(count, sample);
    std::vector<uint64_t> places;
    for (uint64_t at = 1 + (*random)() % step; at <= count; at += step) {
      if (!all || (at >= from && at <= to)) places.push_back(at);
    }
    return places;
  }
};

struct World {
  quire::testing::TemporaryDirectory directory;
  std::string root = directory / "root", files = directory / "files";
  Disk& disk = Disk::Get();

  World() {
    WriteFiles(files);
    Begin();
  }
  ~World() { disk.Stop(); }
  void Begin() {
    disk.Stop();
    std::filesystem::remove_all(root);
    std::filesystem::create_directory(root);
    disk.Watch(root);
  }
  // A directory with what power loss leaves.
  std::string Left(Loss loss, uint64_t seed) const {
    std::string left = directory / "left";
    std::filesystem::remove_all(left);
    disk.CopyDurable(left, loss, seed);
    return left;
  }
  // What is there now, and what would be there after a power loss.
  void Verify(const Session& session, uint64_t seed) {
    disk.Stop();
    for (const std::string& line : session.faults()) FAIL_CHECK(line);
    for (const std::string& line : session.Differences(root + "/db")) FAIL_CHECK(line);
    for (const std::string& line : session.DifferencesOfCopies(root)) FAIL_CHECK(line);
    const std::string left = Left(static_cast<Loss>(seed % 3), seed);
    INFO("after power loss, seed " << seed);
    for (const std::string& line : session.Differences(left + "/db")) FAIL_CHECK(line);
    for (const std::string& line : session.DifferencesOfCopies(left)) FAIL_CHECK(line);
  }
};

}  // namespace quire::fault
