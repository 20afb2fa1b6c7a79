// Rows: refine codes of vectors (codec/rabitq.h records) as points between which distances are computed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/simd/kernels.h"
#include "quire/schema.h"

namespace quire::graph {

// A code as a point, beside its bytes: value of a dimension = scale * (code - 63.5).
struct PointFactors {
  float scale = 0;
  float squared = 0;  // |point|^2, with the extra coordinate
  float extra = 0;    // the extra coordinate; 0 but for inner product
  int32_t sum = 0;    // of the code's bytes
};

// Codes gathered for many distances: pointers and factors side by side.
struct PointBatch {
  std::vector<const uint8_t*> codes;
  std::vector<float> scale, squared, extra;
  std::vector<int32_t> sum;

  size_t size() const { return codes.size(); }
  void Resize(size_t count);
  void Set(size_t i, const uint8_t* code, const PointFactors& factors);
};

// Scratch of one thread.
struct RowScratch {
  std::vector<int8_t> query;
  std::vector<int32_t> dots;
  PointBatch batch;
};

// Squared distances from the point (code, factors) to those of a batch.
void PointDistances(const simd::Kernels& kernels, size_t padded_dim, const uint8_t* code, const PointFactors& factors,
                    const PointBatch& to, RowScratch* scratch, float* out);
// The factors of a code, but for what the extra coordinate adds.
PointFactors FactorsOfCode(const simd::Kernels& kernels, size_t padded_dim, const uint8_t* code, float scale);

// Numbers of rows are nodes of the graph. Borrows the records, which were made with the centroid zero. Immutable after
// construction, safe for concurrent use.
//
// Distances are squared Euclidean ones in the space in which links are made: of the rotated vectors as the codes have
// them (cosine: normalised), never negative, never NaN. Inner product is made Euclidean by one more coordinate,
// sqrt(M^2 - |x|^2) with M the longest norm, which changes no order of inner products.
//
// Source: Bachrach and others: Speeding up the Xbox recommender system (RecSys 2014), for the extra coordinate.
class Rows {
 public:
  // Cost: one pass over the records.
  Rows(Metric metric, uint32_t padded_dim, std::vector<const uint8_t*> records);

  size_t size() const { return records_.size(); }
  Metric metric() const { return metric_; }
  uint32_t padded_dim() const { return padded_dim_; }
  const uint8_t* record(size_t row) const { return records_[row]; }
  const PointFactors& factors(size_t row) const { return factors_[row]; }

  float Distance(uint32_t a, uint32_t b) const;
  // From one row to others, in their order. Cost: about 8 ns per row of 384 dimensions in cache.
  void Distances(uint32_t from, std::span<const uint32_t> to, RowScratch* scratch, float* out) const;
  // The same where the same others are asked for often.
  void Gather(std::span<const uint32_t> rows, PointBatch* batch) const;
  void Distances(uint32_t from, const PointBatch& to, RowScratch* scratch, float* out) const;
  // The rotated vector as the code has it, padded_dim components, without the coordinate of inner product.
  void Decode(uint32_t row, float* out) const;

 private:
  Metric metric_;
  uint32_t padded_dim_;
  std::vector<const uint8_t*> records_;
  std::vector<PointFactors> factors_;
  const simd::Kernels& kernels_;
};

}  // namespace quire::graph
