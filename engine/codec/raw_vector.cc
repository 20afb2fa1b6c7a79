#include "engine/codec/raw_vector.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace quire::codec {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();

float DistanceOfSquared(double squared_l2) { return static_cast<float>(std::min(std::sqrt(squared_l2), kLargest)); }

}  // namespace

size_t RawBytes(RawVectors raw, uint32_t dim) { return size_t{dim} * (raw == RawVectors::kF16 ? 2 : 4); }

float RawLimit(RawVectors raw) { return raw == RawVectors::kF16 ? 65'504.0f : 1e15f; }

void AppendRawVector(RawVectors raw, std::span<const float> vector, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + RawBytes(raw, static_cast<uint32_t>(vector.size())));
  if (raw == RawVectors::kF32) {
    std::memcpy(out->data() + begin, vector.data(), vector.size_bytes());
    return;
  }
  std::vector<uint16_t> halves(vector.size());
  simd::ActiveKernels().to_f16(vector.data(), halves.data(), halves.size());
  std::memcpy(out->data() + begin, halves.data(), halves.size() * 2);
}

bool ReadRawVector(RawVectors raw, std::string_view bytes, std::span<float> out) {
  if (bytes.size() != RawBytes(raw, static_cast<uint32_t>(out.size()))) return false;
  if (raw == RawVectors::kF32) {
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return true;
  }
  // Stored bytes may lie anywhere; halves are converted from an aligned copy, a piece at a time.
  constexpr size_t kPiece = 256;
  uint16_t halves[kPiece];
  const simd::Kernels& kernels = simd::ActiveKernels();
  for (size_t i = 0; i < out.size(); i += kPiece) {
    const size_t count = std::min(kPiece, out.size() - i);
    std::memcpy(halves, bytes.data() + i * 2, count * 2);
    kernels.from_f16(halves, out.data() + i, count);
  }
  return true;
}

ExactQuery::ExactQuery(Metric metric, std::span<const float> vector)
    : metric_(metric),
      vector_(vector),
      doubles_(vector.begin(), vector.end()),
      kernels_(simd::ActiveKernels()),
      norm_(std::sqrt(kernels_.dot(vector.data(), vector.data(), vector.size()))) {}

float ExactQuery::Distance(std::span<const float> stored) const {
  if (metric_ == Metric::kL2)
    return DistanceOfSquared(kernels_.squared_l2(vector_.data(), stored.data(), stored.size()));
  const double product = kernels_.dot(vector_.data(), stored.data(), stored.size());
  const bool cosine = metric_ == Metric::kCosine;
  return DistanceOfProducts({product, cosine ? kernels_.dot(stored.data(), stored.data(), stored.size()) : 0});
}

float ExactQuery::Distance(RawVectors raw, const uint8_t* bytes) const {
  if (raw == RawVectors::kF16) {
    if (metric_ == Metric::kL2)
      return DistanceOfSquared(kernels_.squared_l2_f16(doubles_.data(), bytes, doubles_.size()));
    return DistanceOfProducts(kernels_.products_f16(doubles_.data(), bytes, doubles_.size()));
  }
  if (reinterpret_cast<uintptr_t>(bytes) % alignof(float) == 0) {
    return Distance(std::span(reinterpret_cast<const float*>(bytes), vector_.size()));
  }
  std::vector<float> copy(vector_.size());
  std::memcpy(copy.data(), bytes, vector_.size_bytes());
  return Distance(copy);
}

float ExactQuery::DistanceOfProducts(const simd::ExactProducts& products) const {
  if (metric_ == Metric::kInnerProduct) return static_cast<float>(std::clamp(-products.product, -kLargest, kLargest));
  const double norm = std::sqrt(products.square);
  if (norm_ == 0 || norm == 0) return 1.0f;
  return static_cast<float>(std::clamp(1 - products.product / (norm_ * norm), 0.0, 2.0));
}

}  // namespace quire::codec
