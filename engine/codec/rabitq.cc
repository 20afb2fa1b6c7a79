#include "engine/codec/rabitq.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/codec/factors.h"

namespace quire::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "stored numbers are little-endian");

constexpr size_t kArrayBytes = simd::kBlockSlots * sizeof(float);

enum FactorArray : size_t { kAdd = 0, kRescale = 1, kError = 2, kNumber = 3 };

size_t FactorAt(uint32_t padded_dim, FactorArray array, size_t slot) {
  return size_t{padded_dim} * 4 + array * kArrayBytes + slot * 4;
}

template <typename T>
void Put(uint8_t* at, const T& value) {
  std::memcpy(at, &value, sizeof value);
}

template <typename T>
T Get(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Where the byte of dimensions [dim, dim + 8) of a slot lies in a block. REQUIRES: dim is a multiple of 8.
size_t CodeAt(size_t dim, size_t slot) { return dim / 16 * 64 + (slot / 16) * 32 + (dim / 8 % 2) * 16 + slot % 16; }

void PutFactors(uint8_t* block, uint32_t padded_dim, size_t slot, const ScanFactors& factors, uint32_t number) {
  Put(block + FactorAt(padded_dim, kAdd, slot), factors.add);
  Put(block + FactorAt(padded_dim, kRescale, slot), factors.rescale);
  Put(block + FactorAt(padded_dim, kError, slot), factors.error);
  Put(block + FactorAt(padded_dim, kNumber, slot), number);
}

// Writes the refine code of `residual` and, as numbers, the code w of either width.
void MakeCode(const float* residual, size_t count, uint8_t* code, float* bits, float* fine) {
  const float largest = LargestMagnitude(residual, count);
  // Slightly under 64, so that the largest coordinates stay inside [0, 128).
  const float stretch = largest > 1e-30f ? 63.999f / largest : 0.0f;
  for (size_t i = 0; i < count; ++i) {
    const int value = static_cast<int>(residual[i] * stretch + 64.0f);
    code[i] = static_cast<uint8_t>(value);
    bits[i] = value >= 64 ? 0.5f : -0.5f;
    fine[i] = static_cast<float>(value) - 63.5f;
  }
}

}  // namespace

void ClearBlock(uint8_t* block, uint32_t padded_dim, uint32_t number) {
  std::memset(block, 0, BlockBytes(padded_dim));
  for (size_t slot = 0; slot < simd::kBlockSlots; ++slot) {
    Put(block + FactorAt(padded_dim, kAdd, slot), std::numeric_limits<float>::infinity());
    Put(block + FactorAt(padded_dim, kNumber, slot), number);
  }
}

void SetSlot(uint8_t* block, uint32_t padded_dim, size_t slot, const uint8_t* record, const ScanFactors& factors,
             uint32_t number) {
  for (size_t dim = 0; dim < padded_dim; dim += 8) block[CodeAt(dim, slot)] = SignBits(record + dim);
  PutFactors(block, padded_dim, slot, factors, number);
}

void SetSlotBits(uint8_t* block, uint32_t padded_dim, size_t slot, const uint8_t* bits, const ScanFactors& factors,
                 uint32_t number) {
  for (size_t dim = 0; dim < padded_dim; dim += 8) block[CodeAt(dim, slot)] = bits[dim / 8];
  PutFactors(block, padded_dim, slot, factors, number);
}

ScanFactors SlotFactors(const uint8_t* block, uint32_t padded_dim, size_t slot) {
  return {Get<float>(block + FactorAt(padded_dim, kAdd, slot)),
          Get<float>(block + FactorAt(padded_dim, kRescale, slot)),
          Get<float>(block + FactorAt(padded_dim, kError, slot))};
}

uint32_t SlotNumber(const uint8_t* block, uint32_t padded_dim, size_t slot) {
  return Get<uint32_t>(block + FactorAt(padded_dim, kNumber, slot));
}

uint8_t SignBits(const uint8_t* code) {
  const uint64_t bits = (Get<uint64_t>(code) >> 6) & 0x0101010101010101u;
  return static_cast<uint8_t>((bits * 0x0102040810204080u) >> 56);
}

float LargestMagnitude(const float* values, size_t count) {
  float lanes[16] = {};  // a chain of maxima each: one alone would wait for itself
  for (size_t i = 0; i < count; i += 16) {
    for (size_t j = 0; j < 16; ++j) lanes[j] = std::max(lanes[j], std::fabs(values[i + j]));
  }
  return *std::max_element(lanes, lanes + 16);
}

void Normalise(Metric metric, std::span<const float> vector, float* out) {
  if (metric == Metric::kCosine) {
    const simd::Kernels& kernels = simd::ActiveKernels();
    const double norm = std::sqrt(kernels.dot(vector.data(), vector.data(), vector.size()));
    if (norm > 0) return kernels.divide(vector.data(), norm, out, vector.size());
  }
  std::copy(vector.begin(), vector.end(), out);
}

Encoder::Encoder(Metric metric, uint32_t dim, uint64_t seed, std::span<const float> centroid)
    : metric_(metric), rotation_(dim, seed) {
  if (centroid.empty()) return;
  centroid_.resize(padded_dim());
  rotation_.Apply(simd::ActiveKernels(), centroid.data(), centroid_.data());
}

ScanFactors Encoder::Encode(std::span<const float> vector, std::vector<float>* scratch, uint8_t* record) const {
  const simd::Kernels& kernels = simd::ActiveKernels();
  const size_t count = padded_dim();
  scratch->resize(3 * count);
  float* const residual = scratch->data();
  float* const bits = residual + count;
  float* const fine = bits + count;
  Normalise(metric_, vector, bits);
  rotation_.Apply(kernels, bits, residual);
  for (size_t i = 0; i < centroid_.size(); ++i) residual[i] -= centroid_[i];
  MakeCode(residual, count, record, bits, fine);

  Products scan;
  scan.rr = kernels.dot(residual, residual, count);
  if (!centroid_.empty()) scan.cr = kernels.dot(centroid_.data(), residual, count);
  Products refine = scan;
  scan.rw = kernels.dot(residual, bits, count);
  scan.ww = static_cast<double>(count) / 4;
  refine.rw = kernels.dot(residual, fine, count);
  refine.ww = kernels.dot(fine, fine, count);
  if (!centroid_.empty()) {
    scan.cw = kernels.dot(centroid_.data(), bits, count);
    refine.cw = kernels.dot(centroid_.data(), fine, count);
  }
  const Factors fine_factors = FactorsOf(metric_, refine, count);
  Put(record + count, RefineFactors{static_cast<float>(fine_factors.add), static_cast<float>(fine_factors.rescale),
                                    static_cast<float>(fine_factors.error), static_cast<float>(std::sqrt(scan.rr))});
  const Factors factors = FactorsOf(metric_, scan, count);
  return {static_cast<float>(factors.add), static_cast<float>(factors.rescale), static_cast<float>(factors.error)};
}

}  // namespace quire::codec
