// Sketches: scan codes that stand by themselves, for a search that meets vectors one by one and not in blocks of 32; and
// codes made anew, around another centroid, from the record alone.
//
// A sketch is what simd::Kernels::estimate_sketches reads: with up to 416 dimensions it is one cache line, so that an
// estimate costs one access to memory. In exchange the query is rounded to 16 levels and not to a byte's table (a few
// per cent more error), and there is no bound: whoever needs one looks at the record next.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/codec/rabitq.h"

namespace quire::codec {

// Sign bits and three floats, in whole cache lines.
constexpr size_t SketchBytes(uint32_t padded_dim) { return (size_t{padded_dim} / 8 + 12 + 63) / 64 * 64; }

// Writes SketchBytes(padded_dim) bytes. `bits`: padded_dim / 8 bytes, bit j of byte i for dimension 8 i + j.
void SetSketch(uint8_t* sketch, uint32_t padded_dim, const uint8_t* bits, const ScanFactors& factors);

// The sign bits of a record, as SetSketch takes them: padded_dim / 8 bytes.
void SignBitsOf(const uint8_t* record, uint32_t padded_dim, uint8_t* bits);

// The rotated vector (cosine: normalised) as the refine code of `record` has it, padded_dim floats.
// REQUIRES: the record was made with the centroid zero.
void Decode(Metric metric, uint32_t padded_dim, const uint8_t* record, float* out);

// The factors in a sketch; no error is kept there: it is 0.
ScanFactors SketchFactors(const uint8_t* sketch, uint32_t padded_dim);

// The scan code of a rotated point around `centroid` (padded_dim components; empty: zero): writes its sign bits and returns
// its factors. `scratch` as below.
ScanFactors CodeOf(Metric metric, std::span<const float> point, std::span<const float> centroid,
                   std::vector<float>* scratch, uint8_t* bits);

// The scan code of the vector of `record` around `centroid` (rotated, padded_dim components; empty: zero): writes its
// sign bits (padded_dim / 8 bytes) and returns its factors, whose error allows for what the record lost of the vector.
// `scratch` is resized at need; keep it over calls. REQUIRES: the record was made with the centroid zero.
// Cost: about 0.5 us at 384.
ScanFactors Recode(Metric metric, uint32_t padded_dim, const uint8_t* record, std::span<const float> centroid,
                   std::vector<float>* scratch, uint8_t* bits);

}  // namespace quire::codec
