// Sketches and codes made anew from records say of distances what the codes of an encoder say.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/codec/query.h"
#include "engine/codec/sketch.h"

namespace quire::codec {
namespace {

constexpr uint32_t kSeed = 47;
constexpr Metric kMetrics[] = {Metric::kCosine, Metric::kL2, Metric::kInnerProduct};
constexpr uint32_t kDims[] = {1, 63, 64, 65, 384, 768, 1536, 4096};

using Vector = std::vector<float>;
using Bytes = std::vector<uint8_t>;

Vector RandomVector(uint32_t dim, std::mt19937* random, float length = 1) {
  std::normal_distribution<float> normal;
  Vector vector(dim);
  for (float& value : vector) value = normal(*random) * length;
  return vector;
}

Vector Sum(const Vector& a, const Vector& b) {
  Vector sum = a;
  for (size_t i = 0; i < b.size(); ++i) sum[i] += b[i];
  return sum;
}

Vector Normalised(Metric metric, const Vector& vector) {
  Vector out(vector.size());
  Normalise(metric, vector, out.data());
  return out;
}

Vector Rotated(const Encoder& encoder, const Vector& vector) {
  Vector out(encoder.padded_dim());
  encoder.rotation().Apply(simd::ActiveKernels(), vector.data(), out.data());
  return out;
}

double Dot(const Vector& a, const Vector& b) { return simd::ActiveKernels().dot(a.data(), b.data(), a.size()); }

double SquaredL2(const Vector& a, const Vector& b) {
  return simd::ActiveKernels().squared_l2(a.data(), b.data(), a.size());
}

// What codes estimate, of vectors as they are encoded.
double TrueValue(Metric metric, const Vector& q, const Vector& o) {
  return metric == Metric::kL2 ? SquaredL2(q, o) : -Dot(q, o);
}

// Up to 32 vectors as a block and as sketches.
struct Codes {
  explicit Codes(const Encoder& encoder_in)
      : encoder(encoder_in),
        dim(encoder.padded_dim()),
        bits(dim / 8),
        block(BlockBytes(dim)),
        sketches(32 * SketchBytes(dim)) {
    ClearBlock(block.data(), dim, 0);
  }
  ScanFactors Set(size_t slot, const Vector& vector) {
    const ScanFactors factors = Encode(vector);
    SignBitsOf(record.data(), dim, bits.data());
    SetSlot(block.data(), dim, slot, record.data(), factors, static_cast<uint32_t>(slot));
    SetSketch(sketches.data() + slot * SketchBytes(dim), dim, bits.data(), factors);
    return factors;
  }
  ScanFactors SetRecoded(size_t slot, const Vector& vector, const Vector& rotated_centroid) {
    Encode(vector);
    const ScanFactors factors = Recode(encoder.metric(), dim, record.data(), rotated_centroid, &scratch, bits.data());
    SetSlotBits(block.data(), dim, slot, bits.data(), factors, static_cast<uint32_t>(slot));
    SetSketch(sketches.data() + slot * SketchBytes(dim), dim, bits.data(), factors);
    return factors;
  }
  ScanFactors Encode(const Vector& vector) {
    record.resize(RecordBytes(dim));
    return encoder.Encode(vector, &scratch, record.data());
  }
  simd::ScanResult Scan(const simd::ScanQuery& query) const {
    simd::ScanResult result;
    simd::ActiveKernels().scan_block(&query, block.data(), 0, &result);
    return result;
  }
  Vector Estimate(const simd::SketchQuery& query) const {
    std::vector<uint32_t> ids(32);
    for (uint32_t i = 0; i < 32; ++i) ids[i] = i;
    Vector out(32);
    simd::ActiveKernels().estimate_sketches(&query, sketches.data(), ids.data(), 32, out.data());
    return out;
  }

