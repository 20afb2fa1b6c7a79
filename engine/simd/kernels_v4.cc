// The kernels for x86-64-v4 with VNNI, GFNI and BITALG: what compares codes or halves at 512 bits with native intrinsics
// (SIMDe 0.7.4 covers AVX-512 in part only), everything else as in v3.
#include <immintrin.h>

#include "engine/simd/levels.h"
#include "engine/simd/portable.h"

namespace quire::simd {
namespace {

// As in kernels.inc: 32 slots of 16-bit sums, bytes in pairs and upper bytes alone.
struct WideSums {
  __m512i both;
  __m512i upper;
};

inline __m512i Table(const uint8_t* at) {
  return _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
}

// The table entries that 32 slots choose for 16 dimensions, added in bytes.
inline __m512i LookUp16(const uint8_t* codes_at, const uint8_t* table) {
  // A bit matrix that moves the upper half of each byte to the lower: shift and mask in one instruction.
  const __m512i upper_half = _mm512_set1_epi64(0x1020408000000000);
  const __m512i codes = _mm512_loadu_si512(codes_at);
  const __m512i low = _mm512_and_si512(codes, _mm512_set1_epi8(15));
  const __m512i high = _mm512_gf2p8affine_epi64_epi8(codes, upper_half, 0);
  return _mm512_add_epi8(_mm512_shuffle_epi8(Table(table), low), _mm512_shuffle_epi8(Table(table + 32), high));
}

// The 16-bit sums as 32 bits, slots 0-15 and 16-31: quarters 0 and 1 of a register hold the same slots, 2 and 3 too.
inline void DrainWide(const WideSums& sums, __m512i* slots) {
  const __m512i lower = _mm512_sub_epi16(sums.both, _mm512_slli_epi16(sums.upper, 8));
  const __m512i first = _mm512_unpacklo_epi16(lower, sums.upper);   // slots 0-7 of each quarter
  const __m512i second = _mm512_unpackhi_epi16(lower, sums.upper);  // slots 8-15
  const __m512i even = _mm512_shuffle_i64x2(first, second, 0x88);   // quarters 0 and 2 of both
  const __m512i odd = _mm512_shuffle_i64x2(first, second, 0xDD);    // quarters 1 and 3
  // Now 0-7, 16-23, 8-15, 24-31.
  const __m512i low_sum = _mm512_add_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(even)),
                                           _mm512_cvtepu16_epi32(_mm512_castsi512_si256(odd)));
  const __m512i high_sum = _mm512_add_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(even, 1)),
                                            _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(odd, 1)));
  slots[0] = _mm512_add_epi32(slots[0], _mm512_shuffle_i64x2(low_sum, high_sum, 0x44));
  slots[1] = _mm512_add_epi32(slots[1], _mm512_shuffle_i64x2(low_sum, high_sum, 0xEE));
}

constexpr size_t kWidePieceDims = 256 * kDimMultiple;

inline void SumTableWide(const ScanQuery& query, const uint8_t* block, __m512i* slots) {
  slots[0] = slots[1] = _mm512_setzero_si512();
  for (size_t begin = 0; begin < query.padded_dim; begin += kWidePieceDims) {
    const size_t end = begin + kWidePieceDims < query.padded_dim ? begin + kWidePieceDims : query.padded_dim;
    WideSums sums = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (size_t window = begin; window < end; window += kDimMultiple) {
      const uint8_t* codes = block + window * 4;
      const uint8_t* table = query.table + window * 4;
      const __m512i first = _mm512_add_epi8(LookUp16(codes, table), LookUp16(codes + 64, table + 64));
      const __m512i second = _mm512_add_epi8(LookUp16(codes + 128, table + 128), LookUp16(codes + 192, table + 192));
      const __m512i bytes = _mm512_add_epi8(first, second);
      sums.both = _mm512_add_epi16(sums.both, bytes);
      sums.upper = _mm512_add_epi16(sums.upper, _mm512_srli_epi16(bytes, 8));
    }
    DrainWide(sums, slots);
  }
}

