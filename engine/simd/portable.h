// What the scalar kernels and the ends of the vector kernels share. Everything is static: a unit compiled for one
// instruction level must not lend its code to another. C headers only, for the same reason.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/simd/kernels.h"

namespace quire::simd {
namespace {

inline constexpr size_t kLanes = 16;  // of a floating-point sum

// Folds the lanes in halves: always this order.
[[maybe_unused]] inline double FoldLanes(double* lanes) {
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

[[maybe_unused]] inline uint32_t FloatBits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

[[maybe_unused]] inline float BitsFloat(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

[[maybe_unused]] inline uint16_t HalfOf(float value) {
  const uint32_t bits = FloatBits(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) {  // NaN: quiet, keeps the upper bits of its payload
    magnitude = 0x7E00u | ((magnitude >> 13) & 0x1FFu);
  } else if (magnitude >= 0x477FF000u) {  // 65,520 and above round to infinity
    magnitude = 0x7C00u;
  } else if (magnitude < 0x38800000u) {  // below 2^-14: adding 1/2 rounds at the last bit of a denormal half
    magnitude = FloatBits(BitsFloat(magnitude) + 0.5f) - 0x3F000000u;
  } else {  // exponent bias 127 -> 15, and half of the last kept bit, less one where that bit is even
    magnitude = (magnitude + 0xC8000FFFu + ((magnitude >> 13) & 1u)) >> 13;
  }
  return static_cast<uint16_t>(sign | magnitude);
}

[[maybe_unused]] inline float FloatOf(uint16_t half) {
  const uint32_t magnitude = half & 0x7FFFu;
  // Exponent bias 15 -> 127 by a multiplication, which is right for denormals too.
  uint32_t bits = FloatBits(BitsFloat(magnitude << 13) * 0x1p112f);
  if (magnitude >= 0x7C00u) bits = 0x7F800000u | (magnitude << 13);
  if (magnitude > 0x7C00u) bits |= 0x00400000u;
  return BitsFloat(bits | (static_cast<uint32_t>(half & 0x8000u) << 16));
}

inline constexpr size_t kSketchesAhead = 16;  // how far fetching is ahead: about as many lines as a core asks memory for

[[maybe_unused]] inline void Prefetch(const uint8_t* from, size_t count) {
  for (size_t at = 0; at < count; at += 64) __builtin_prefetch(from + at);
}
// Codes begin anywhere in a line, so that one more may be theirs.
[[maybe_unused]] inline void PrefetchCode(const uint8_t* from, size_t count) {
  Prefetch(from, count);
  __builtin_prefetch(from + count - 1);
}

// Without a branch: which values pass cannot be foreseen.
[[maybe_unused]] inline size_t FindBelowFrom(size_t begin, size_t found, const float* values, size_t count, float limit,
                                             uint32_t* out) {
  for (size_t i = begin; i < count; ++i) {
    out[found] = static_cast<uint32_t>(i);
    found += values[i] < limit ? 1 : 0;
  }
  return found;
}

// The estimate of a sketch from its total.
[[maybe_unused]] inline float EstimateOf(const SketchQuery& query, const uint8_t* sketch, uint32_t total) {
  float factors[3];  // add, rescale, ones
  memcpy(factors, sketch + query.sketch_bytes - sizeof factors, sizeof factors);
  const float inner = (query.step * static_cast<float>(total) + query.low * factors[2]) + query.offset;
  return query.add + (factors[0] + factors[1] * inner);
}

// Half `i` of those at `halves`.
[[maybe_unused]] inline double HalfAt(const uint8_t* halves, size_t i) {
  uint16_t half;
  memcpy(&half, halves + 2 * i, sizeof half);
  return static_cast<double>(FloatOf(half));
}

// The largest power of two that is at most `padded_dim`, and the factor that makes its Hadamard transform orthonormal.
struct HadamardSize {
  size_t length;
  float factor;
};
[[maybe_unused]] inline HadamardSize HadamardSizeOf(size_t padded_dim) {
  const unsigned exponent = 63u - static_cast<unsigned>(__builtin_clzll(padded_dim));
  const float power = BitsFloat((127u - exponent / 2) << 23);  // 2^-(exponent / 2)
  return {size_t{1} << exponent, exponent % 2 == 0 ? power : power * 0x1.6a09e6p-1f};
}

}  // namespace
}  // namespace quire::simd
