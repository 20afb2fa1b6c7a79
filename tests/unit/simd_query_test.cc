// What prepares a query does what its contracts say, with the same bits at every instruction level.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/simd/kernels.h"

namespace quire::simd {
namespace {

constexpr uint32_t kSeed = 31;
constexpr size_t kDims[] = {64, 128, 192, 384, 768, 4096, 65'536};

const Kernels& Scalar() { return *KernelsFor(Level::kScalar); }

std::vector<const Kernels*> Levels() {
  std::vector<const Kernels*> levels;
  for (size_t i = 0; i < kLevelCount; ++i) {
    if (const Kernels* kernels = KernelsFor(static_cast<Level>(i))) levels.push_back(kernels);
  }
  return levels;
}

template <typename T>
bool SameBits(const T& a, const T& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

template <typename T>
bool SameBits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

// Values of a kind: normal ones, ones with zeros of both signs, one large among small ones, all alike, none.
std::vector<float> Values(size_t count, int kind, std::mt19937* random) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) {
    value = kind == 3 ? -0.75f : kind == 4 ? 0.0f : normal(*random);
    if (kind == 1 && (*random)() % 3 == 0) value = (*random)() % 2 == 0 ? 0.0f : -0.0f;
    if (kind == 2) value *= 1e-6f;
  }
  if (kind == 2) values[(*random)() % count] = -3.0f;
  return values;
}

}  // namespace

TEST_CASE("simd: divide is division, at every level") {
  std::mt19937 random(kSeed);
  std::vector<float> values = {0.0f, -0.0f, 1e-45f, -1e-45f, 1.2e-38f, 3.4e38f, -3.4e38f, 1.0f, 3.0f};
  for (size_t i = 0; i < 20'000; ++i) {
    const uint32_t bits = static_cast<uint32_t>(random()) & ~(random() % 2 == 0 ? 0x00FFFF00u : 0u);
    float value;
    std::memcpy(&value, &bits, 4);
    if (std::isfinite(value)) values.push_back(value);
  }
  std::vector<double> divisors = {1.0, 3.0, 1e-45, 1e41, 0.1, 1.9999999999999998, 1.0000000000000002};
  for (int i = 0; i < 40; ++i) divisors.push_back(std::sqrt(static_cast<double>(random())) * std::pow(10, i - 20));
  for (const double by : divisors) {
    for (const Kernels* kernels : Levels()) {
      size_t wrong = 0;
      std::vector<float> found(values.size());
      kernels->divide(values.data(), by, found.data(), values.size());
      for (size_t i = 0; i < values.size(); ++i) {
        const auto expected = static_cast<float>(static_cast<double>(values[i]) / by);
        wrong += !SameBits(found[i], expected);
      }
      CAPTURE(kSeed, kernels->name, by);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("simd: a query is measured alike at every level") {
  std::mt19937 random(kSeed);
  for (const size_t dim : kDims) {
    for (int kind = 0; kind < 5; ++kind) {
      const std::vector<float> values = Values(dim, kind, &random);
      const QueryRange expected = Scalar().measure_query(values.data(), dim);
      CHECK(expected.least == *std::min_element(values.begin(), values.end()));
      CHECK(expected.most == *std::max_element(values.begin(), values.end()));
      double largest = 0;
      for (size_t at = 0; at < dim; at += 64) {
        for (size_t half = 0; half < 16; half += 8) {
          double sum = 0;
          for (size_t i = 0; i < 32; ++i) sum += std::fabs(static_cast<double>(values[at + half + i / 8 * 16 + i % 8]));
          largest = std::max(largest, sum);
        }
      }
      CHECK(static_cast<double>(expected.window_sum) == Approx(largest));
      for (const Kernels* kernels : Levels()) {
        CAPTURE(kSeed, kernels->name, dim, kind);
        CHECK(SameBits(kernels->measure_query(values.data(), dim), expected));
      }
    }
  }
}

TEST_CASE("simd: a query is rounded alike at every level") {
  std::mt19937 random(kSeed);
  for (const size_t dim : kDims) {
    for (int kind = 0; kind < 5; ++kind) {
      const std::vector<float> values = Values(dim, kind, &random);
      for (const float step : {0.004f, 0.05f, 0.5f}) {
        if (4.5f / step > 1023 && kind < 2) continue;
        std::vector<int16_t> rounded(dim), found(dim);
        const RoundedQuery expected = Scalar().round_query(values.data(), dim, step, rounded.data());
        std::vector<float> errors(dim);
        int32_t sum = 0, negative = 0;
        size_t far = 0;
        for (size_t i = 0; i < dim; ++i) {
          errors[i] = values[i] - step * static_cast<float>(rounded[i]);
          far += std::fabs(errors[i]) > step * 0.5002f;
          sum += rounded[i];
          negative += std::max(0, -rounded[i]);
        }
        CHECK(far == 0);
        CHECK(expected.sum == sum);
        CHECK(expected.negative == negative);
        CHECK(SameBits(expected.squared_error, Scalar().dot(errors.data(), errors.data(), dim)));
        const std::vector<float> numbers(rounded.begin(), rounded.end());
        CHECK(static_cast<float>(expected.window_sum) == Scalar().measure_query(numbers.data(), dim).window_sum);
        for (const Kernels* kernels : Levels()) {
          const RoundedQuery totals = kernels->round_query(values.data(), dim, step, found.data());
          CAPTURE(kSeed, kernels->name, dim, kind, step);
          CHECK(found == rounded);
          CHECK(SameBits(totals.squared_error, expected.squared_error));
          CHECK(totals.sum == sum);
          CHECK(totals.negative == negative);
          CHECK(totals.window_sum == expected.window_sum);
        }
      }
    }
  }
}

TEST_CASE("simd: a table holds the sums its bits choose, at every level") {
  std::mt19937 random(kSeed);
  for (const size_t dim : {64u, 192u, 384u, 4096u}) {
    for (int kind = 0; kind < 3; ++kind) {
      std::vector<int16_t> values(dim);
      for (size_t window = 0; window < dim; window += 64) {
        for (size_t i = 0; i < 64; ++i) values[window + i] = static_cast<int16_t>(static_cast<int>(random() % 15) - 7);
        if (kind == 0) continue;
        // All that is allowed in one dimension of each half.
        std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(window), 64, int16_t{0});
        for (size_t half = 0; half < 16; half += 8) {
          values[window + half + random() % 4 * 16 + random() % 8] = kind == 1 ? 255 : -255;
        }
      }
      std::vector<uint8_t> expected(dim * 4);
      for (size_t at = 0; at < dim * 4; ++at) {
        // Tables of 16 for dimensions 0-3, 8-11, 4-7, 12-15 of each sixteen.
        constexpr size_t kFirst[] = {0, 8, 4, 12};
        const int16_t* four = values.data() + at / 64 * 16 + kFirst[at % 64 / 16];
        int entry = 0, least = 0;
        for (size_t i = 0; i < 4; ++i) {
          if ((at % 16 >> i & 1) != 0) entry += four[i];
          least += std::min<int>(0, four[i]);
        }
        expected[at] = static_cast<uint8_t>(entry - least);
      }
      for (const Kernels* kernels : Levels()) {
        std::vector<uint8_t> found(dim * 4);
        kernels->make_table(values.data(), dim, found.data());
        CAPTURE(kSeed, kernels->name, dim, kind);
        CHECK(found == expected);
      }
    }
  }
}

TEST_CASE("simd: planes hold the bits of the levels, at every level") {
  std::mt19937 random(kSeed);
  for (const size_t dim : kDims) {
    for (int kind = 0; kind < 4; ++kind) {
      const std::vector<float> values = Values(dim, kind, &random);
      const QueryRange range = Scalar().measure_query(values.data(), dim);
      const float per_step = range.most > range.least ? 15 / (range.most - range.least) : 1.0f;
      const size_t plane_bytes = dim / 8 + 24;
      std::vector<uint8_t> expected(4 * plane_bytes, 0xA5), found;
      int32_t sum = 0;
      for (size_t i = 0; i < dim; ++i) {
        const int level = std::min(15, static_cast<int>((values[i] - range.least) * per_step + 0.5f));
        sum += level;
        for (size_t p = 0; p < 4; ++p) {
          uint8_t& byte = expected[p * plane_bytes + i / 8];
          byte = static_cast<uint8_t>((byte & ~(1 << i % 8)) | (level >> p & 1) << i % 8);
        }
      }
      for (const Kernels* kernels : Levels()) {
        found.assign(4 * plane_bytes, 0xA5);
        CAPTURE(kSeed, kernels->name, dim, kind);
        CHECK(kernels->make_planes(values.data(), dim, range.least, per_step, found.data(), plane_bytes) == sum);
        CHECK(SameBits(found, expected));
      }
    }
  }
}

}  // namespace quire::simd