uint32_t ScanBlockWide(const ScanQuery* query, const uint8_t* block, float threshold, ScanResult* out) {
  __m512i slots[2];
  SumTableWide(*query, block, slots);
  const uint8_t* factors = block + query->padded_dim * 4;
  const __m512 limit = _mm512_set1_ps(threshold);
  uint32_t mask = 0;
  for (size_t half = 0; half < 2; ++half) {
    const uint8_t* at = factors + half * 64;
    const __m512 sum = _mm512_cvtepi32_ps(slots[half]);
    const __m512 product =
        _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(query->scale), sum), _mm512_set1_ps(query->offset));
    const __m512 own = _mm512_add_ps(_mm512_loadu_ps(at), _mm512_mul_ps(_mm512_loadu_ps(at + 128), product));
    const __m512 estimate = _mm512_add_ps(_mm512_set1_ps(query->add), own);
    const __m512 lower =
        _mm512_sub_ps(estimate, _mm512_mul_ps(_mm512_loadu_ps(at + 256), _mm512_set1_ps(query->error)));
    _mm512_storeu_ps(out->estimate + 16 * half, estimate);
    _mm512_storeu_ps(out->lower + 16 * half, lower);
    mask |= static_cast<uint32_t>(_mm512_cmp_ps_mask(lower, limit, _CMP_NGE_UQ)) << (16 * half);
  }
  return mask;
}

// vpdpbusd adds four products to 32 bits without saturation in between.
int32_t DotCodeWide(const uint8_t* code, const int8_t* query, size_t count) {
  __m512i first = _mm512_setzero_si512(), second = first;
  size_t i = 0;
  for (; i + 128 <= count; i += 128) {
    first = _mm512_dpbusd_epi32(first, _mm512_loadu_si512(code + i), _mm512_loadu_si512(query + i));
    second = _mm512_dpbusd_epi32(second, _mm512_loadu_si512(code + i + 64), _mm512_loadu_si512(query + i + 64));
  }
  if (i < count) first = _mm512_dpbusd_epi32(first, _mm512_loadu_si512(code + i), _mm512_loadu_si512(query + i));
  return _mm512_reduce_add_epi32(_mm512_add_epi32(first, second));
}

// Element j of the sum of the quarters is the sum of the elements of vector j.
inline __m512i FoldFourWide(const __m512i* sums) {
  const auto fold = [](__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  };
  const __m512i first = fold(sums[0], sums[1]), second = fold(sums[2], sums[3]);
  return _mm512_add_epi32(_mm512_unpacklo_epi64(first, second), _mm512_unpackhi_epi64(first, second));
}

inline __m128i SumsOfFour(const __m512i* sums) {
  const __m512i quarters = FoldFourWide(sums);
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(quarters), _mm512_extracti64x4_epi64(quarters, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

void DotCodesWide(const uint8_t* const* codes, size_t rows, const int8_t* query, size_t count, int32_t* out) {
  size_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    for (size_t ahead = row + 4; ahead < rows && ahead < row + 8; ++ahead) PrefetchCode(codes[ahead], count);
    const uint8_t* const* four = codes + row;
    const __m512i zero = _mm512_setzero_si512();
    __m512i sums[4] = {zero, zero, zero, zero};
    for (size_t i = 0; i < count; i += 64) {
      const __m512i part = _mm512_loadu_si512(query + i);
      for (size_t j = 0; j < 4; ++j) sums[j] = _mm512_dpbusd_epi32(sums[j], _mm512_loadu_si512(four[j] + i), part);
    }
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + row), SumsOfFour(sums));
  }
  for (; row < rows; ++row) out[row] = DotCodeWide(codes[row], query, count);
}

