// Kernels: the inner loops of codec and index, once per instruction level, chosen once per process.
//
// Every level gives the same bits as the scalar one: integer sums are exact, floating-point sums have one fixed order,
// and no product that needs rounding is fused with its sum. tests/unit/simd_*_test.cc hold them to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quire::simd {

// Instruction levels, weakest first per architecture. kV2, kV3 and kV4 are x86-64-v2, -v3 and -v4, the last with VNNI,
// GFNI and BITALG besides (Ice Lake, Zen 4 and later).
enum class Level : uint8_t { kScalar = 0, kV2 = 1, kV3 = 2, kV4 = 3, kNeon = 4 };
inline constexpr size_t kLevelCount = 5;

inline constexpr size_t kBlockSlots = 32;       // vectors of a block
inline constexpr size_t kDimMultiple = 64;      // padded dimensions are multiples of this
inline constexpr unsigned kWindowSumMax = 255;  // see Kernels: what is added up in one byte

// A query as a block is compared with it. For a vector of the block with sign bits x and factors add, rescale, error:
//   sum      = the table entries its bits choose, one per 4 dimensions
//   estimate = query.add + (add + rescale * (query.scale * sum + query.offset))
//   lower    = estimate - error * query.error
struct ScanQuery {
  const uint8_t* table = nullptr;  // padded_dim * 4 bytes; order below
  size_t padded_dim = 0;
  float scale = 0;
  float offset = 0;
  float add = 0;
  float error = 0;
};

// What a scan of one block gives, by slot.
struct ScanResult {
  alignas(64) float estimate[kBlockSlots];
  alignas(64) float lower[kBlockSlots];
};

// A query as sketches are compared with it. A sketch is a scan code by itself, in a multiple of 64 bytes: the sign bits
// (bit j of byte i: dimension 8 i + j), zeros, and in the last 12 bytes the floats add, rescale and ones (how many bits
// are set). With plane p a bit mask that counts 2^p:
//   total    = sum over p of 2^p * (bits set in both the sketch and plane p)
//   estimate = query.add + (add + rescale * ((query.step * total + query.low * ones) + query.offset))
struct SketchQuery {
  const uint8_t* planes = nullptr;  // 4 * sketch_bytes: plane p from p * sketch_bytes on, zero behind the sign bits
  size_t sketch_bytes = 0;
  float step = 0;
  float low = 0;
  float offset = 0;
  float add = 0;
};

// What the steps of a query's rounding are chosen by.
struct QueryRange {
  float least = 0;
  float most = 0;
  float window_sum =
      0;  // the largest of a window of 64: of magnitudes of dimensions 0-7, or 8-15, of its four sixteens
};

// What a query is after rounding to multiples of a step.
struct RoundedQuery {
  double squared_error = 0;
  int32_t sum = 0;
  int32_t negative = 0;    // the sum of the magnitudes below zero
  int32_t window_sum = 0;  // as above
};

struct ExactProducts {
  double product = 0;  // a b
  double square = 0;   // b b
};

// One function per inner loop. No pointer needs alignment.
//
// A block (bytes: padded_dim * 4 of sign bits, then 32 floats each of add, rescale, error) keeps, for every 16
// dimensions, 64 bytes: slots 0-15 dimensions 0-7, slots 0-15 dimensions 8-15, slots 16-31 dimensions 0-7, slots 16-31
// dimensions 8-15; one byte per slot, bit j for dimension j of the eight. The table keeps, for the same 16 dimensions,
// four tables of 16 entries: dimensions 0-3, 8-11, 4-7, 12-15; entry c is for the bits of c, lowest dimension lowest.
// So one 32-byte load of the table serves two of the codes. A scan adds in bytes over windows of 64 dimensions before
// it widens: the largest entries of the eight tables for dimensions 0-7 of the four sixteens of a window sum to at most
// kWindowSumMax, and so do those for dimensions 8-15.
struct Kernels {
  const char* name;

  // Fills `out` and returns the slots with not (lower >= threshold), as bits.
  uint32_t (*scan_block)(const ScanQuery* query, const uint8_t* block, float threshold, ScanResult* out);

  // sum(code[i] * query[i]). REQUIRES: code[i] <= 127; query[i] >= -127; count a multiple of kDimMultiple, <= 65,536.
  int32_t (*dot_code)(const uint8_t* code, const int8_t* query, size_t count);

