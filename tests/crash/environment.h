// How long a crash test runs, and from which seed: QUIRE_CRASH_ROUNDS (20) and QUIRE_SEED (random).
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <random>

namespace quire::crash {

inline uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

struct Rounds {
  uint64_t seed = NumberFromEnvironment("QUIRE_SEED", std::random_device()());
  uint64_t count = NumberFromEnvironment("QUIRE_CRASH_ROUNDS", 20);
  // Both are printed, so that a failure can be repeated.
  Rounds() { WARN("QUIRE_SEED=" << seed << " QUIRE_CRASH_ROUNDS=" << count); }
};

}  // namespace quire::crash
