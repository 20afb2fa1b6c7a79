// PreparedQuery: a query as codes are compared with it.
#pragma once

#include <span>
#include <vector>

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

// Immutable, safe for concurrent use. Cost to make: a rotation and a table, about 4 us at 768.
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
  // Each writes what rounding leaves of the rotated query to `errors` and returns its length.
  double MakeTable(const float* rotated, float* errors);
  double MakeBytes(const float* rotated, float* errors);
  void MakePlanes(const float* rotated);
  // Sets what depends on the centroid in both, and returns |q' - c'|^2.
  double SetCentre(std::span<const float> rotated_centroid, simd::ScanQuery* scan, simd::SketchQuery* sketch) const;

  size_t padded_dim_;
  bool l2_;
  simd::ScanQuery scan_;
  simd::SketchQuery sketch_;
  std::vector<float> rotated_;  // q'
  std::vector<uint8_t> table_;
  std::vector<uint8_t> planes_;
  double table_error_ = 0;     // what rounding takes from the length of q' in the table
  float epsilons_;             // kEpsilon of them
  std::vector<int8_t> bytes_;  // q' / byte_step_, rounded
  int64_t byte_sum_ = 0;
  float half_step_ = 0;         // byte step / 2
  float margin_per_error_ = 0;  // of RefineFactors::error
  float margin_per_norm_ = 0;   // of RefineFactors::norm
};

}  // namespace quire::codec
