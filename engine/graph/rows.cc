#include "engine/graph/rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "engine/codec/rabitq.h"
#include "engine/codec/sketch.h"

namespace quire::graph {
namespace {

float ScaleOf(Metric metric, const uint8_t* record, uint32_t padded_dim) {
  codec::RefineFactors factors;
  std::memcpy(&factors, record + padded_dim, sizeof factors);
  return metric == Metric::kL2 ? factors.rescale * -0.5f : -factors.rescale;
}

// With d the sum of a b over the dimensions, four times the sum of (a - 63.5) (b - 63.5) is 4 d and a share of each
// code. All of it is modulo 2^32: the product itself fits 31 bits up to 65,536 dimensions.
int32_t ShareOf(size_t padded_dim, int32_t sum) {
  return static_cast<int32_t>(static_cast<uint32_t>(padded_dim / 2) * 16129u - 254u * static_cast<uint32_t>(sum));
}

int32_t FourProducts(int32_t dot, int32_t share, int32_t other_share) {
  return static_cast<int32_t>(4u * static_cast<uint32_t>(dot) + static_cast<uint32_t>(share) +
                              static_cast<uint32_t>(other_share));
}

// The bytes of a code are at most 127: they are what kernels take for a query, too.
const int8_t* AsQuery(const uint8_t* code) { return reinterpret_cast<const int8_t*>(code); }

// Distances of the products in `dots`.
void DistancesOf(const PointFactors& from, const PointView& to, const int32_t* dots, float* out) {
  const float half_scale = from.scale * 0.5f, squared = from.squared;
  const float *const scale = to.scale, *const squares = to.squared;
  const int32_t* const share = to.share;
  for (size_t i = 0; i < to.count; ++i) {
    const auto product = static_cast<float>(FourProducts(dots[i], share[i], from.share));
    out[i] = squared + squares[i] - half_scale * scale[i] * product;
  }
  if (to.extra != nullptr) {
    for (size_t i = 0; i < to.count; ++i) out[i] -= 2 * from.extra * to.extra[i];
  }
  for (size_t i = 0; i < to.count; ++i) out[i] = out[i] > 0 ? out[i] : 0.0f;  // NaN, of damaged factors, becomes 0 too
}

}  // namespace

void Points::Resize(size_t count, bool with_extra) {
  codes.resize(count);
  scale.resize(count);
  squared.resize(count);
  extra.resize(with_extra ? count : 0);
  share.resize(count);
}

void Points::Set(size_t i, const uint8_t* code, const PointFactors& factors) {
  codes[i] = code;
  scale[i] = factors.scale;
  squared[i] = factors.squared;
  if (!extra.empty()) extra[i] = factors.extra;
  share[i] = factors.share;
}

void Points::Move(size_t from, size_t to) {
  codes[to] = codes[from];
  scale[to] = scale[from];
  squared[to] = squared[from];
  if (!extra.empty()) extra[to] = extra[from];
  share[to] = share[from];
}

PointView Points::view() const {
  return {codes.data(), scale.data(), squared.data(), extra.empty() ? nullptr : extra.data(), share.data(), size()};
}

PointFactors FactorsOfCode(const simd::Kernels& kernels, size_t padded_dim, const uint8_t* code, float scale) {
  PointFactors factors;
  const std::vector<int8_t> ones(padded_dim, int8_t{1});
  factors.share = ShareOf(padded_dim, kernels.dot_code(code, ones.data(), padded_dim));
  factors.scale = scale;
  const int32_t dot = kernels.dot_code(code, AsQuery(code), padded_dim);
  const auto product = static_cast<float>(FourProducts(dot, factors.share, factors.share));
  factors.squared = scale * 0.5f * scale * product * 0.5f;
  return factors;
}

void PointDistances(size_t padded_dim, const PointQuery& from, const PointView& to, std::vector<int32_t>* dots,
                    float* out) {
  if (dots->size() < to.count) dots->resize(to.count);
  simd::ActiveKernels().dot_codes(to.codes, to.count, AsQuery(from.code), padded_dim, dots->data());
  DistancesOf(from.factors, to, dots->data(), out);
}

void TileDistances(size_t padded_dim, const PointView& from, const PointView& to, RowScratch* scratch, float* out) {
  std::vector<int32_t>& dots = scratch->dots;
  if (dots.size() < from.count * to.count) dots.resize(from.count * to.count);
  scratch->queries.resize(from.count);
  for (size_t j = 0; j < from.count; ++j) scratch->queries[j] = AsQuery(from.codes[j]);
  simd::ActiveKernels().dot_tile(to.codes, to.count, scratch->queries.data(), from.count, padded_dim, dots.data());
  for (size_t j = 0; j < from.count; ++j) {
    DistancesOf(from.factors(j), to, dots.data() + j * to.count, out + j * to.count);
  }
}

Rows::Rows(Metric metric, uint32_t padded_dim, std::vector<const uint8_t*> records)
    : metric_(metric), padded_dim_(padded_dim) {
  const simd::Kernels& kernels = simd::ActiveKernels();
  points_.Resize(records.size(), metric_ == Metric::kInnerProduct);
  float longest = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    const float scale = ScaleOf(metric_, records[i], padded_dim_);
    points_.Set(i, records[i], FactorsOfCode(kernels, padded_dim_, records[i], scale));
    longest = std::max(longest, points_.squared[i]);
  }
  for (size_t i = 0; i < points_.extra.size(); ++i) {
    points_.extra[i] = std::sqrt(std::max(0.0f, longest - points_.squared[i]));
    points_.squared[i] = longest;
  }
}

float Rows::Distance(uint32_t a, uint32_t b) const {
  RowScratch scratch;
  float distance = 0;
  Distances(a, {&b, 1}, &scratch, &distance);
  return distance;
}

void Rows::Gather(std::span<const uint32_t> rows, Points* points) const {
  points->Resize(rows.size(), has_extra());
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = rows[i];
    points->codes[i] = points_.codes[row];
    points->scale[i] = points_.scale[row];
    points->squared[i] = points_.squared[row];
    points->share[i] = points_.share[row];
  }
  for (size_t i = 0; i < points->extra.size(); ++i) points->extra[i] = points_.extra[rows[i]];
}

void Rows::Distances(uint32_t from, std::span<const uint32_t> to, RowScratch* scratch, float* out) const {
  Gather(to, &scratch->points);
  PointDistances(padded_dim_, Query(from), scratch->points.view(), &scratch->dots, out);
}

void Rows::Decode(uint32_t row, float* out) const { codec::Decode(metric_, padded_dim_, record(row), out); }

}  // namespace quire::graph
