#include "engine/codec/sketch.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "engine/codec/factors.h"

namespace quire::codec {
namespace {

RefineFactors FactorsOfRecord(const uint8_t* record, uint32_t padded_dim) {
  RefineFactors factors;
  std::memcpy(&factors, record + padded_dim, sizeof factors);
  return factors;
}

// Writes whether each is at least zero, as bits, and as the code u.
void MakeBits(const float* residual, size_t count, uint8_t* bits, float* code) {
  uint8_t bytes[simd::kDimMultiple];
  for (size_t dim = 0; dim < count; dim += simd::kDimMultiple) {
    for (size_t i = 0; i < simd::kDimMultiple; ++i) {
      code[dim + i] = residual[dim + i] >= 0 ? 0.5f : -0.5f;
      bytes[i] = residual[dim + i] >= 0 ? 64 : 0;
    }
    for (size_t i = 0; i < simd::kDimMultiple; i += 8) bits[(dim + i) / 8] = SignBits(bytes + i);
  }
}

}  // namespace

void SetSketch(uint8_t* sketch, uint32_t padded_dim, const uint8_t* bits, const ScanFactors& factors) {
  const size_t used = padded_dim / 8;
  const size_t bytes = SketchBytes(padded_dim);
  std::memcpy(sketch, bits, used);
  std::memset(sketch + used, 0, bytes - used);
  size_t ones = 0;
  for (size_t i = 0; i < used; ++i) ones += static_cast<size_t>(std::popcount(bits[i]));
  const float last[3] = {factors.add, factors.rescale, static_cast<float>(ones)};
  std::memcpy(sketch + bytes - sizeof last, last, sizeof last);
}

void SignBitsOf(const uint8_t* record, uint32_t padded_dim, uint8_t* bits) {
  for (size_t dim = 0; dim < padded_dim; dim += 8) bits[dim / 8] = SignBits(record + dim);
}

void Decode(Metric metric, uint32_t padded_dim, const uint8_t* record, float* out) {
  const float rescale = FactorsOfRecord(record, padded_dim).rescale;
  const float scale = metric == Metric::kL2 ? -0.5f * rescale : -rescale;
  for (size_t i = 0; i < padded_dim; ++i) out[i] = scale * (static_cast<float>(record[i]) - 63.5f);
}

ScanFactors SketchFactors(const uint8_t* sketch, uint32_t padded_dim) {
  float last[3];
  std::memcpy(last, sketch + SketchBytes(padded_dim) - sizeof last, sizeof last);
  return {last[0], last[1], 0};
}

ScanFactors CodeOf(Metric metric, std::span<const float> point, std::span<const float> centroid,
                   std::vector<float>* scratch, uint8_t* bits) {
  const simd::Kernels& kernels = simd::ActiveKernels();
  const size_t dim = point.size();
  scratch->resize(2 * dim);
  float* const residual = scratch->data();
  float* const code = residual + dim;
  std::memcpy(residual, point.data(), point.size_bytes());
  for (size_t i = 0; i < centroid.size(); ++i) residual[i] -= centroid[i];
  MakeBits(residual, dim, bits, code);
  Products products;
  products.rr = kernels.dot(residual, residual, dim);
  products.rw = kernels.dot(residual, code, dim);
  products.ww = static_cast<double>(dim) / 4;
  if (!centroid.empty()) {
    products.cr = kernels.dot(centroid.data(), residual, dim);
    products.cw = kernels.dot(centroid.data(), code, dim);
  }
  const Factors factors = FactorsOf(metric, products, dim);
  return {static_cast<float>(factors.add), static_cast<float>(factors.rescale), static_cast<float>(factors.error)};
}

ScanFactors Recode(Metric metric, uint32_t padded_dim, const uint8_t* record, std::span<const float> centroid,
                   std::vector<float>* scratch, uint8_t* bits) {
  std::vector<float> point(padded_dim);
  Decode(metric, padded_dim, record, point.data());
  ScanFactors factors = CodeOf(metric, point, centroid, scratch, bits);
  // The record is off by its own error, in no relation to that of the sign bits; its metric is the same.
  factors.error = std::hypot(factors.error, FactorsOfRecord(record, padded_dim).error);
  return factors;
}

}  // namespace quire::codec
