// How long a crash test runs, and from which seed: QUIRE_CRASH_ROUNDS (20) and QUIRE_SEED (random).
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <random>

#include "tests/unit/support/environment.h"

namespace quire::crash {

struct Rounds {
  uint64_t seed = testing::NumberFromEnvironment("QUIRE_SEED", std::random_device()());
  uint64_t count = testing::NumberFromEnvironment("QUIRE_CRASH_ROUNDS", 20);
  // Both are printed, so that a failure can be repeated.
  Rounds() { WARN("QUIRE_SEED=" << seed << " QUIRE_CRASH_ROUNDS=" << count); }
};

}  // namespace quire::crash
