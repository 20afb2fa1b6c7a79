#include "engine/codec/query.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace quire::codec {
namespace {

// A query smaller than this in every direction is taken for zero: its steps would be denormal numbers.
constexpr float kStepMin = 1e-36f;

// Rounds half up: the same everywhere, whatever the rounding mode.
int Round(float value) { return static_cast<int>(std::floor(value + 0.5f)); }

// The largest sum of magnitudes that one byte of a scan adds up: dimensions 0-7 or 8-15 of the four sixteens of a window.
template <typename T>
T LargestWindowSum(const T* values, size_t count) {
  T largest = 0;
  for (size_t window = 0; window < count; window += simd::kDimMultiple) {
    T sums[2] = {0, 0};
    for (size_t i = 0; i < simd::kDimMultiple; ++i) sums[i / 8 % 2] += std::abs(values[window + i]);
    largest = std::max({largest, sums[0], sums[1]});
  }
  return largest;
}

// The 16 sums of four integers that the bits of 0..15 choose, plus what makes the least of them zero, which is returned.
// Eight at a time as the bytes of a word: every sum is in [0, 255] in the end, so borrows in between cancel.
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
    : padded_dim_(encoder.padded_dim()), table_(padded_dim_ * 4), bytes_(padded_dim_) {
  const simd::Kernels& kernels = simd::ActiveKernels();
  std::vector<float> buffer(2 * padded_dim_);
  float* const rotated = buffer.data();
  float* const normalised = rotated + padded_dim_;
  Normalise(encoder.metric(), vector, normalised);
  encoder.rotation().Apply(kernels, normalised, rotated);
  MakeTable(rotated);
  MakeBytes(rotated);

  const std::span<const float> centroid = encoder.centroid();
  const double squared = centroid.empty() ? kernels.dot(rotated, rotated, padded_dim_)
                                          : kernels.squared_l2(rotated, centroid.data(), padded_dim_);
  const bool l2 = encoder.metric() == Metric::kL2;
  const double product = centroid.empty() ? 0 : kernels.dot(rotated, centroid.data(), padded_dim_);
  scan_.add = static_cast<float>(l2 ? squared : -product);
  // The table's own error e adds |rescale| |e| / 2 standard deviations, 2.5 |r| |e| / sqrt(D) as <r', u> is about
  // 0.4 |r| sqrt(D), to the 1.5 |r| |q - c| / sqrt(D) of the code: (2.5 / 1.5)^2 = 2.8.
  scan_.error = static_cast<float>(std::sqrt(squared + 2.8 * table_error_ * table_error_)) * (epsilon / kEpsilon);
  margin_per_error_ = static_cast<float>(std::sqrt(squared)) * (kRefineEpsilon / kEpsilon);
  margin_per_norm_ *= l2 ? 2.0f : 1.0f;
}

void PreparedQuery::MakeTable(const float* rotated) {
  std::vector<int> rounded(padded_dim_);
  float step = LargestWindowSum(rotated, padded_dim_) / static_cast<float>(simd::kWindowSumMax - 3);
  if (!(step > kStepMin)) step = 0;
  while (step > 0) {  // rounding may add a little to a sum; a slightly coarser step mends it
    for (size_t i = 0; i < padded_dim_; ++i) rounded[i] = Round(rotated[i] / step);
    if (LargestWindowSum(rounded.data(), padded_dim_) <= static_cast<int>(simd::kWindowSumMax)) break;
    step *= 1.01f;
  }
  int64_t base = 0, sum = 0;
  for (size_t dim = 0; dim < padded_dim_; dim += 16) {
    uint8_t* const entries = table_.data() + dim * 4;
    base += MakeEntries(&rounded[dim], entries) + MakeEntries(&rounded[dim + 8], entries + 16) +
            MakeEntries(&rounded[dim + 4], entries + 32) + MakeEntries(&rounded[dim + 12], entries + 48);
  }
  double error = 0;
  for (size_t i = 0; i < padded_dim_; ++i) {
    sum += rounded[i];
    const float difference = rotated[i] - step * static_cast<float>(rounded[i]);
    error += static_cast<double>(difference) * static_cast<double>(difference);
  }
  table_error_ = std::sqrt(error);
  scan_.table = table_.data();
  scan_.padded_dim = padded_dim_;
  // <u, q'> = <x, q'> - sum(q') / 2, and a scan's sum is base + <x, q'> / step.
  scan_.scale = step;
  scan_.offset = -step * (static_cast<float>(base) + 0.5f * static_cast<float>(sum));
}

void PreparedQuery::MakeBytes(const float* rotated) {
  float largest = 0;
  for (size_t i = 0; i < padded_dim_; ++i) largest = std::max(largest, std::fabs(rotated[i]));
  const float step = largest / 127.0f;
  if (!(step > kStepMin)) return;
  double error = 0;
  for (size_t i = 0; i < padded_dim_; ++i) {
    const int value = std::clamp(Round(rotated[i] / step), -127, 127);
    bytes_[i] = static_cast<int8_t>(value);
    byte_sum_ += value;
    const float difference = rotated[i] - step * static_cast<float>(value);
    error += static_cast<double>(difference) * static_cast<double>(difference);
  }
  half_step_ = 0.5f * step;
  margin_per_norm_ = kRefineEpsilon * static_cast<float>(std::sqrt(error / static_cast<double>(padded_dim_)));
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
