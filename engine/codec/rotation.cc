#include "engine/codec/rotation.h"

#include <algorithm>

namespace quire::codec {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): every seed, zero too, gives a good sequence.
uint64_t NextRandom(uint64_t* state) {
  uint64_t z = *state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

Rotation::Rotation(uint32_t dim, uint64_t seed) : dim_(dim), padded_dim_(PaddedDim(dim)), signs_(padded_dim_ / 2) {
  for (size_t i = 0; i < signs_.size(); i += 8) {
    const uint64_t bits = NextRandom(&seed);
    for (size_t byte = 0; byte < 8; ++byte) signs_[i + byte] = static_cast<uint8_t>(bits >> (8 * byte));
  }
}

void Rotation::Apply(const simd::Kernels& kernels, const float* vector, float* out) const {
  std::copy_n(vector, dim_, out);
  ApplyInPlace(kernels, out);
}

void Rotation::ApplyInPlace(const simd::Kernels& kernels, float* vector) const {
  std::fill(vector + dim_, vector + padded_dim_, 0.0f);
  kernels.rotate(vector, padded_dim_, signs_.data());
}

}  // namespace quire::codec
