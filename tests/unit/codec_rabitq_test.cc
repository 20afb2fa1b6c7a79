// Codes estimate distances as well as they say, and nothing odd breaks them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/codec/query.h"
#include "engine/codec/rabitq.h"
#include "engine/codec/raw_vector.h"

namespace quire::codec {
namespace {

constexpr uint32_t kSeed = 91;
constexpr Metric kMetrics[] = {Metric::kCosine, Metric::kL2, Metric::kInnerProduct};

using Vector = std::vector<float>;

Vector RandomVector(uint32_t dim, std::mt19937* random) {
  std::normal_distribution<float> normal;
  Vector vector(dim);
  for (float& value : vector) value = normal(*random);
  return vector;
}

// What the codes of a metric estimate, in double precision.
double TrueValue(Metric metric, const Vector& q, const Vector& o) {
  double qo = 0, qq = 0, oo = 0;
  for (size_t i = 0; i < q.size(); ++i) {
    const auto a = static_cast<double>(q[i]), b = static_cast<double>(o[i]);
    qo += a * b;
    qq += a * a;
    oo += b * b;
  }
  if (metric == Metric::kL2) return qq + oo - 2 * qo;
  return metric == Metric::kInnerProduct ? -qo : -qo / std::sqrt(qq * oo);
}

struct Block {
  explicit Block(const Encoder& encoder)
      : block(BlockBytes(encoder.padded_dim())), records(32 * RecordBytes(encoder.padded_dim())) {
    ClearBlock(block.data(), encoder.padded_dim(), 0);
  }
  void Set(const Encoder& encoder, size_t slot, const Vector& vector) {
    const ScanFactors factors = encoder.Encode(vector, &scratch, record(encoder, slot));
    SetSlot(block.data(), encoder.padded_dim(), slot, record(encoder, slot), factors, static_cast<uint32_t>(slot));
  }
  uint8_t* record(const Encoder& encoder, size_t slot) {
    return records.data() + slot * RecordBytes(encoder.padded_dim());
  }
  std::vector<uint8_t> block, records;
  std::vector<float> scratch;
};

struct Quality {
  double bias = 0, deviation = 0;  // of the scan estimate, in units of |q - c| |r|
  double below = 0;                // share of true values under the lower bound
  double outside = 0;              // share of true values outside the margin of the refined ones
  double fine_deviation = 0;
};

Quality Measure(Metric metric, uint32_t dim, bool with_centroid) {
  std::mt19937 random(kSeed);
  const Vector centroid = with_centroid ? RandomVector(dim, &random) : Vector{};
  const simd::Kernels& kernels = simd::ActiveKernels();
  Quality quality;
  size_t count = 0;
  for (uint64_t round = 0; round < 40; ++round) {
    const Encoder encoder(metric, dim, round, centroid);  // unbiased is what it is over rotations
    Block block(encoder);
    std::vector<Vector> stored;
    for (size_t slot = 0; slot < 32; ++slot) {
      stored.push_back(RandomVector(dim, &random));
      block.Set(encoder, slot, stored.back());
    }
    for (int i = 0; i < 4; ++i, count += 32) {
      const Vector vector = RandomVector(dim, &random);
      const PreparedQuery query(encoder, vector, kEpsilon);
      simd::ScanResult result;
      kernels.scan_block(&query.scan(), block.block.data(), 0, &result);
      for (size_t slot = 0; slot < 32; ++slot) {
        const double truth = TrueValue(metric, vector, stored[slot]);
        const double unit = metric == Metric::kCosine ? 1 : dim;
        const double error = (static_cast<double>(result.estimate[slot]) - truth) / unit;
        quality.bias += error;
        quality.deviation += error * error;
        quality.below += truth < static_cast<double>(result.lower[slot]);
        const Refined refined = query.Refine(kernels, block.record(encoder, slot));
        const double fine = static_cast<double>(refined.value) - truth;
        quality.fine_deviation += fine * fine / unit / unit;
        quality.outside += std::fabs(fine) > static_cast<double>(refined.margin);
      }
    }
  }
  const auto n = static_cast<double>(count);
  return {quality.bias / n, std::sqrt(quality.deviation / n), quality.below / n, quality.outside / n,
          std::sqrt(quality.fine_deviation / n)};
}

}  // namespace

TEST_CASE("rabitq: estimates are unbiased, bounds are broken as seldom as epsilon says") {
  for (const Metric metric : kMetrics) {
    for (const uint32_t dim : {128u, 384u, 768u, 1000u}) {
      for (const bool with_centroid : {false, true}) {
        const Quality quality = Measure(metric, dim, with_centroid);
        const double root = std::sqrt(static_cast<double>(dim));
        const double factor = (metric == Metric::kL2 ? 2 : 1) * (with_centroid && metric != Metric::kCosine ? 2 : 1);
        CAPTURE(MetricName(metric), dim, with_centroid, quality.bias, quality.deviation, quality.below, quality.outside,
                quality.fine_deviation);
        if (metric != Metric::kCosine || !with_centroid) {
          CHECK(std::fabs(quality.bias) < 0.06 * factor / root);
          CHECK(quality.deviation < 0.95 * factor / root);
          CHECK(quality.fine_deviation < 0.03 * factor / root);
        }
        CHECK(quality.below < 0.045);    // one side of 1.9 standard deviations: 0.029
        CHECK(quality.outside < 0.006);  // both sides of 3: 0.0027
      }
    }
  }
}

TEST_CASE("rabitq: the table of a query adds up to what it stands for") {
  std::mt19937 random(kSeed);
  for (const uint32_t dim : {1u, 64u, 100u, 768u}) {
    const Encoder encoder(Metric::kInnerProduct, dim, 3, {});
    Vector vector = RandomVector(dim, &random);
    if (dim == 100) vector[17] = 1000;
    const PreparedQuery query(encoder, vector, kEpsilon);
    Vector rotated(encoder.padded_dim());
    encoder.rotation().Apply(simd::ActiveKernels(), vector.data(), rotated.data());
    for (uint32_t window = 0; window < encoder.padded_dim(); window += 64) {
      for (size_t half = 0; half < 2; ++half) {
        unsigned most = 0;
        for (size_t i = 0; i < 8; ++i) {
          const uint8_t* entries = query.scan().table + window * 4 + (i / 2) * 64 + (i % 2) * 32 + half * 16;
          most += *std::max_element(entries, entries + 16);
          CHECK(*std::min_element(entries, entries + 16) == 0);
        }
        CHECK(most <= simd::kWindowSumMax);
      }
    }
    // All bits set: <u, q'> is half the sum of q'.
    double half_sum = 0;
    for (const float value : rotated) half_sum += static_cast<double>(value) / 2;
    double sum = 0;
    for (uint32_t at = 15; at < encoder.padded_dim() * 4; at += 16) sum += query.scan().table[at];
    const double found = static_cast<double>(query.scan().scale) * sum + static_cast<double>(query.scan().offset);
    const double slack = static_cast<double>(query.scan().scale) * std::sqrt(encoder.padded_dim());
    CAPTURE(dim, half_sum, found, slack);
    CHECK(std::fabs(found - half_sum) <= slack);
  }
}

TEST_CASE("rabitq: bits of the scan code are the upper bits of the refine code") {
  std::mt19937 random(kSeed);
  const Encoder encoder(Metric::kL2, 130, 3, {});
  Block block(encoder);
  for (size_t slot = 0; slot < 32; ++slot) block.Set(encoder, slot, RandomVector(130, &random));
  size_t wrong = 0;
  for (size_t slot = 0; slot < 32; ++slot) {
    for (size_t dim = 0; dim < encoder.padded_dim(); ++dim) {
      const size_t at = dim / 16 * 64 + slot / 16 * 32 + dim / 8 % 2 * 16 + slot % 16;
      const bool bit = (block.block[at] >> (dim % 8)) & 1;
      if (bit != (block.record(encoder, slot)[dim] >= 64)) ++wrong;
    }
    CHECK(SlotNumber(block.block.data(), encoder.padded_dim(), slot) == slot);
  }
  CHECK(wrong == 0);
}

TEST_CASE("rabitq: an empty slot survives no threshold") {
  const Encoder encoder(Metric::kL2, 64, 3, {});
  Block block(encoder);
  const PreparedQuery query(encoder, Vector(64, 0.5f), kEpsilon);
  simd::ScanResult result;
  CHECK(simd::ActiveKernels().scan_block(&query.scan(), block.block.data(), std::numeric_limits<float>::infinity(),
                                         &result) == 0);
}

TEST_CASE("rabitq: zero, tiny and huge vectors have finite codes, and the zero vector an exact one") {
  const simd::Kernels& kernels = simd::ActiveKernels();
  std::mt19937 random(kSeed);
  for (const Metric metric : kMetrics) {
    for (const uint32_t dim : {1u, 65u, 768u, 65'535u}) {
      const Encoder encoder(metric, dim, 3, {});
      Block block(encoder);
      const std::vector<Vector> vectors = {Vector(dim, 0.0f), Vector(dim, 1e-45f), Vector(dim, 1e-20f),
                                           Vector(dim, 1e15f), RandomVector(dim, &random)};
      for (size_t slot = 0; slot < vectors.size(); ++slot) block.Set(encoder, slot, vectors[slot]);
      for (const Vector& vector : vectors) {
        const PreparedQuery query(encoder, vector, kEpsilon);
        simd::ScanResult result;
        kernels.scan_block(&query.scan(), block.block.data(), 0, &result);
        for (size_t slot = 0; slot < vectors.size(); ++slot) {
          const Refined refined = query.Refine(kernels, block.record(encoder, slot));
          CAPTURE(MetricName(metric), dim, slot, vector[0]);
          CHECK(std::isfinite(result.estimate[slot]));
          CHECK(std::isfinite(result.lower[slot]));
          CHECK(std::isfinite(refined.value));
          CHECK(std::isfinite(refined.margin));
          if (slot == 0 && metric != Metric::kL2) CHECK(refined.value == 0.0f);
          if (slot == 0) CHECK(refined.value == result.estimate[slot]);
        }
      }
    }
  }
}

TEST_CASE("rabitq: equal vectors have equal codes, and a vector scaled has the same cosine code") {
  std::mt19937 random(kSeed);
  const Encoder encoder(Metric::kCosine, 100, 3, {});
  const Vector vector = RandomVector(100, &random);
  Vector scaled = vector;
  for (float& value : scaled) value *= 1024;
  Block block(encoder);
  block.Set(encoder, 0, vector);
  block.Set(encoder, 1, vector);
  block.Set(encoder, 2, scaled);
  const size_t bytes = RecordBytes(encoder.padded_dim());
  CHECK(std::memcmp(block.record(encoder, 0), block.record(encoder, 1), bytes) == 0);
  CHECK(std::memcmp(block.record(encoder, 0), block.record(encoder, 2), bytes) == 0);
}

TEST_CASE("raw vectors: what is stored is what is read, to the precision of the form") {
  const Vector vector = {0.0f, 1.0f, -65'504.0f, 0.1f, 1e-7f, 3.0f};
  Vector read(vector.size());
  std::string bytes;
  AppendRawVector(RawVectors::kF32, vector, &bytes);
  REQUIRE(bytes.size() == RawBytes(RawVectors::kF32, 6));
  REQUIRE(ReadRawVector(RawVectors::kF32, bytes, read));
  CHECK(read == vector);
  bytes.clear();
  AppendRawVector(RawVectors::kF16, vector, &bytes);
  REQUIRE(bytes.size() == RawBytes(RawVectors::kF16, 6));
  REQUIRE(ReadRawVector(RawVectors::kF16, bytes, read));
  CHECK(read[2] == -65'504.0f);
  CHECK(std::fabs(read[3] - 0.1f) < 1e-4f);
  CHECK_FALSE(ReadRawVector(RawVectors::kF16, std::string_view(bytes).substr(1), read));
  CHECK_FALSE(ReadRawVector(RawVectors::kF32, bytes, read));
}

TEST_CASE("raw vectors: exact distances, and where there is none") {
  const Vector a = {3, 4}, b = {6, 8}, c = {-4, 3}, zero = {0, 0}, huge = {3e38f, 3e38f};
  CHECK(ExactQuery(Metric::kL2, a).Distance(b) == 5.0f);
  CHECK(ExactQuery(Metric::kInnerProduct, a).Distance(b) == -50.0f);
  CHECK(ExactQuery(Metric::kCosine, a).Distance(b) == Approx(0.0).margin(1e-7));
  CHECK(ExactQuery(Metric::kCosine, a).Distance(c) == Approx(1.0));
  CHECK(ExactQuery(Metric::kCosine, a).Distance(zero) == 1.0f);
  CHECK(ExactQuery(Metric::kCosine, zero).Distance(a) == 1.0f);
  CHECK(ExactQuery(Metric::kCosine, huge).Distance(a) == Approx(1 - 7 / (5 * std::sqrt(2.0))));
  CHECK(ExactQuery(Metric::kInnerProduct, huge).Distance(huge) == -std::numeric_limits<float>::max());
  CHECK(ExactQuery(Metric::kL2, huge).Distance(zero) == std::numeric_limits<float>::max());
}

TEST_CASE("raw vectors: the distance of stored bytes is that of the vector they hold, to the bit") {
  std::mt19937 random(kSeed);
  for (const RawVectors raw : {RawVectors::kF16, RawVectors::kF32}) {
    for (const uint32_t dim : {1u, 2u, 15u, 16u, 17u, 63u, 100u, 384u, 1000u}) {
      for (int kind = 0; kind < 4; ++kind) {
        Vector vector = RandomVector(dim, &random);
        for (float& value : vector) value *= kind == 0 ? 0.0f : kind == 1 ? 1e-6f : kind == 2 ? 10'000.0f : 1.0f;
        std::string bytes(static_cast<size_t>(kind), 'x');  // none, and some that shift what follows
        AppendRawVector(raw, vector, &bytes);
        Vector stored(dim);
        REQUIRE(ReadRawVector(raw, std::string_view(bytes).substr(static_cast<size_t>(kind)), stored));
        for (const Metric metric : kMetrics) {
          for (const Vector& query : {RandomVector(dim, &random), stored, Vector(dim, 0.0f), Vector(dim, 3e38f)}) {
            const ExactQuery exact(metric, query);
            const float found = exact.Distance(raw, reinterpret_cast<const uint8_t*>(bytes.data()) + kind);
            CAPTURE(kSeed, MetricName(metric), dim, kind, query[0]);
            CHECK(found == exact.Distance(stored));
          }
        }
      }
    }
  }
}

}  // namespace quire::codec
