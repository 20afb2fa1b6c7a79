// Made-up vectors that behave like embeddings.
#pragma once

#include <cstdint>

#include "bench/ann/vectors.h"

namespace quire::bench {

struct SyntheticOptions {
  size_t rows = 0;
  size_t queries = 0;
  size_t dim = 0;
  uint64_t seed = 1;
};

// Rows and queries from one process: a point of a mixture of 256 Gaussians in 32 dimensions goes through a fixed random
// network of two tanh layers, noise is added, and the result is scaled to length 1. So there are clusters of unequal
// size and a low intrinsic dimension in a bent space: what embeddings have and independent random vectors lack.
// The same for the same options, whatever the number of threads. Cost: about 128 x dim multiplications a vector.
void MakeSynthetic(const SyntheticOptions& options, Vectors* base, Vectors* queries);

}  // namespace quire::bench
