// PreparedQuery: a query as codes are compared with it.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "engine/codec/rabitq.h"

namespace quire::codec {

// What a refine code says of a distance, in the terms of rabitq.h: squared for L2, negated inner product for the
// others.
struct Refined {
  float value = 0;   // estimate
  float margin = 0;  // how far the true value may lie from it, with kRefineEpsilon standard deviations
};
inline constexpr float kRefineEpsilon = 3.0f;

// A query as the codes of one centroid are compared with it: a view of the PreparedQuery it is from.
struct CentredQuery {
  simd::ScanQuery scan;
  simd::SketchQuery sketch;
};

// Immutable, safe for concurrent use. Cost to make: a rotation, tables, one allocation: 1.5 us at 384, 3 us at 768.
class PreparedQuery {
 public:
  // `epsilon`: standard deviations of error that the lower bounds of the scan allow for.
  // REQUIRES: encoder.dim() finite components within RawLimit(kF32) (cosine: any).
  PreparedQuery(const Encoder& encoder, std::span<const float> vector, float epsilon);
  PreparedQuery(const PreparedQuery&) = delete;
  PreparedQuery& operator=(const PreparedQuery&) = delete;

  // For simd::Kernels::scan_block; lives as long as this.
  const simd::ScanQuery& scan() const { return scan_; }
  // For simd::Kernels::estimate_sketches; lives as long as this.
  const simd::SketchQuery& sketch() const { return sketch_; }

  // For codes made with another centroid (rotated, padded_dim components; empty: zero) than the encoder's; lives as
  // long as this. Cost: about 0.15 us at 384.
  CentredQuery Recentred(std::span<const float> rotated_centroid) const;

  Refined Refine(const simd::Kernels& kernels, const uint8_t* record) const;

 private:
  // Each rounds q' in its way, with `rounded` for room. The first two give the square of what rounding takes from its
  // length, nothing where they take q' for zero.
  std::optional<double> MakeTable(const simd::QueryRange& range, int16_t* rounded, uint8_t* table);
  std::optional<double> MakeBytes(const simd::QueryRange& range, int16_t* rounded, int8_t* bytes);
  void MakePlanes(const simd::QueryRange& range, uint8_t* planes);
  // Sets what depends on the centroid in both, and returns |q' - c'|^2.
  double SetCentre(std::span<const float> rotated_centroid, simd::ScanQuery* scan, simd::SketchQuery* sketch) const;

  size_t padded_dim_;
  bool l2_;
  std::unique_ptr<uint8_t[]> memory_;  // of the table, the planes, q' and its bytes
  simd::ScanQuery scan_;
  simd::SketchQuery sketch_;
  const float* rotated_ = nullptr;  // q'
  const int8_t* bytes_ = nullptr;   // q' / byte step, rounded
  double table_error_ = 0;          // what rounding takes from the length of q' in the table
  float epsilons_;                  // kEpsilon of them
  int64_t byte_sum_ = 0;
  float half_step_ = 0;         // byte step / 2
  float margin_per_error_ = 0;  // of RefineFactors::error
  float margin_per_norm_ = 0;   // of RefineFactors::norm
};

}  // namespace quire::codec
