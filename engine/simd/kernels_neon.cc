// The kernels for 64-bit ARM: SIMDe makes two 128-bit NEON operations of each 256-bit one.
#include <arm_neon.h>

#include "engine/simd/levels.h"

namespace quire::simd {
namespace {

// NEON counts bits by bytes; one of them counts 15 * 8 at most.
inline uint32_t CountPlanesNeon(const SketchQuery& query, const uint8_t* sketch) {
  const size_t bytes = query.sketch_bytes;
  uint32x4_t sums = vdupq_n_u32(0);
  for (size_t at = 0; at < bytes; at += 16) {
    const uint8x16_t bits = vld1q_u8(sketch + at);
    const auto count = [&](size_t plane) {
      return vcntq_u8(vandq_u8(bits, vld1q_u8(query.planes + plane * bytes + at)));
    };
    const uint8x16_t lower = vaddq_u8(count(0), vshlq_n_u8(count(1), 1));
    const uint8x16_t upper = vaddq_u8(count(2), vshlq_n_u8(count(3), 1));
    sums = vpadalq_u16(sums, vpaddlq_u8(vaddq_u8(lower, vshlq_n_u8(upper, 2))));
  }
  return vaddvq_u32(sums);
}

}  // namespace
}  // namespace quire::simd

#define QUIRE_LEVEL_NAME "neon"
#define QUIRE_LEVEL_TABLE kKernelsNeon
#define QUIRE_LEVEL_COUNT_PLANES CountPlanesNeon
#include "engine/simd/kernels.inc"