  const Encoder& encoder;
  uint32_t dim;
  Bytes bits, block, sketches, record;
  std::vector<float> scratch;
};

// Of estimates, in units of |q - c| |o - c|: their mean error and standard deviation, and how many lower bounds are wrong.
struct Quality {
  void Add(double error, double unit, bool broken) {
    sum += error / unit;
    squares += error * error / unit / unit;
    below += broken;
    ++count;
  }
  double bias() const { return sum / count; }
  double deviation() const { return std::sqrt(squares / count); }
  double share_below() const { return below / count; }
  double sum = 0, squares = 0, below = 0, count = 0;
};

struct Qualities {
  Quality encoded, recoded, sketch;
};

// Vectors near a centroid: as an encoder with it codes them, and as they are coded anew from records without it.
Qualities Measure(Metric metric, uint32_t dim, bool with_centroid) {
  std::mt19937 random(kSeed);
  const Vector centroid = with_centroid ? Normalised(metric, RandomVector(dim, &random)) : Vector{};
  const float spread = with_centroid && metric == Metric::kCosine ? 0.5f / std::sqrt(static_cast<float>(dim)) : 0.5f;
  Qualities all;
  for (uint64_t round = 0; round < 40; ++round) {
    const Encoder encoder(metric, dim, round, centroid), plain(metric, dim, round, {});
    const Vector rotated = with_centroid ? Rotated(plain, centroid) : Vector{};
    Codes expected(encoder), found(plain);
    std::vector<Vector> stored;
    for (size_t slot = 0; slot < 32; ++slot) {
      const Vector vector = Sum(RandomVector(dim, &random, spread), centroid);
      stored.push_back(Normalised(metric, vector));
      expected.Set(slot, vector);
      found.SetRecoded(slot, vector, rotated);
    }
    for (int i = 0; i < 4; ++i) {
      const Vector vector = Sum(RandomVector(dim, &random, spread), centroid), q = Normalised(metric, vector);
      const PreparedQuery query(encoder, vector, kEpsilon), plain_query(plain, vector, kEpsilon);
      const CentredQuery centred = plain_query.Recentred(rotated);
      const simd::ScanResult scanned = expected.Scan(query.scan()), recoded = found.Scan(centred.scan);
      const Vector sketched = found.Estimate(centred.sketch);
      const Vector origin = with_centroid ? centroid : Vector(dim, 0.0f);
      for (size_t slot = 0; slot < 32; ++slot) {
        const double truth = TrueValue(metric, q, stored[slot]);
        const double unit = std::sqrt(SquaredL2(q, origin) * SquaredL2(stored[slot], origin));
        const auto add = [&](Quality* quality, float estimate, float lower) {
          quality->Add(static_cast<double>(estimate) - truth, unit, truth < static_cast<double>(lower));
        };
        add(&all.encoded, scanned.estimate[slot], scanned.lower[slot]);
        add(&all.recoded, recoded.estimate[slot], recoded.lower[slot]);
        add(&all.sketch, sketched[slot], recoded.lower[slot]);
      }
    }
  }
  return all;
}

}  // namespace

TEST_CASE("sketch: estimates from recoded vectors are as good as an encoder's, with a centroid and without") {
  for (const Metric metric : kMetrics) {
    for (const uint32_t dim : {64u, 384u, 768u, 1000u}) {
      for (const bool with_centroid : {false, true}) {
        const Qualities all = Measure(metric, dim, with_centroid);
        const double root = std::sqrt(static_cast<double>(dim)), factor = metric == Metric::kL2 ? 2 : 1;
        CAPTURE(MetricName(metric), dim, with_centroid, all.encoded.bias(), all.recoded.bias(), all.sketch.bias());
        CAPTURE(all.encoded.deviation(), all.recoded.deviation(), all.sketch.deviation());
        CAPTURE(all.encoded.share_below(), all.recoded.share_below());
        CHECK(std::fabs(all.recoded.bias()) < 0.06 * factor / root);
        CHECK(std::fabs(all.sketch.bias()) < 0.06 * factor / root);
        CHECK(all.recoded.deviation() < 1.03 * all.encoded.deviation());
        // Rounding the query costs in proportion to |q|, here 2.2 times |q - c| with a centroid.
        CHECK(all.sketch.deviation() < (with_centroid ? 1.12 : 1.04) * all.encoded.deviation());
        CHECK(all.recoded.deviation() < 0.95 * factor / root);
        CHECK(all.recoded.share_below() < 0.045);  // one side of 1.9 standard deviations: 0.029
      }
    }
  }
}

TEST_CASE("sketch: its estimate is that of the scan, but for how the query is rounded") {
  std::mt19937 random(kSeed);
  for (const Metric metric : kMetrics) {
    for (const uint32_t dim : kDims) {
      for (const bool with_centroid : {false, true}) {
        const Vector centroid = with_centroid ? RandomVector(dim, &random, 0.3f) : Vector{};
        const Encoder encoder(metric, dim, dim, centroid);
        Codes codes(encoder);
        std::vector<ScanFactors> factors(32);
        for (size_t slot = 0; slot < 32; ++slot) {
          factors[slot] = codes.Set(slot, slot == 3 ? Vector(dim, 0.0f) : RandomVector(dim, &random));
        }
        for (int i = 0; i < 4; ++i) {
          const PreparedQuery query(encoder, i == 3 ? Vector(dim, 0.0f) : RandomVector(dim, &random), kEpsilon);
          const simd::ScanResult scanned = codes.Scan(query.scan());
          const Vector sketched = codes.Estimate(query.sketch());
          // Rounding by less than half a step, in two ways: five standard deviations of their sum.
          const double steps = static_cast<double>(query.sketch().step) + static_cast<double>(query.scan().scale);
          const double slack = 5 * steps * std::sqrt(encoder.padded_dim()) / 2 / std::sqrt(12.0);
          for (size_t slot = 0; slot < 32; ++slot) {
            const auto difference = static_cast<double>(sketched[slot] - scanned.estimate[slot]);
            const double magnitude = 1e-5 * std::fabs(static_cast<double>(query.scan().add) +
                                                      std::fabs(static_cast<double>(factors[slot].add)));
            CAPTURE(kSeed, MetricName(metric), dim, with_centroid, i, slot, scanned.estimate[slot], slack);
            CHECK(std::fabs(difference) <=
                  std::fabs(static_cast<double>(factors[slot].rescale)) * slack + magnitude + 1e-6);
          }
        }
      }
    }
  }
}

TEST_CASE("sketch: bits in the order of dimensions, zeros, and the factors at the end") {
  std::mt19937 random(kSeed);
  static_assert(SketchBytes(64) == 64 && SketchBytes(384) == 64 && SketchBytes(448) == 128);
  for (const uint32_t dim : kDims) {
    const Encoder encoder(Metric::kL2, dim, 3, {});
    Codes codes(encoder);
    const ScanFactors factors = codes.Set(5, RandomVector(dim, &random));
    const uint8_t* const sketch = codes.sketches.data() + 5 * SketchBytes(encoder.padded_dim());
    size_t wrong = 0, ones = 0;
    for (size_t i = 0; i < encoder.padded_dim(); ++i) {
      const bool bit = (sketch[i / 8] >> (i % 8)) & 1;
      wrong += bit != (codes.record[i] >= 64);
      ones += bit;
    }
    const size_t bytes = SketchBytes(encoder.padded_dim());
    for (size_t i = encoder.padded_dim() / 8; i < bytes - 12; ++i) wrong += sketch[i] != 0;
    CHECK(wrong == 0);
    float last[3];
    std::memcpy(last, sketch + bytes - 12, 12);
    CHECK(last[0] == factors.add);
    CHECK(last[1] == factors.rescale);
    CHECK(last[2] == static_cast<float>(ones));
    const ScanFactors kept = SlotFactors(codes.block.data(), encoder.padded_dim(), 5);
    Bytes block = codes.block;
    SetSlotBits(block.data(), encoder.padded_dim(), 5, sketch, kept, 5);
    CHECK(block == codes.block);
  }
}

TEST_CASE("sketch: records decode to the vectors they were made of, and recode to their own bits") {
  std::mt19937 random(kSeed);
  for (const Metric metric : kMetrics) {
    for (const uint32_t dim : kDims) {
      const Encoder encoder(metric, dim, 9, {});
      Codes codes(encoder);
      for (const Vector& vector : {RandomVector(dim, &random), Vector(dim, 0.0f), Vector(dim, 1e-45f)}) {
        const ScanFactors factors = codes.Encode(vector);
        const Vector expected = Rotated(encoder, Normalised(metric, vector));
        Vector found(encoder.padded_dim());
        Decode(metric, encoder.padded_dim(), codes.record.data(), found.data());
        CAPTURE(MetricName(metric), dim, vector[0]);
        CHECK(SquaredL2(expected, found) <= 5e-4 * Dot(expected, expected) + 1e-60);
        Bytes bits(encoder.padded_dim() / 8);
        SignBitsOf(codes.record.data(), encoder.padded_dim(), codes.bits.data());
        const ScanFactors recoded =
            Recode(metric, encoder.padded_dim(), codes.record.data(), {}, &codes.scratch, bits.data());
        CHECK(bits == codes.bits);
        CHECK(recoded.add == Approx(factors.add).epsilon(1e-2).margin(1e-30));
        CHECK(recoded.rescale == Approx(factors.rescale).epsilon(1e-2).margin(1e-30));
        CHECK(recoded.error >= factors.error * 0.95f);
        CHECK(recoded.error <= factors.error * 1.05f + 0.05f * std::fabs(recoded.rescale));
      }
    }
  }
}

TEST_CASE("sketch: a query recentred is the query prepared with that centroid") {
  std::mt19937 random(kSeed);
  for (const Metric metric : kMetrics) {
    const Vector centroid = RandomVector(100, &random), vector = RandomVector(100, &random);
    const Encoder encoder(metric, 100, 9, centroid), plain(metric, 100, 9, {});
    const PreparedQuery query(encoder, vector, 2.5f), plain_query(plain, vector, 2.5f);
    const CentredQuery found = plain_query.Recentred(encoder.centroid()), back = query.Recentred({});
    CHECK(found.scan.add == query.scan().add);
    CHECK(found.scan.error == query.scan().error);
    CHECK(found.sketch.add == query.sketch().add);
    CHECK(found.scan.table == plain_query.scan().table);
    CHECK(found.sketch.planes == plain_query.sketch().planes);
    CHECK(back.scan.add == plain_query.scan().add);
    CHECK(back.scan.error == plain_query.scan().error);
    CHECK(back.sketch.add == plain_query.sketch().add);
    CHECK(back.scan.offset == plain_query.scan().offset);
    CHECK(back.sketch.offset == plain_query.sketch().offset);
  }
}

TEST_CASE("sketch: a vector that is its centroid, and tiny and huge ones, have finite codes") {
  std::mt19937 random(kSeed);
  for (const Metric metric : kMetrics) {
    for (const uint32_t dim : {1u, 65u, 768u}) {
      const Encoder encoder(metric, dim, 3, {});
      const std::vector<Vector> vectors = {Vector(dim, 0.0f), Vector(dim, 1e-45f), Vector(dim, 1e-20f),
                                           Vector(dim, 1e15f), RandomVector(dim, &random)};
      for (const Vector& centroid : vectors) {
        Codes codes(encoder);
        for (size_t slot = 0; slot < vectors.size(); ++slot) {
          codes.Encode(centroid);
          Vector rotated(encoder.padded_dim());
          Decode(metric, encoder.padded_dim(), codes.record.data(), rotated.data());
          codes.SetRecoded(slot, vectors[slot], rotated);
        }
        for (const Vector& vector : vectors) {
          const PreparedQuery query(encoder, vector, kEpsilon);
          const CentredQuery centred = query.Recentred(Rotated(encoder, Normalised(metric, centroid)));
          const simd::ScanResult result = codes.Scan(centred.scan);
          const Vector sketched = codes.Estimate(centred.sketch);
          for (size_t slot = 0; slot < vectors.size(); ++slot) {
            CAPTURE(MetricName(metric), dim, slot, vector[0], centroid[0]);
            CHECK(std::isfinite(result.estimate[slot]));
            CHECK(std::isfinite(result.lower[slot]));
            CHECK(std::isfinite(sketched[slot]));
          }
        }
      }
    }
  }
}

}  // namespace quire::codec