// kQueries queries with four codes, of which `mask` says which are wanted: a register for each sum.
template <size_t kQueries>
inline void DotFourWide(const uint8_t* const* four, __mmask8 mask, const int8_t* const* queries, size_t count,
                        int32_t* out, size_t stride) {
  __m512i sums[kQueries][4];
  for (size_t q = 0; q < kQueries; ++q) {
    for (size_t j = 0; j < 4; ++j) sums[q][j] = _mm512_setzero_si512();
  }
  for (size_t i = 0; i < count; i += 64) {
    __m512i codes[4];
    for (size_t j = 0; j < 4; ++j) codes[j] = _mm512_loadu_si512(four[j] + i);
    for (size_t q = 0; q < kQueries; ++q) {
      const __m512i part = _mm512_loadu_si512(queries[q] + i);
      for (size_t j = 0; j < 4; ++j) sums[q][j] = _mm512_dpbusd_epi32(sums[q][j], codes[j], part);
    }
  }
  for (size_t q = 0; q < kQueries; ++q) _mm_mask_storeu_epi32(out + q * stride, mask, SumsOfFour(sums[q]));
}

template <size_t kQueries>
inline void DotRowsWide(const uint8_t* const* codes, size_t rows, const int8_t* const* queries, size_t count,
                        int32_t* out) {
  size_t row = 0;
  for (; row + 4 <= rows; row += 4) DotFourWide<kQueries>(codes + row, 15, queries, count, out + row, rows);
  if (row == rows) return;
  const size_t rest = rows - row;
  const uint8_t* four[4];
  for (size_t j = 0; j < 4; ++j) four[j] = codes[row + (j < rest ? j : 0)];
  DotFourWide<kQueries>(four, static_cast<__mmask8>((1u << rest) - 1), queries, count, out + row, rows);
}

void DotTileWide(const uint8_t* const* codes, size_t rows, const int8_t* const* queries, size_t query_count,
                 size_t count, int32_t* out) {
  size_t query = 0;
  for (; query + 4 <= query_count; query += 4) DotRowsWide<4>(codes, rows, queries + query, count, out + query * rows);
  const auto at = [&] { return out + query * rows; };
  switch (query_count - query) {
    case 3: DotRowsWide<3>(codes, rows, queries + query, count, at()); break;
    case 2: DotRowsWide<2>(codes, rows, queries + query, count, at()); break;
    case 1: DotRowsWide<1>(codes, rows, queries + query, count, at()); break;
    default: break;
  }
}

constexpr size_t kSketches = 8;  // at a time

// Adds what 64 bytes of sign bits count in the same bytes of the planes.
inline __m512i CountPlanes(__m512i sum, const uint8_t* bits_at, const __m512i* planes) {
  const __m512i bits = _mm512_loadu_si512(bits_at);
  const auto count = [&](size_t p) { return _mm512_popcnt_epi8(_mm512_and_si512(bits, planes[p])); };
  sum = _mm512_dpbusd_epi32(sum, count(0), _mm512_set1_epi8(1));
  sum = _mm512_dpbusd_epi32(sum, count(1), _mm512_set1_epi8(2));
  sum = _mm512_dpbusd_epi32(sum, count(2), _mm512_set1_epi8(4));
  return _mm512_dpbusd_epi32(sum, count(3), _mm512_set1_epi8(8));
}

// Four sums in each quarter, a part of the total of a sketch each.
inline __m512i CountFour(const SketchQuery& query, const uint8_t* const* at) {
  const size_t bytes = query.sketch_bytes;
  const __m512i zero = _mm512_setzero_si512();
  __m512i sums[4] = {zero, zero, zero, zero};
  for (size_t i = 0; i < bytes; i += 64) {
    const uint8_t* from = query.planes + i;
    const __m512i planes[4] = {_mm512_loadu_si512(from), _mm512_loadu_si512(from + bytes),
                               _mm512_loadu_si512(from + 2 * bytes), _mm512_loadu_si512(from + 3 * bytes)};
    for (size_t j = 0; j < 4; ++j) sums[j] = CountPlanes(sums[j], at[j] + i, planes);
  }
  return FoldFourWide(sums);
}

