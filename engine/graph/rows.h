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
  float extra = 0;    // a coordinate that is not in the code; 0 but for inner product
  int32_t share = 0;  // of the product with any other code: see FourProducts
};

// Points side by side. Borrowed.
struct PointView {
  const uint8_t* const* codes = nullptr;
  const float* scale = nullptr;
  const float* squared = nullptr;
  const float* extra = nullptr;  // null: all 0
  const int32_t* share = nullptr;
  size_t count = 0;

  PointFactors factors(size_t i) const {
    return {scale[i], squared[i], extra == nullptr ? 0 : extra[i], share[i]};
  }
  PointView From(size_t begin, size_t length) const {
    return {codes + begin, scale + begin,   squared + begin, extra == nullptr ? nullptr : extra + begin,
            share + begin, length};
  }
};

// Points side by side, with the memory of what they are made of but for the codes.
struct Points {
  std::vector<const uint8_t*> codes;
  std::vector<float> scale, squared, extra;  // extra: empty if all are 0
  std::vector<int32_t> share;

  size_t size() const { return codes.size(); }
  void Resize(size_t count, bool with_extra);
  void Set(size_t i, const uint8_t* code, const PointFactors& factors);
  // Point `from` in the place of `to`.
  void Move(size_t from, size_t to);
  PointFactors factors(size_t i) const { return {scale[i], squared[i], extra.empty() ? 0 : extra[i], share[i]}; }
  PointView view() const;
};

// The factors of a code, but for what an extra coordinate adds.
PointFactors FactorsOfCode(const simd::Kernels& kernels, size_t padded_dim, const uint8_t* code, float scale);

// A point from which distances are asked for. Borrows its code.
struct PointQuery {
  const uint8_t* code = nullptr;
  PointFactors factors{};
};

// Scratch of one thread.
struct RowScratch {
  std::vector<int32_t> dots;
  std::vector<const int8_t*> queries;
  Points points;
};

// Squared distances from one point to others, never negative, never NaN. `dots` is scratch.
// Cost: 5 to 8 ns per point of 384 dimensions in cache.
void PointDistances(size_t padded_dim, const PointQuery& from, const PointView& to, std::vector<int32_t>* dots,
                    float* out);
// The same from several points, out[j * to.count + i] from point j to point i. For codes that are in the cache.
// Cost: about 3 ns each at 384 dimensions.
void TileDistances(size_t padded_dim, const PointView& from, const PointView& to, RowScratch* scratch, float* out);

// Numbers of rows are nodes of the graph. Borrows the records, which were made with the centroid zero. Immutable after
// construction, safe for concurrent use.
//
// Distances are squared Euclidean ones in the space in which links are made: of the rotated vectors as the codes have
// them (cosine: normalised). Inner product is made Euclidean by one more coordinate, sqrt(M^2 - |x|^2) with M the
// longest norm, which changes no order of inner products.
//
// Source: Bachrach and others: Speeding up the Xbox recommender system (RecSys 2014), for the extra coordinate.
class Rows {
 public:
  // Cost: one pass over the records. Memory: 24 bytes per row.
  Rows(Metric metric, uint32_t padded_dim, std::vector<const uint8_t*> records);

  size_t size() const { return points_.size(); }
  Metric metric() const { return metric_; }
  uint32_t padded_dim() const { return padded_dim_; }
  const uint8_t* record(size_t row) const { return points_.codes[row]; }
  PointFactors factors(size_t row) const { return points_.factors(row); }
  bool has_extra() const { return !points_.extra.empty(); }
  // All rows, in order.
  PointView view() const { return points_.view(); }

  float Distance(uint32_t a, uint32_t b) const;
  // From one row to others, in their order.
  void Distances(uint32_t from, std::span<const uint32_t> to, RowScratch* scratch, float* out) const;
  // Rows side by side.
  void Gather(std::span<const uint32_t> rows, Points* points) const;
  PointQuery Query(uint32_t row) const { return {record(row), factors(row)}; }
  // The rotated vector as the code has it, padded_dim components, without the coordinate of inner product.
  void Decode(uint32_t row, float* out) const;

 private:
  Metric metric_;
  uint32_t padded_dim_;
  Points points_;
};

}  // namespace quire::graph
