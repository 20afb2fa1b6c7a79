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

// With d the sum of b (a - 64) over the dimensions, four times the sum of (a - 63.5) (b - 63.5) is
// 4 d + 2 sum(b) + what this gives. All of it is modulo 2^32: the product itself fits 31 bits up to 65,536 dimensions.
uint32_t OffsetOf(size_t padded_dim, int32_t sum) {
  return static_cast<uint32_t>(padded_dim) * 16129u - 254u * static_cast<uint32_t>(sum);
}

int32_t FourProducts(int32_t dot, int32_t sum, uint32_t offset) {
  return static_cast<int32_t>(4u * static_cast<uint32_t>(dot) + 2u * static_cast<uint32_t>(sum) + offset);
}

}  // namespace

void Points::Resize(size_t count, bool with_extra) {
  codes.resize(count);
  scale.resize(count);
  squared.resize(count);
  extra.resize(with_extra ? count : 0);
  sum.resize(count);
}

void Points::Set(size_t i, const uint8_t* code, const PointFactors& factors) {
  codes[i] = code;
  scale[i] = factors.scale;
  squared[i] = factors.squared;
  if (!extra.empty()) extra[i] = factors.extra;
  sum[i] = factors.sum;
}

void Points::Move(size_t from, size_t to) {
  codes[to] = codes[from];
  scale[to] = scale[from];
  squared[to] = squared[from];
  if (!extra.empty()) extra[to] = extra[from];
  sum[to] = sum[from];
}

PointView Points::view() const {
  return {codes.data(), scale.data(), squared.data(), extra.empty() ? nullptr : extra.data(), sum.data(), size()};
}

void CodeAsQuery(const uint8_t* code, size_t padded_dim, int8_t* query) {
  for (size_t i = 0; i < padded_dim; ++i) query[i] = static_cast<int8_t>(code[i] - 64);
}

PointFactors FactorsOfCode(const simd::Kernels& kernels, size_t padded_dim, const uint8_t* code, float scale) {
  PointFactors factors;
  std::vector<int8_t> query(padded_dim, int8_t{1});
  factors.sum = kernels.dot_code(code, query.data(), padded_dim);
  CodeAsQuery(code, padded_dim, query.data());
  const int32_t dot = kernels.dot_code(code, query.data(), padded_dim);
  factors.scale = scale;
  const auto product = static_cast<float>(FourProducts(dot, factors.sum, OffsetOf(padded_dim, factors.sum)));
  factors.squared = scale * 0.5f * scale * product * 0.5f;
  return factors;
}

void PointDistances(size_t padded_dim, const PointQuery& from, const PointView& to, std::vector<int32_t>* dots,
                    float* out) {
  if (dots->size() < to.count) dots->resize(to.count);
  int32_t* const products = dots->data();
  simd::ActiveKernels().dot_codes(to.codes, to.count, from.query, padded_dim, products);
  const uint32_t offset = OffsetOf(padded_dim, from.factors.sum);
  const float half_scale = from.factors.scale * 0.5f, squared = from.factors.squared;
  const float *const scale = to.scale, *const squares = to.squared;
  const int32_t* const sum = to.sum;
  for (size_t i = 0; i < to.count; ++i) {
    const auto product = static_cast<float>(FourProducts(products[i], sum[i], offset));
    out[i] = squared + squares[i] - half_scale * scale[i] * product;
  }
  if (to.extra != nullptr) {
    for (size_t i = 0; i < to.count; ++i) out[i] -= 2 * from.factors.extra * to.extra[i];
  }
  for (size_t i = 0; i < to.count; ++i) out[i] = out[i] > 0 ? out[i] : 0.0f;  // NaN, of damaged factors, becomes 0 too
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
    points->sum[i] = points_.sum[row];
  }
  for (size_t i = 0; i < points->extra.size(); ++i) points->extra[i] = points_.extra[rows[i]];
}

PointQuery Rows::Query(uint32_t row, RowScratch* scratch) const {
  scratch->query.resize(padded_dim_);
  CodeAsQuery(record(row), padded_dim_, scratch->query.data());
  return {scratch->query.data(), factors(row)};
}

void Rows::Distances(uint32_t from, std::span<const uint32_t> to, RowScratch* scratch, float* out) const {
  Gather(to, &scratch->points);
  PointDistances(padded_dim_, Query(from, scratch), scratch->points.view(), &scratch->dots, out);
}

void Rows::Decode(uint32_t row, float* out) const { codec::Decode(metric_, padded_dim_, record(row), out); }

}  // namespace quire::graph
