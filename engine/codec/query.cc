#include "engine/codec/query.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/codec/sketch.h"

namespace quire::codec {
namespace {

// A query smaller than this in every direction is taken for zero: its steps would be denormal numbers.
constexpr float kStepMin = 1e-36f;

constexpr size_t RoundUp(size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

PreparedQuery::PreparedQuery(const Encoder& encoder, std::span<const float> vector, float epsilon)
    : padded_dim_(encoder.padded_dim()), l2_(encoder.metric() == Metric::kL2), epsilons_(epsilon / kEpsilon) {
  // Lines of the cache for each: a scan reads 32 or 64 bytes of the table at once.
  const size_t plane_bytes = SketchBytes(encoder.padded_dim());
  const size_t table_bytes = 4 * padded_dim_, byte_bytes = RoundUp(padded_dim_), float_bytes = 4 * padded_dim_;
  const size_t bytes = table_bytes + 4 * plane_bytes + byte_bytes + float_bytes + 2 * padded_dim_;
  memory_ = std::make_unique_for_overwrite<uint8_t[]>(bytes + 63);
  uint8_t* const table = memory_.get() + (64 - reinterpret_cast<uintptr_t>(memory_.get()) % 64) % 64;
  uint8_t* const planes = table + table_bytes;
  auto* const query_bytes = reinterpret_cast<int8_t*>(planes + 4 * plane_bytes);
  auto* const rotated = reinterpret_cast<float*>(planes + 4 * plane_bytes + byte_bytes);
  auto* const rounded = reinterpret_cast<int16_t*>(rotated + padded_dim_);
  rotated_ = rotated;

  const simd::Kernels& kernels = simd::ActiveKernels();
  Normalise(encoder.metric(), vector, rotated);
  encoder.rotation().ApplyInPlace(kernels, rotated);
  const simd::QueryRange range = kernels.measure_query(rotated, padded_dim_);
  const double squared = kernels.dot(rotated, rotated, padded_dim_);
  table_error_ = std::sqrt(MakeTable(range, rounded, table).value_or(squared));
  const double byte_error = std::sqrt(MakeBytes(range, rounded, query_bytes).value_or(squared));
  MakePlanes(range, planes);

  const double from_centre = SetCentre(encoder.centroid(), &scan_, &sketch_);
  margin_per_error_ = static_cast<float>(std::sqrt(from_centre)) * (kRefineEpsilon / kEpsilon);
  const double per_root = byte_error / std::sqrt(static_cast<double>(padded_dim_));
  margin_per_norm_ = kRefineEpsilon * static_cast<float>(l2_ ? 2 * per_root : per_root);
}

double PreparedQuery::SetCentre(std::span<const float> rotated_centroid, simd::ScanQuery* scan,
                                simd::SketchQuery* sketch) const {
  const simd::Kernels& kernels = simd::ActiveKernels();
  const float* const rotated = rotated_;
  const bool zero = rotated_centroid.empty();
  const double squared = zero ? kernels.dot(rotated, rotated, padded_dim_)
                              : kernels.squared_l2(rotated, rotated_centroid.data(), padded_dim_);
  const double product = zero || l2_ ? 0 : kernels.dot(rotated, rotated_centroid.data(), padded_dim_);
  scan->add = sketch->add = static_cast<float>(l2_ ? squared : -product);
  // The table's own error e adds |rescale| |e| / 2 standard deviations, 2.5 |r| |e| / sqrt(D) as <r', u> is about
  // 0.4 |r| sqrt(D), to the 1.5 |r| |q - c| / sqrt(D) of the code: (2.5 / 1.5)^2 = 2.8.
  scan->error = static_cast<float>(std::sqrt(squared + 2.8 * table_error_ * table_error_)) * epsilons_;
  return squared;
}

CentredQuery PreparedQuery::Recentred(std::span<const float> rotated_centroid) const {
  CentredQuery query{scan_, sketch_};
  SetCentre(rotated_centroid, &query.scan, &query.sketch);
  return query;
}

std::optional<double> PreparedQuery::MakeTable(const simd::QueryRange& range, int16_t* rounded, uint8_t* table) {
  const simd::Kernels& kernels = simd::ActiveKernels();
  scan_.table = table;
  scan_.padded_dim = padded_dim_;
  float step = range.window_sum / static_cast<float>(simd::kWindowSumMax - 3);
  if (!(step > kStepMin)) {
    std::memset(table, 0, 4 * padded_dim_);
    scan_.offset = -0.0f;
    return std::nullopt;
  }
  simd::RoundedQuery totals;
  for (;; step *= 1.01f) {  // rounding may add a little to a sum; a slightly coarser step mends it
    totals = kernels.round_query(rotated_, padded_dim_, step, rounded);
    if (totals.window_sum <= static_cast<int32_t>(simd::kWindowSumMax)) break;
  }
  kernels.make_table(rounded, padded_dim_, table);
  // <u, q'> = <x, q'> - sum(q') / 2, and a scan's sum is <x, q'> / step and what lies below zero.
  scan_.scale = step;
  scan_.offset = -step * (static_cast<float>(totals.negative) + 0.5f * static_cast<float>(totals.sum));
  return totals.squared_error;
}

std::optional<double> PreparedQuery::MakeBytes(const simd::QueryRange& range, int16_t* rounded, int8_t* bytes) {
  bytes_ = bytes;
  const float step = std::max(-range.least, range.most) / 127.0f;
  if (!(step > kStepMin)) {
    std::memset(bytes, 0, padded_dim_);
    return std::nullopt;
  }
  const simd::RoundedQuery totals = simd::ActiveKernels().round_query(rotated_, padded_dim_, step, rounded);
  // At most 127 in magnitude: the step is right to 2^-23 of it.
  for (size_t i = 0; i < padded_dim_; ++i) bytes[i] = static_cast<int8_t>(rounded[i]);
  byte_sum_ = totals.sum;
  half_step_ = 0.5f * step;
  return totals.squared_error;
}

void PreparedQuery::MakePlanes(const simd::QueryRange& range, uint8_t* planes) {
  sketch_.planes = planes;
  sketch_.sketch_bytes = SketchBytes(static_cast<uint32_t>(padded_dim_));
  std::memset(planes, 0, 4 * sketch_.sketch_bytes);
  const float step = (range.most - range.least) / 15.0f;
  int32_t sum = 0;
  if (step > kStepMin) {
    sketch_.step = step;
    sum = simd::ActiveKernels().make_planes(rotated_, padded_dim_, range.least, 1 / step, planes, sketch_.sketch_bytes);
  }
  sketch_.low = range.least;
  // <u, q'> = <x, q'> - sum(q') / 2, with q' as rounded: what rounding does to the sum is then in no estimate.
  const float total = sketch_.step * static_cast<float>(sum) + sketch_.low * static_cast<float>(padded_dim_);
  sketch_.offset = -0.5f * total;
}

Refined PreparedQuery::Refine(const simd::Kernels& kernels, const uint8_t* record) const {
  RefineFactors factors;
  std::memcpy(&factors, record + padded_dim_, sizeof factors);
  // <q', v> in half steps: v is code - 127 / 2.
  const int64_t product = 2 * int64_t{kernels.dot_code(record, bytes_, padded_dim_)} - 127 * byte_sum_;
  const float inner = half_step_ * static_cast<float>(product);
  return {scan_.add + (factors.add + factors.rescale * inner),
          factors.error * margin_per_error_ + factors.norm * margin_per_norm_};
}

}  // namespace quire::codec
