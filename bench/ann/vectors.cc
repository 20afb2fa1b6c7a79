#include "bench/ann/vectors.h"

#include <algorithm>
#include <cmath>

namespace quire::bench {

uint32_t BucketOf(size_t row) {
  uint64_t mixed = (row + 1) * 0x9e3779b97f4a7c15u;  // splitmix64's finish
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return static_cast<uint32_t>((mixed ^ (mixed >> 31)) % kBuckets);
}

void Normalize(const float* from, size_t dim, float* to) {
  double sum = 0;
  for (size_t i = 0; i < dim; ++i) sum += static_cast<double>(from[i]) * static_cast<double>(from[i]);
  const float scale = sum > 0 ? static_cast<float>(1 / std::sqrt(sum)) : 0.0f;
  std::transform(from, from + dim, to, [scale](float value) { return value * scale; });
}

}  // namespace quire::bench