inline __m256 CountEight(const SketchQuery& query, const uint8_t* const* at) {
  const __m512i first = CountFour(query, at), second = CountFour(query, at + 4);
  const __m512i halves =
      _mm512_add_epi32(_mm512_shuffle_i64x2(first, second, 0x88), _mm512_shuffle_i64x2(first, second, 0xDD));
  const __m512i sums = _mm512_add_epi32(halves, _mm512_shuffle_i64x2(halves, halves, 0xB1));
  return _mm256_cvtepi32_ps(_mm512_castsi512_si256(_mm512_shuffle_i64x2(sums, sums, 0x08)));
}

struct SketchFactors {
  __m256 add, rescale, ones;
};

// The last 16 bytes of eight sketches, transposed; the first four of them are of no interest.
inline SketchFactors LoadFactors(const uint8_t* const* at, size_t bytes) {
  const auto last = [&](size_t j) { return _mm_loadu_ps(reinterpret_cast<const float*>(at[j] + bytes - 16)); };
  const auto both = [&](size_t j) { return _mm256_insertf128_ps(_mm256_castps128_ps256(last(j)), last(j + 4), 1); };
  const __m256 rows[4] = {both(0), both(1), both(2), both(3)};
  const __m256d adds01 = _mm256_castps_pd(_mm256_unpacklo_ps(rows[0], rows[1]));
  const __m256d adds23 = _mm256_castps_pd(_mm256_unpacklo_ps(rows[2], rows[3]));
  const __m256d others01 = _mm256_castps_pd(_mm256_unpackhi_ps(rows[0], rows[1]));
  const __m256d others23 = _mm256_castps_pd(_mm256_unpackhi_ps(rows[2], rows[3]));
  return {_mm256_castpd_ps(_mm256_unpackhi_pd(adds01, adds23)),
          _mm256_castpd_ps(_mm256_unpacklo_pd(others01, others23)),
          _mm256_castpd_ps(_mm256_unpackhi_pd(others01, others23))};
}

inline __m256 EstimateEight(const SketchQuery& query, const uint8_t* const* at) {
  const __m256 total = CountEight(query, at);
  const SketchFactors factors = LoadFactors(at, query.sketch_bytes);
  const __m256 sum = _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(query.step), total),
                                   _mm256_mul_ps(_mm256_set1_ps(query.low), factors.ones));
  const __m256 inner = _mm256_add_ps(sum, _mm256_set1_ps(query.offset));
  const __m256 own = _mm256_add_ps(factors.add, _mm256_mul_ps(factors.rescale, inner));
  return _mm256_add_ps(_mm256_set1_ps(query.add), own);
}

void EstimateSketchesWide(const SketchQuery* query, const uint8_t* sketches, const uint32_t* ids, size_t count,
                          float* out) {
  const size_t bytes = query->sketch_bytes;
  const uint8_t* at[kSketches];
  size_t ahead = 0;
  for (size_t i = 0; i < count; i += kSketches) {
    for (; ahead < count && ahead < i + kSketchesAhead; ++ahead) Prefetch(sketches + ids[ahead] * bytes, bytes);
    const size_t rest = count - i;
    for (size_t j = 0; j < kSketches; ++j) at[j] = sketches + ids[i + (j < rest ? j : 0)] * bytes;
    const __m256 estimates = EstimateEight(*query, at);
    if (rest >= kSketches) {
      _mm256_storeu_ps(out + i, estimates);
    } else {
      _mm256_mask_storeu_ps(out + i, static_cast<__mmask8>((1u << rest) - 1), estimates);
    }
  }
}

// Sixteen halves, as lanes 0-7 and 8-15.
struct WideHalves {
  __m512d low, high;
};

inline WideHalves ToDoubles(__m256i halves) {
  const __m512 floats = _mm512_cvtph_ps(halves);
  return {_mm512_cvtps_pd(_mm512_castps512_ps256(floats)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(floats, 1))};
}

