// Rotation: a random turn of space, the same on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/simd/kernels.h"

namespace quire::codec {

// Components after padding: the next multiple of simd::kDimMultiple.
constexpr uint32_t PaddedDim(uint32_t dim) {
  constexpr auto kMultiple = static_cast<uint32_t>(simd::kDimMultiple);
  return (dim + kMultiple - 1) / kMultiple * kMultiple;
}

// Turns vectors so that no direction is special: after it every coordinate carries about the same share, which is what
// lets one bit per coordinate say so much. Lengths and inner products are kept (to float precision).
//
// Four rounds of: random sign flips, a Hadamard transform of the first or, in odd rounds, last 2^k coordinates (all of
// them where the padded dimension is a power of two), and, where it is none, sum and difference of the two halves,
// which is a Givens turn by 45 degrees. State: four bits per coordinate, from the seed by SplitMix64.
//
// Source: the FHT-Kac rotator of RaBitQ-Library. Immutable, safe for concurrent use.
class Rotation {
 public:
  // REQUIRES: dim >= 1.
  Rotation(uint32_t dim, uint64_t seed);

  uint32_t dim() const { return dim_; }
  uint32_t padded_dim() const { return padded_dim_; }

  // Writes padded_dim() floats to `out` from dim() floats. Cost: O(D log D), 1 to 1.5 us at 768.
  void Apply(const simd::Kernels& kernels, const float* vector, float* out) const;
  // The same to a vector of dim() components with room for padded_dim().
  void ApplyInPlace(const simd::Kernels& kernels, float* vector) const;

 private:
  uint32_t dim_;
  uint32_t padded_dim_;
  std::vector<uint8_t> signs_;  // 4 * padded_dim_ bits
};

}  // namespace quire::codec