  // The same for many codes: out[i] is of codes[i]. Fetches codes in memory ahead of their turn.
  void (*dot_codes)(const uint8_t* const* codes, size_t rows, const int8_t* query, size_t count, int32_t* out);
  // The same for several queries as well: out[j * rows + i] is of codes[i] and queries[j]. Fetches nothing ahead: for codes
  // and queries that are in the cache, as many as it holds.
  void (*dot_tile)(const uint8_t* const* codes, size_t rows, const int8_t* const* queries, size_t query_count,
                   size_t count, int32_t* out);

  // out[i]: the estimate of the sketch at sketches + ids[i] * query->sketch_bytes. Numbers may repeat. Fast with eight
  // and more at a time: they are fetched together.
  void (*estimate_sketches)(const SketchQuery* query, const uint8_t* sketches, const uint32_t* ids, size_t count,
                            float* out);

  // Writes the positions of the values that are below `limit`, ascending, and returns how many there are. What lies behind
  // them is scribbled on: `out` has room for count + 16.
  size_t (*find_below)(const float* values, size_t count, float limit, uint32_t* out);

  // sum(a[i] * b[i]) and sum((a[i] - b[i])^2): 16 double lanes, element i to lane i % 16, lanes folded in halves.
  double (*dot)(const float* a, const float* b, size_t count);
  double (*squared_l2)(const float* a, const float* b, size_t count);

  // What `dot` and `squared_l2` give of floats, for those of a as doubles and halves at any address for b.
  ExactProducts (*products_f16)(const double* a, const uint8_t* b, size_t count);
  double (*squared_l2_f16)(const double* a, const uint8_t* b, size_t count);

  // IEEE half precision, round to nearest even; NaN stays a (quiet) NaN, what is too large becomes infinite.
  void (*to_f16)(const float* in, uint16_t* out, size_t count);
  void (*from_f16)(const uint16_t* in, float* out, size_t count);

  // Turns `data` (padded_dim floats) in place: four rounds of sign flips (`signs`: 4 * padded_dim bits, set: negate),
  // a Hadamard transform of the first (odd rounds: last) 2^k coordinates, and sum and difference of the two halves.
  // See engine/codec/rotation.h.
  void (*rotate)(float* data, size_t padded_dim, const uint8_t* signs);

  // How a query is prepared. Counts are multiples of kDimMultiple, but for divide.

  // out[i] = in[i] / by, in double precision. REQUIRES: in[i] is finite, by > 0 and finite, both as numbers and as
  // reciprocals.
  void (*divide)(const float* in, double by, float* out, size_t count);
  // The sums: 16 lanes per window, element i to lane i % 16, lanes 0-7 and 8-15 added up in their order.
  QueryRange (*measure_query)(const float* values, size_t count);
  // out[i] = values[i] / step, rounded half up in any rounding mode. The error is summed as by `dot`.
  // REQUIRES: |values[i] / step| < 1023.
  RoundedQuery (*round_query)(const float* values, size_t count, float step, int16_t* out);
  // The table of a ScanQuery: in each table of 16, entry c is the sum of the values that the bits of c choose, less the
  // least such sum. REQUIRES: window sums within kWindowSumMax.
  void (*make_table)(const int16_t* values, size_t count, uint8_t* table);
  // Bit p of each level goes to plane p: levels are min(15, (values[i] - low) * per_step + 0.5), without their fraction.
  // Returns their sum. REQUIRES: low is the least value; levels below 2^31.
  int32_t (*make_planes)(const float* values, size_t count, float low, float per_step, uint8_t* planes,
                         size_t plane_bytes);

  // out[i] += factors[0] * rows[0][i], then factors[1] * rows[1][i], and so on: every product and every sum rounded to a float.
  // REQUIRES: out overlaps no row.
  void (*add_rows)(const float* factors, const float* const* rows, size_t row_count, float* out, size_t count);
  void (*add_rows_i8)(const float* factors, const int8_t* const* rows, size_t row_count, float* out, size_t count);
};

// The kernels of this process: the best level the CPU has, or the one QUIRE_SIMD= names if the CPU has it (any other
// value of it is ignored; ActiveLevel says what was taken). Decided at the first call.
// Cost: one load; ask once per scan.
const Kernels& ActiveKernels();
Level ActiveLevel();

// The kernels of one level; null if they are not compiled in or the CPU lacks an instruction of it.
const Kernels* KernelsFor(Level level);
// The kernels of a level by its name (scalar, v2, v3, v4, neon); null as above, or if there is no such name.
const Kernels* LevelByName(std::string_view name);

}  // namespace quire::simd
