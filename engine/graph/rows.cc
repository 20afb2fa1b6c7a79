#include "engine/graph/rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "engine/codec/rabitq.h"

namespace quire::graph {
namespace {

float ScaleOf(Metric metric, const uint8_t* record, uint32_t padded_dim) {
  codec::RefineFactors factors;
  std::memcpy(&factors, record + padded_dim, sizeof factors);
  return metric == Metric::kL2 ? factors.rescale * -0.5f : -factors.rescale;
}

// A code as the query of dot_codes: its bytes less 64.
void CodeAsQuery(const uint8_t* code, size_t padded_dim, std::vector<int8_t>* query) {
  query->resize(padded_dim);
  int8_t* const out = query->data();
  for (size_t i = 0; i < padded_dim; ++i) out[i] = static_cast<int8_t>(code[i] - 64);
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

void PointBatch::Resize(size_t count) {
  codes.resize(count);
  scale.resize(count);
  squared.resize(count);
  extra.resize(count);
  sum.resize(count);
}

void PointBatch::Set(size_t i, const uint8_t* code, const PointFactors& factors) {
  codes[i] = code;
  scale[i] = factors.scale;
  squared[i] = factors.squared;
  extra[i] = factors.extra;
  sum[i] = factors.sum;
}

void PointDistances(const simd::Kernels& kernels, size_t padded_dim, const uint8_t* code, const PointFactors& factors,
                    const PointBatch& to, RowScratch* scratch, float* out) {
  const size_t count = to.size();
  CodeAsQuery(code, padded_dim, &scratch->query);
  scratch->dots.resize(count);
  kernels.dot_codes(to.codes.data(), count, scratch->query.data(), padded_dim, scratch->dots.data());
  const int32_t* const dots = scratch->dots.data();
  const float *const scale = to.scale.data(), *const squared = to.squared.data(), *const extra = to.extra.data();
  const int32_t* const sum = to.sum.data();
  const uint32_t offset = OffsetOf(padded_dim, factors.sum);
  const float half_scale = factors.scale * 0.5f, twice_extra = factors.extra * 2, own = factors.squared;
  for (size_t i = 0; i < count; ++i) {
    const auto product = static_cast<float>(FourProducts(dots[i], sum[i], offset));
    const float distance = own + squared[i] - half_scale * scale[i] * product - twice_extra * extra[i];
    out[i] = distance > 0 ? distance : 0;  // NaN, of damaged factors, becomes 0 too
  }
}

PointFactors FactorsOfCode(const simd::Kernels& kernels, size_t padded_dim, const uint8_t* code, float scale) {
  PointFactors factors;
  std::vector<int8_t> query;
  CodeAsQuery(code, padded_dim, &query);
  const int32_t dot = kernels.dot_code(code, query.data(), padded_dim);
  std::fill(query.begin(), query.end(), int8_t{1});
  factors.sum = kernels.dot_code(code, query.data(), padded_dim);
  factors.scale = scale;
  const auto product = static_cast<float>(FourProducts(dot, factors.sum, OffsetOf(padded_dim, factors.sum)));
  factors.squared = scale * 0.5f * scale * product * 0.5f;
  return factors;
}

Rows::Rows(Metric metric, uint32_t padded_dim, std::vector<const uint8_t*> records)
    : metric_(metric), padded_dim_(padded_dim), records_(std::move(records)), kernels_(simd::ActiveKernels()) {
  factors_.reserve(records_.size());
  float longest = 0;
  for (const uint8_t* record : records_) {
    factors_.push_back(FactorsOfCode(kernels_, padded_dim_, record, ScaleOf(metric_, record, padded_dim_)));
    longest = std::max(longest, factors_.back().squared);
  }
  if (metric_ != Metric::kInnerProduct) return;
  for (PointFactors& factors : factors_) {
    factors.extra = std::sqrt(std::max(0.0f, longest - factors.squared));
    factors.squared = longest;
  }
}

float Rows::Distance(uint32_t a, uint32_t b) const {
  RowScratch scratch;
  float distance = 0;
  Distances(a, {&b, 1}, &scratch, &distance);
  return distance;
}

void Rows::Gather(std::span<const uint32_t> rows, PointBatch* batch) const {
  batch->Resize(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) batch->Set(i, records_[rows[i]], factors_[rows[i]]);
}

void Rows::Distances(uint32_t from, std::span<const uint32_t> to, RowScratch* scratch, float* out) const {
  Gather(to, &scratch->batch);
  Distances(from, scratch->batch, scratch, out);
}

void Rows::Distances(uint32_t from, const PointBatch& to, RowScratch* scratch, float* out) const {
  PointDistances(kernels_, padded_dim_, records_[from], factors_[from], to, scratch, out);
}

void Rows::Decode(uint32_t row, float* out) const {
  const uint8_t* const code = records_[row];
  const float scale = factors_[row].scale;
  for (size_t i = 0; i < padded_dim_; ++i) out[i] = scale * (static_cast<float>(code[i]) - 63.5f);
}

}  // namespace quire::graph
