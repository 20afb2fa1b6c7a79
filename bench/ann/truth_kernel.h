// The inner loop of exact search; compiled for the machine at hand.
#pragma once

#include <cstddef>

namespace quire::bench {

inline constexpr size_t kQueryGroup = 4;

// For kQueryGroup queries (one after the other) and `rows` vectors: out[q * rows + i] = their inner product.
void InnerProducts(const float* queries, const float* vectors, size_t rows, size_t dim, float* out);
// The same with the squared Euclidean distance.
void SquaredDistances(const float* queries, const float* vectors, size_t rows, size_t dim, float* out);

}  // namespace quire::bench
