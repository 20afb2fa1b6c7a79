#include "engine/codec/query.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "engine/codec/sketch.h"

namespace quire::codec {
namespace {

// A query smaller than this in every direction is taken for zero: its steps would be denormal numbers.
constexpr float kStepMin = 1e-36f;

// Writes values / step, rounded half up whatever the rounding mode, and what that leaves. REQUIRES: |values / step| <
// 1024.
void RoundAll(const float* values, size_t count, float step, int* rounded, float* errors) {
  for (size_t i = 0; i < count; ++i) {
    rounded[i] = static_cast<int>(values[i] / step + 1024.5f) - 1024;
    errors[i] = values[i] - step * static_cast<float>(rounded[i]);
  }
}

double Norm(const float* values, size_t count) { return std::sqrt(simd::ActiveKernels().dot(values, values, count)); }

// The largest sum of magnitudes that one byte of a scan adds up: dimensions 0-7 or 8-15 of the four sixteens of a
// window.
template <typename T>
T LargestWindowSum(const T* values, size_t count) {
  T largest = 0;
  for (size_t window = 0; window < count; window += simd::kDimMultiple) {
    T lanes[16] = {};
    for (size_t i = 0; i < simd::kDimMultiple; ++i) lanes[i % 16] += std::abs(values[window + i]);
    for (size_t half = 0; half < 16; half += 8)
      largest = std::max(largest, std::accumulate(lanes + half, lanes + half + 8, T{0}));
  }
  return largest;
}

// The 16 sums of four integers that the bits of 0..15 choose, plus what makes the least of them zero, which is
// returned. Eight at a time as the bytes of a word: every sum is in [0, 255] in the end, so borrows in between cancel.
int MakeEntries(const int* values, uint8_t* entries) {
  int base = 0;
  for (int i = 0; i < 4; ++i) base += std::max(0, -values[i]);
  const auto times = [](int value, uint64_t bytes) { return static_cast<uint64_t>(int64_t{value}) * bytes; };
  const uint64_t lower = times(base, 0x0101010101010101u) + times(values[0], 0x0100010001000100u) +
                         times(values[1], 0x0101000001010000u) + times(values[2], 0x0101010100000000u);
  const uint64_t upper = lower + times(values[3], 0x0101010101010101u);
  std::memcpy(entries, &lower, 8);
  std::memcpy(entries + 8, &upper, 8);
  return base;
}

}  // namespace

PreparedQuery::PreparedQuery(const Encoder& encoder, std::span<const float> vector, float epsilon)
    : padded_dim_(encoder.padded_dim()),
      l2_(encoder.metric() == Metric::kL2),
      rotated_(padded_dim_),
      table_(padded_dim_ * 4),
      planes_(4 * SketchBytes(encoder.padded_dim())),
      epsilons_(epsilon / kEpsilon),
      bytes_(padded_dim_) {
  std::vector<float> buffer(padded_dim_);
  float* const rotated = rotated_.data();
  float* const scratch = buffer.data();
  Normalise(encoder.metric(), vector, scratch);
  encoder.rotation().Apply(simd::ActiveKernels(), scratch, rotated);
  table_error_ = MakeTable(rotated, scratch);
  const double byte_error = MakeBytes(rotated, scratch);
  MakePlanes(rotated);

  const double squared = SetCentre(encoder.centroid(), &scan_, &sketch_);
  margin_per_error_ = static_cast<float>(std::sqrt(squared)) * (kRefineEpsilon / kEpsilon);
  const double per_root = byte_error / std::sqrt(static_cast<double>(padded_dim_));
  margin_per_norm_ = kRefineEpsilon * static_cast<float>(l2_ ? 2 * per_root : per_root);
}

double PreparedQuery::SetCentre(std::span<const float> rotated_centroid, simd::ScanQuery* scan,
                                simd::SketchQuery* sketch) const {
  const simd::Kernels& kernels = simd::ActiveKernels();
  const float* const rotated = rotated_.data();
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

double PreparedQuery::MakeTable(const float* rotated, float* errors) {
  std::vector<int> rounded(padded_dim_);
  float step = LargestWindowSum(rotated, padded_dim_) / static_cast<float>(simd::kWindowSumMax - 3);
  if (!(step > kStepMin)) step = 0;
  if (step == 0) std::copy_n(rotated, padded_dim_, errors);
  while (step > 0) {  // rounding may add a little to a sum; a slightly coarser step mends it
    RoundAll(rotated, padded_dim_, step, rounded.data(), errors);
    if (LargestWindowSum(rounded.data(), padded_dim_) <= static_cast<int>(simd::kWindowSumMax)) break;
    step *= 1.01f;
  }
  int base = 0;
  for (size_t dim = 0; dim < padded_dim_; dim += 16) {
    uint8_t* const entries = table_.data() + dim * 4;
    base += MakeEntries(&rounded[dim], entries) + MakeEntries(&rounded[dim + 8], entries + 16) +
            MakeEntries(&rounded[dim + 4], entries + 32) + MakeEntries(&rounded[dim + 12], entries + 48);
  }
  const int sum = std::accumulate(rounded.begin(), rounded.end(), 0);
  scan_.table = table_.data();
  scan_.padded_dim = padded_dim_;
  // <u, q'> = <x, q'> - sum(q') / 2, and a scan's sum is base + <x, q'> / step.
  scan_.scale = step;
  scan_.offset = -step * (static_cast<float>(base) + 0.5f * static_cast<float>(sum));
  return Norm(errors, padded_dim_);
}

double PreparedQuery::MakeBytes(const float* rotated, float* errors) {
  const float step = LargestMagnitude(rotated, padded_dim_) / 127.0f;
  if (!(step > kStepMin)) return Norm(rotated, padded_dim_);
  std::vector<int> rounded(padded_dim_);
  RoundAll(rotated, padded_dim_, step, rounded.data(), errors);
  for (size_t i = 0; i < padded_dim_; ++i) bytes_[i] = static_cast<int8_t>(std::clamp(rounded[i], -127, 127));
  byte_sum_ = std::accumulate(bytes_.begin(), bytes_.end(), 0);
  half_step_ = 0.5f * step;
  return Norm(errors, padded_dim_);
}

void PreparedQuery::MakePlanes(const float* rotated) {
  const auto [least, most] = std::minmax_element(rotated, rotated + padded_dim_);
  const size_t plane_bytes = SketchBytes(static_cast<uint32_t>(padded_dim_));
  float step = (*most - *least) / 15.0f;
  if (!(step > kStepMin)) step = 0;
  int64_t sum = 0;
  for (size_t dim = 0; step > 0 && dim < padded_dim_; dim += 8) {
    uint64_t levels = 0;  // a byte each
    for (size_t i = 0; i < 8; ++i) {
      const int level = std::min(15, static_cast<int>((rotated[dim + i] - *least) / step + 0.5f));
      levels |= static_cast<uint64_t>(level) << (8 * i);
      sum += level;
    }
    for (size_t p = 0; p < 4; ++p) {
      const uint64_t bits = (levels >> p) & 0x0101010101010101u;
      planes_[p * plane_bytes + dim / 8] = static_cast<uint8_t>((bits * 0x0102040810204080u) >> 56);
    }
  }
  sketch_.planes = planes_.data();
  sketch_.sketch_bytes = plane_bytes;
  sketch_.step = step;
  sketch_.low = *least;
  // <u, q'> = <x, q'> - sum(q') / 2, with q' as rounded: what rounding does to the sum is then in no estimate.
  sketch_.offset = -0.5f * (step * static_cast<float>(sum) + *least * static_cast<float>(padded_dim_));
}

Refined PreparedQuery::Refine(const simd::Kernels& kernels, const uint8_t* record) const {
  RefineFactors factors;
  std::memcpy(&factors, record + padded_dim_, sizeof factors);
  // <q', v> in half steps: v is code - 127 / 2.
  const int64_t product = 2 * int64_t{kernels.dot_code(record, bytes_.data(), padded_dim_)} - 127 * byte_sum_;
  const float inner = half_step_ * static_cast<float>(product);
  return {scan_.add + (factors.add + factors.rescale * inner),
          factors.error * margin_per_error_ + factors.norm * margin_per_norm_};
}

}  // namespace quire::codec
