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

void DotTile(const uint8_t* const* codes, size_t rows, const int8_t* const* queries, size_t query_count, size_t count,
             int32_t* out) {
  for (size_t i = 0; i < query_count; ++i) DotCodes(codes, rows, queries[i], count, out + i * rows);
}

size_t FindBelow(const float* values, size_t count, float limit, uint32_t* out) {
  return FindBelowFrom(0, 0, values, count, limit, out);
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

ExactProducts ProductsF16(const double* a, const uint8_t* b, size_t count) {
  double products[kLanes] = {}, squares[kLanes] = {};
  for (size_t i = 0; i < count; ++i) {
    const double half = HalfAt(b, i);
    products[i % kLanes] += a[i] * half;
    squares[i % kLanes] += half * half;
  }
  return {FoldLanes(products), FoldLanes(squares)};
}

double SquaredL2F16(const double* a, const uint8_t* b, size_t count) {
  double lanes[kLanes] = {};
  for (size_t i = 0; i < count; ++i) {
    const double difference = a[i] - HalfAt(b, i);
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

void Divide(const float* in, double by, float* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>(static_cast<double>(in[i]) / by);
}

// The largest sum of magnitudes of dimensions 0-7, or 8-15, of the four sixteens of a window.
template <typename Sum, typename T>
Sum LargestWindowSum(const T* values, size_t count) {
  Sum largest = 0;
  for (size_t window = 0; window < count; window += kDimMultiple) {
    Sum lanes[16] = {};
    for (size_t i = 0; i < kDimMultiple; ++i) {
      const Sum value = values[window + i];
      lanes[i % 16] += value < 0 ? -value : value;
    }
    for (size_t half = 0; half < 16; half += 8) {
      Sum sum = 0;
      for (size_t i = half; i < half + 8; ++i) sum += lanes[i];
      if (sum > largest) largest = sum;
    }
  }
  return largest;
}

QueryRange MeasureQuery(const float* values, size_t count) {
  QueryRange range = {values[0], values[0], LargestWindowSum<float>(values, count)};
  for (size_t i = 1; i < count; ++i) {
    if (values[i] < range.least) range.least = values[i];
    if (values[i] > range.most) range.most = values[i];
  }
  range.least += 0.0f;  // a zero has no sign
  range.most += 0.0f;
  return range;
}

RoundedQuery RoundQuery(const float* values, size_t count, float step, int16_t* out) {
  RoundedQuery rounded;
  double lanes[kLanes] = {};
  for (size_t i = 0; i < count; ++i) {
    const int value = static_cast<int>(values[i] / step + 1024.5f) - 1024;
    const auto error = static_cast<double>(values[i] - step * static_cast<float>(value));
    lanes[i % kLanes] += error * error;
    rounded.sum += value;
    rounded.negative += value < 0 ? -value : 0;
    out[i] = static_cast<int16_t>(value);
  }
  rounded.window_sum = LargestWindowSum<int32_t>(out, count);
  rounded.squared_error = FoldLanes(lanes);
  return rounded;
}

void MakeTable(const int16_t* values, size_t count, uint8_t* table) {
  for (size_t dim = 0; dim < count; dim += 4) {
    uint8_t* entries = table + dim / 16 * 64 + (dim % 8) / 4 * 32 + (dim % 16) / 8 * 16;
    for (size_t c = 0; c < 16; ++c) {
      int entry = 0;
      for (size_t i = 0; i < 4; ++i) {
        const int value = values[dim + i];
        if ((value > 0) == ((c >> i & 1) != 0)) entry += value < 0 ? -value : value;
      }
      entries[c] = static_cast<uint8_t>(entry);
    }
  }
}

int32_t MakePlanes(const float* values, size_t count, float low, float per_step, uint8_t* planes, size_t plane_bytes) {
  int32_t sum = 0;
  for (size_t dim = 0; dim < count; dim += 8) {
    unsigned bytes[4] = {};
    for (size_t i = 0; i < 8; ++i) {
      // Not lround: the vector kernels cut as well.
      const int exact = static_cast<int>((values[dim + i] - low) * per_step + 0.5f);  // NOLINT(bugprone-incorrect-roundings)
      const unsigned level = exact < 15 ? static_cast<unsigned>(exact) : 15;
      sum += static_cast<int32_t>(level);
      for (size_t p = 0; p < 4; ++p) bytes[p] |= (level >> p & 1u) << i;
    }
    for (size_t p = 0; p < 4; ++p) planes[p * plane_bytes + dim / 8] = static_cast<uint8_t>(bytes[p]);
  }
  return sum;
}

template <typename T>
void AddRowsOf(const float* factors, const T* const* rows, size_t row_count, float* out, size_t count) {
  for (size_t r = 0; r < row_count; ++r) {
    for (size_t i = 0; i < count; ++i) out[i] += factors[r] * static_cast<float>(rows[r][i]);
  }
}

}  // namespace

const Kernels kKernelsScalar = {.name = "scalar",
                                .scan_block = ScanBlock,
                                .dot_code = DotCode,
                                .dot_codes = DotCodes,
                                .dot_tile = DotTile,
                                .estimate_sketches = EstimateSketches,
                                .find_below = FindBelow,
                                .dot = Dot,
                                .squared_l2 = SquaredL2,
                                .products_f16 = ProductsF16,
                                .squared_l2_f16 = SquaredL2F16,
                                .to_f16 = ToF16,
                                .from_f16 = FromF16,
                                .rotate = Rotate,
                                .divide = Divide,
                                .measure_query = MeasureQuery,
                                .round_query = RoundQuery,
                                .make_table = MakeTable,
                                .make_planes = MakePlanes,
                                .add_rows = AddRowsOf<float>,
                                .add_rows_i8 = AddRowsOf<int8_t>};

}  // namespace quire::simd