// `rest` of sixteen, and zeros, which add nothing to any sum.
inline WideHalves LoadHalves(const uint8_t* at, size_t rest) {
  if (rest >= kLanes) return ToDoubles(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
  return ToDoubles(_mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << rest) - 1), at));
}

inline WideHalves LoadSixteen(const double* at, size_t rest) {
  if (rest >= kLanes) return {_mm512_loadu_pd(at), _mm512_loadu_pd(at + 8)};
  const auto mask = static_cast<__mmask16>((1u << rest) - 1);
  return {_mm512_maskz_loadu_pd(static_cast<__mmask8>(mask), at),
          _mm512_maskz_loadu_pd(static_cast<__mmask8>(mask >> 8), at + 8)};
}

// As FoldLanes.
inline double FoldWide(__m512d low, __m512d high) {
  const __m512d eight = _mm512_add_pd(low, high);
  const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(eight), _mm512_extractf64x4_pd(eight, 1));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

// Products of floats and halves are exact in doubles: fused or not, a sum is rounded once.
ExactProducts ProductsF16Wide(const double* a, const uint8_t* b, size_t count) {
  const __m512d zero = _mm512_setzero_pd();
  WideHalves products = {zero, zero}, squares = {zero, zero};
  for (size_t i = 0; i < count; i += kLanes) {
    const WideHalves x = LoadSixteen(a + i, count - i), y = LoadHalves(b + 2 * i, count - i);
    products = {_mm512_fmadd_pd(x.low, y.low, products.low), _mm512_fmadd_pd(x.high, y.high, products.high)};
    squares = {_mm512_fmadd_pd(y.low, y.low, squares.low), _mm512_fmadd_pd(y.high, y.high, squares.high)};
  }
  return {FoldWide(products.low, products.high), FoldWide(squares.low, squares.high)};
}

double SquaredL2F16Wide(const double* a, const uint8_t* b, size_t count) {
  WideHalves sums = {_mm512_setzero_pd(), _mm512_setzero_pd()};
  for (size_t i = 0; i < count; i += kLanes) {
    const WideHalves x = LoadSixteen(a + i, count - i), y = LoadHalves(b + 2 * i, count - i);
    const __m512d low = _mm512_sub_pd(x.low, y.low), high = _mm512_sub_pd(x.high, y.high);
    sums = {_mm512_add_pd(sums.low, _mm512_mul_pd(low, low)), _mm512_add_pd(sums.high, _mm512_mul_pd(high, high))};
  }
  return FoldWide(sums.low, sums.high);
}

size_t FindBelowWide(const float* values, size_t count, float limit, uint32_t* out) {
  const __m512 limits = _mm512_set1_ps(limit);
  __m512i positions = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  size_t found = 0, i = 0;
  for (; i + 16 <= count; i += 16) {
    const __mmask16 below = _mm512_cmp_ps_mask(_mm512_loadu_ps(values + i), limits, _CMP_LT_OQ);
    _mm512_storeu_si512(out + found, _mm512_maskz_compress_epi32(below, positions));
    found += static_cast<size_t>(__builtin_popcount(below));
    positions = _mm512_add_epi32(positions, _mm512_set1_epi32(16));
  }
  return FindBelowFrom(i, found, values, count, limit, out);
}

}  // namespace
}  // namespace quire::simd

#define QUIRE_LEVEL_NAME "v4"
#define QUIRE_LEVEL_TABLE kKernelsV4
#define QUIRE_LEVEL_SCAN ScanBlockWide
#define QUIRE_LEVEL_DOT_CODE DotCodeWide
#define QUIRE_LEVEL_DOT_CODES DotCodesWide
#define QUIRE_LEVEL_DOT_TILE DotTileWide
#define QUIRE_LEVEL_FIND_BELOW FindBelowWide
#define QUIRE_LEVEL_SKETCHES EstimateSketchesWide
#define QUIRE_LEVEL_PRODUCTS_F16 ProductsF16Wide
#define QUIRE_LEVEL_SQUARED_L2_F16 SquaredL2F16Wide
#include "engine/simd/kernels.inc"
