// The reference: every other level gives these bits. Also what runs where there is no SSSE3 and no NEON.
#include "engine/simd/levels.h"
#include "engine/simd/portable.h"

namespace quire::simd {
namespace {

void SumTable(const ScanQuery& query, const uint8_t* block, uint32_t* sums) {
  for (size_t slot = 0; slot < kBlockSlots; ++slot) sums[slot] = 0;
  for (size_t dim = 0; dim < query.padded_dim; dim += 16) {
    const uint8_t* codes = block + dim * 4;
    const uint8_t* table = query.table + dim * 4;
    for (size_t slot = 0; slot < kBlockSlots; ++slot) {
      const size_t at = (slot / 16) * 32 + slot % 16;
      const unsigned first = codes[at], second = codes[at + 16];
      sums[slot] +=
          table[first & 15u] + 0u + table[16 + (second & 15u)] + table[32 + (first >> 4)] + table[48 + (second >> 4)];
    }
  }
}

uint32_t ScanBlock(const ScanQuery* query, const uint8_t* block, float threshold, ScanResult* out) {
  uint32_t sums[kBlockSlots];
  SumTable(*query, block, sums);
  float factors[3][kBlockSlots];
  memcpy(factors, block + query->padded_dim * 4, sizeof factors);
  uint32_t mask = 0;
  for (size_t slot = 0; slot < kBlockSlots; ++slot) {
    const float product = query->scale * static_cast<float>(sums[slot]) + query->offset;
    const float estimate = query->add + (factors[0][slot] + factors[1][slot] * product);
    const float lower = estimate - factors[2][slot] * query->error;
    out->estimate[slot] = estimate;
    out->lower[slot] = lower;
    mask |= static_cast<uint32_t>(!(lower >= threshold)) << slot;
  }
  return mask;
}

int32_t DotCode(const uint8_t* code, const int8_t* query, size_t count) {
  int32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<int32_t>(code[i]) * query[i];
  return sum;
}

void DotCodes(const uint8_t* const* codes, size_t rows, const int8_t* query, size_t count, int32_t* out) {
  for (size_t i = 0; i < rows; ++i) out[i] = DotCode(codes[i], query, count);
}

void EstimateSketches(const SketchQuery* query, const uint8_t* sketches, const uint32_t* ids, size_t count,
                      float* out) {
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* sketch = sketches + ids[i] * query->sketch_bytes;
    uint32_t total = 0;
    for (size_t at = 0; at < query->sketch_bytes; at += 8) {
      for (size_t plane = 0; plane < 4; ++plane) {
        uint64_t bits, mask;
        memcpy(&bits, sketch + at, sizeof bits);
        memcpy(&mask, query->planes + plane * query->sketch_bytes + at, sizeof mask);
        total += static_cast<uint32_t>(__builtin_popcountll(bits & mask)) << plane;
      }
    }
    out[i] = EstimateOf(*query, sketch, total);
  }
}

double Dot(const float* a, const float* b, size_t count) {
  double lanes[kLanes] = {};
  for (size_t i = 0; i < count; ++i) lanes[i % kLanes] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return FoldLanes(lanes);
}

double SquaredL2(const float* a, const float* b, size_t count) {
  double lanes[kLanes] = {};
  for (size_t i = 0; i < count; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    lanes[i % kLanes] += difference * difference;
  }
  return FoldLanes(lanes);
}

void ToF16(const float* in, uint16_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = HalfOf(in[i]);
}

void FromF16(const uint16_t* in, float* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = FloatOf(in[i]);
}

void FlipSigns(float* data, size_t count, const uint8_t* signs) {
  for (size_t i = 0; i < count; ++i) {
    if ((signs[i / 8] >> (i % 8)) & 1) data[i] = -data[i];
  }
}

void Hadamard(float* data, size_t length) {
  for (size_t step = 1; step < length; step *= 2) {
    for (size_t base = 0; base < length; base += 2 * step) {
      for (size_t i = base; i < base + step; ++i) {
        const float a = data[i], b = data[i + step];
        data[i] = a + b;
        data[i + step] = a - b;
      }
    }
  }
}

void SumAndDifference(float* data, size_t half) {
  for (size_t i = 0; i < half; ++i) {
    const float a = data[i], b = data[i + half];
    data[i] = a + b;
    data[i + half] = a - b;
  }
}

void Rotate(float* data, size_t padded_dim, const uint8_t* signs) {
  const HadamardSize size = HadamardSizeOf(padded_dim);
  for (size_t round = 0; round < 4; ++round) {
    FlipSigns(data, padded_dim, signs + round * padded_dim / 8);
    float* part = data + (round % 2 == 0 ? 0 : padded_dim - size.length);
    Hadamard(part, size.length);
    for (size_t i = 0; i < size.length; ++i) part[i] *= size.factor;
    if (size.length < padded_dim) SumAndDifference(data, padded_dim / 2);
  }
  if (size.length == padded_dim) return;
  for (size_t i = 0; i < padded_dim; ++i) data[i] *= 0.25f;  // four times sqrt(2)
}

}  // namespace

const Kernels kKernelsScalar = {"scalar", ScanBlock, DotCode, DotCodes, EstimateSketches,
                                Dot,      SquaredL2, ToF16,   FromF16,  Rotate};

}  // namespace quire::simd
