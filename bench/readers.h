// quire-bench readers: how long searches take beside a writer, merges and builds, and how long alone.
#pragma once

#include <cstdint>

namespace quire::bench {

struct ReadersBenchOptions {
  uint64_t chunks = 20'000;
  uint64_t seconds = 3;  // of each part of a round
  uint64_t rounds = 3;
};

// Measures and prints a table. Gives the program's exit code.
int RunReaders(const ReadersBenchOptions& options);

}  // namespace quire::bench
