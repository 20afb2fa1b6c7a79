// RaBitQ codes: a vector as one bit per dimension for the scan, and as seven for the second look.
//
// Let P be the rotation, c a centroid, r = o - c, r' = P r. The scan code is x = (r' >= 0), stretched to u = x - 1/2.
// As u is nearly parallel to r', <q - c, r> is estimated without bias by |r|^2 / <r', u> * <P(q - c), u>, and how far
// off that may be is known from the angle between them. The refine code is the same with seven bits: v = code - 63.5,
// code >= 64 where the bit is set, so that the bits can be had from it. With w for u or v, and s = |r|^2 / <r', w>:
//
//                            add                          rescale    error                     query's share
//   L2 (squared)             |r|^2 + 2 s <c', w>          -2 s       2 epsilon |r| t           |q - c|^2
//   inner product, negated   -<c, r> + s <c', w>          -s         epsilon |r| t             -<q, c>
//   t = sqrt((|r|^2 |w|^2 / <r', w>^2 - 1) / (D - 1))
//
//   estimate = query's share + add + rescale * <q', w>;  lower bound = estimate - error * |q - c|
//
// The centroid is folded into `add`, so that one table per query serves every partition. Cosine is the inner product of
// the normalised vectors; what is estimated is then distance - 1. A zero vector stays zero and is at distance 1.
//
// Costs: at less than 128 dimensions the bound of the scan code says little (kScanDimMin); the rotation spreads a few
// large components well, but a residual of which nothing is left (|r| of about 1e-30 and less) is coded as zero.
// Source: Gao, Long: RaBitQ (SIGMOD 2024), equations 19 and 20; extended RaBitQ (SIGMOD 2025); RaBitQ-Library.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/codec/rotation.h"
#include "quire/schema.h"

namespace quire::codec {

// Standard deviations in a stored `error`; a query scales it to what it needs.
inline constexpr float kEpsilon = 1.9f;
// Below this many padded dimensions scanning does not pay: refine at once.
inline constexpr uint32_t kScanDimMin = 128;

// What turns the sum of a code into an estimate: see above.
struct ScanFactors {
  float add = 0;
  float rescale = 0;
  float error = 0;
};
struct RefineFactors {
  float add = 0;
  float rescale = 0;
  float error = 0;
  float norm = 0;  // |r|: what the rounding of the query to bytes costs is in proportion to it
};

// A block: 32 scan codes in the order of simd::Kernels, then by slot their factors and numbers.
constexpr size_t BlockBytes(uint32_t padded_dim) {
  return size_t{padded_dim} * 4 + simd::kBlockSlots * (sizeof(ScanFactors) + sizeof(uint32_t));
}
// A record: the refine code, a byte per dimension, then its RefineFactors.
constexpr size_t RecordBytes(uint32_t padded_dim) { return size_t{padded_dim} + sizeof(RefineFactors); }

// Makes every slot of a block empty: no scan keeps it. Its number is `number`.
void ClearBlock(uint8_t* block, uint32_t padded_dim, uint32_t number);
// Puts a code into a slot of a block; its bits come from the refine code of `record`.
void SetSlot(uint8_t* block, uint32_t padded_dim, size_t slot, const uint8_t* record, const ScanFactors& factors,
             uint32_t number);
// The same with the bits themselves: padded_dim / 8 bytes, bit j of byte i for dimension 8 i + j.
void SetSlotBits(uint8_t* block, uint32_t padded_dim, size_t slot, const uint8_t* bits, const ScanFactors& factors,
                 uint32_t number);
ScanFactors SlotFactors(const uint8_t* block, uint32_t padded_dim, size_t slot);
uint32_t SlotNumber(const uint8_t* block, uint32_t padded_dim, size_t slot);

// The bits of eight dimensions of a refine code: bit 6 of byte i to bit i.
uint8_t SignBits(const uint8_t* code);

// Makes the codes of one partition. Immutable, safe for concurrent use.
class Encoder {
 public:
  // `centroid` has dim components; empty: zero.
  Encoder(Metric metric, uint32_t dim, uint64_t seed, std::span<const float> centroid);

  Metric metric() const { return metric_; }
  uint32_t dim() const { return rotation_.dim(); }
  uint32_t padded_dim() const { return rotation_.padded_dim(); }
  const Rotation& rotation() const { return rotation_; }
  std::span<const float> centroid() const { return centroid_; }  // empty: zero

  // Writes the record of `vector` (RecordBytes) and returns the factors of its scan code. `scratch` is resized at need;
  // keep it over calls. REQUIRES: dim finite components within RawLimit.
  // Cost: about 3 us at 768.
  ScanFactors Encode(std::span<const float> vector, std::vector<float>* scratch, uint8_t* record) const;

 private:
  Metric metric_;
  Rotation rotation_;
  std::vector<float> centroid_;  // padded, rotated; empty: zero
};

// The largest magnitude among values. REQUIRES: count is a multiple of simd::kDimMultiple.
float LargestMagnitude(const float* values, size_t count);

// `vector` as it is encoded and asked for: normalised for cosine, as it is for the others.
void Normalise(Metric metric, std::span<const float> vector, float* out);

}  // namespace quire::codec
