// What the kernels cost, per instruction level, against the memory bandwidth of the machine they run on.
//
// Best of several rounds, time of one thread. Cold runs walk a set larger than the cache.
#include "bench/kernels.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "bench/ann/machine.h"
#include "engine/codec/query.h"
#include "engine/codec/raw_vector.h"
#include "engine/simd/kernels.h"

namespace quire::bench {
namespace {

constexpr int kRounds = 7;

// Of this thread: waiting for memory counts, waiting for a processor does not.
double NowNs() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Nanoseconds per unit of the fastest round, of `body` which does `units` of them.
template <typename Body>
double BestNs(double units, Body&& body) {
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds; ++round) {
    const double begin = NowNs();
    body();
    best = std::min(best, (NowNs() - begin) / units);
  }
  return best;
}

volatile uint64_t g_sink;  // what the compiler may not drop

struct Data {
  explicit Data(size_t dim_in, size_t megabytes) : dim((dim_in + 63) / 64 * 64), block_bytes(dim * 4 + 512) {
    std::mt19937 random(1);
    hot_blocks = std::max<size_t>(1, (256 << 10) / block_bytes);
    const size_t blocks = std::max(hot_blocks, (megabytes << 20) / block_bytes);
    codes.resize(blocks * block_bytes);
    for (uint8_t& byte : codes) byte = static_cast<uint8_t>(random());
    const float factor = 0.25f;  // in place of random bits, which would be NaN and denormal numbers
    for (size_t at = dim * 4; at < codes.size(); at += block_bytes) {
      for (size_t i = 0; i < 128; ++i) std::memcpy(codes.data() + at + i * 4, &factor, 4);
    }
    table.resize(dim * 4);
    for (uint8_t& entry : table) entry = random() % 32;
    query.resize(dim);
    for (int8_t& value : query) value = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
    refine.resize(codes.size());
    for (uint8_t& value : refine) value = random() & 127;
    floats.resize(2 * dim);
    for (float& value : floats) value = static_cast<float>(random() % 1000) * 0.001f - 0.5f;
    halves.resize(dim);
    signs.resize(dim / 2);
    for (uint8_t& byte : signs) byte = static_cast<uint8_t>(random());
    records.resize(1 << 14);
    for (size_t& at : records) at = random() % (refine.size() / dim) * dim;
    // The random bytes of `refine` do for sketches: whatever their factors are, no arithmetic waits for them.
    sketch_bytes = (dim / 8 + 12 + 63) / 64 * 64;
    planes.resize(4 * sketch_bytes);
    for (uint8_t& byte : planes) byte = static_cast<uint8_t>(random());
    ids.resize(1 << 16);
    for (uint32_t& id : ids) id = static_cast<uint32_t>(random() % (refine.size() / sketch_bytes));
    nearby.resize(ids.size());
    for (uint32_t& id : nearby) id = static_cast<uint32_t>(random() % ((256 << 10) / sketch_bytes));
    for (const size_t at : records) rows.push_back(refine.data() + at);
  }

  size_t dim, block_bytes, hot_blocks, sketch_bytes = 0;
  std::vector<uint8_t> codes, table, refine, signs, planes;
  std::vector<int8_t> query;
  std::vector<float> floats;
  std::vector<uint16_t> halves;
  std::vector<size_t> records;
  std::vector<uint32_t> ids, nearby;  // of sketches: anywhere, and within 256 KiB
  std::vector<const uint8_t*> rows;
};

double ScanNs(const simd::Kernels& kernels, const Data& data, size_t blocks, size_t repeats) {
  const simd::ScanQuery query{data.table.data(), data.dim, 0.001f, -1.0f, 1.0f, 0.1f};
  return BestNs(static_cast<double>(blocks * repeats * 32), [&] {
    simd::ScanResult result;
    uint64_t kept = 0;
    for (size_t repeat = 0; repeat < repeats; ++repeat) {
      for (size_t i = 0; i < blocks; ++i) {
        kept += kernels.scan_block(&query, data.codes.data() + i * data.block_bytes, 0.5f, &result);
      }
    }
    g_sink = kept;
  });
}

double RefineNs(const simd::Kernels& kernels, const Data& data, bool cold, size_t prefetched) {
  return BestNs(static_cast<double>(data.records.size()), [&] {
    int64_t sum = 0;
    for (size_t i = 0; i < data.records.size(); ++i) {
      if (prefetched != 0 && i % prefetched == 0) {
        for (size_t j = i; j < std::min(i + prefetched, data.records.size()); ++j) {
          for (size_t line = 0; line < data.dim; line += 64) {
            __builtin_prefetch(data.refine.data() + data.records[j] + line);
          }
        }
      }
      const size_t at = cold ? data.records[i] : i % 64 * data.dim;
      sum += kernels.dot_code(data.refine.data() + at, data.query.data(), data.dim);
    }
    g_sink = static_cast<uint64_t>(sum);
  });
}

template <typename Body>
double CallNs(Body&& body) {
  constexpr int kCalls = 2000;
  return BestNs(kCalls, [&] {
    for (int i = 0; i < kCalls; ++i) body();
  });
}

// Bytes per nanosecond that one thread reads with nothing else to do: the C library looks for a byte that is not there.
double StreamGigabytes(const Data& data) {
  const std::vector<uint8_t>& bytes = data.refine;
  return 1 / BestNs(static_cast<double>(bytes.size()),
                    [&] { g_sink = std::memchr(bytes.data(), 255, bytes.size()) != nullptr; });
}

void PrintLevel(const simd::Kernels& kernels, const Data& data, double gigabytes) {
  const bool slow = std::strcmp(kernels.name, "scalar") == 0;
  const double per_code = static_cast<double>(data.block_bytes) / 32;
  const double hot = ScanNs(kernels, data, data.hot_blocks, slow ? 1 : 64);
  const size_t cold_blocks = data.codes.size() / data.block_bytes / (slow ? 64 : 1);
  const double cold = ScanNs(kernels, data, cold_blocks, 1);
  std::vector<float> turned(data.floats.begin(), data.floats.begin() + static_cast<std::ptrdiff_t>(data.dim));
  std::vector<uint16_t> halves(data.dim);
  std::vector<float> floats(data.dim);
  const float* a = data.floats.data();
  std::printf("%-7s %9.2f %9.2f %7.0f%% %9.1f %9.1f %9.1f %9.0f %8.1f %8.1f %8.1f %8.1f\n", kernels.name, hot, cold,
              100 * per_code / cold / gigabytes, RefineNs(kernels, data, false, 0), RefineNs(kernels, data, true, 0),
              RefineNs(kernels, data, true, 8),
              CallNs([&] { kernels.rotate(turned.data(), data.dim, data.signs.data()); }),
              CallNs([&] { g_sink = static_cast<uint64_t>(kernels.dot(a, a + data.dim, data.dim)); }),
              CallNs([&] { g_sink = static_cast<uint64_t>(kernels.squared_l2(a, a + data.dim, data.dim)); }),
              CallNs([&] { kernels.to_f16(a, halves.data(), data.dim); }),
              CallNs([&] { kernels.from_f16(halves.data(), floats.data(), data.dim); }));
}

// As a search along links asks: some dozens at a time.
double SketchNs(const simd::Kernels& kernels, const Data& data, const std::vector<uint32_t>& ids) {
  constexpr size_t kAtOnce = 32;
  const simd::SketchQuery query{data.planes.data(), data.sketch_bytes, 0.001f, -1.0f, 1.0f, 0.1f};
  return BestNs(static_cast<double>(ids.size()), [&] {
    float out[kAtOnce];
    for (size_t i = 0; i < ids.size(); i += kAtOnce) {
      kernels.estimate_sketches(&query, data.refine.data(), ids.data() + i, kAtOnce, out);
    }
    g_sink = out[0] > 0;
  });
}

double DotCodesNs(const simd::Kernels& kernels, const Data& data, bool cold) {
  constexpr size_t kAtOnce = 64;
  return BestNs(static_cast<double>(data.rows.size()), [&] {
    int32_t out[kAtOnce];
    for (size_t i = 0; i < data.rows.size(); i += kAtOnce) {
      kernels.dot_codes(data.rows.data() + (cold ? i : 0), kAtOnce, data.query.data(), data.dim, out);
    }
    g_sink = static_cast<uint64_t>(out[0]);
  });
}

// A line per kernel, a column per level.
template <typename Measure>
void PrintLine(const char* what, Measure&& measure) {
  std::printf("%-34s", what);
  for (size_t level = 0; level < simd::kLevelCount; ++level) {
    const simd::Kernels* kernels = simd::KernelsFor(static_cast<simd::Level>(level));
    if (kernels != nullptr) std::printf(" %s %-9.1f", kernels->name, measure(*kernels));
  }
  std::printf("\n");
}

void PrintGathered(const Data& data) {
  PrintLine("estimate_sketches, in cache", [&](const auto& kernels) { return SketchNs(kernels, data, data.nearby); });
  PrintLine("estimate_sketches, from memory", [&](const auto& kernels) { return SketchNs(kernels, data, data.ids); });
  PrintLine("dot_codes per row, in cache", [&](const auto& kernels) { return DotCodesNs(kernels, data, false); });
  PrintLine("dot_codes per row, from memory", [&](const auto& kernels) { return DotCodesNs(kernels, data, true); });
}

// What exact distances are summed by, and what a query is prepared with.
void PrintOthers(const Data& data) {
  const float* const values = data.floats.data();
  std::vector<float> divided(data.dim);
  std::vector<int16_t> rounded(data.dim);
  std::vector<uint8_t> table(4 * data.dim), planes(4 * data.sketch_bytes);
  const std::vector<double> doubles(values, values + data.dim);
  const auto* const halves = reinterpret_cast<const uint8_t*>(data.halves.data());
  PrintLine("products_f16", [&](const auto& kernels) {
    return CallNs(
        [&] { g_sink = static_cast<uint64_t>(kernels.products_f16(doubles.data(), halves, data.dim).product); });
  });
  PrintLine("squared_l2_f16", [&](const auto& kernels) {
    return CallNs([&] { g_sink = static_cast<uint64_t>(kernels.squared_l2_f16(doubles.data(), halves, data.dim)); });
  });
  PrintLine("divide", [&](const auto& kernels) {
    return CallNs([&] { kernels.divide(values, 1.7, divided.data(), data.dim); });
  });
  PrintLine("measure_query", [&](const auto& kernels) {
    return CallNs([&] { g_sink = static_cast<uint64_t>(kernels.measure_query(values, data.dim).window_sum); });
  });
  PrintLine("round_query", [&](const auto& kernels) {
    return CallNs([&] {
      g_sink = static_cast<uint64_t>(kernels.round_query(values, data.dim, 0.05f, rounded.data()).window_sum);
    });
  });
  PrintLine("make_table", [&](const auto& kernels) {
    return CallNs([&] { kernels.make_table(rounded.data(), data.dim, table.data()); });
  });
  PrintLine("make_planes", [&](const auto& kernels) {
    return CallNs([&] {
      const int32_t sum = kernels.make_planes(values, data.dim, -0.5f, 15.0f, planes.data(), data.sketch_bytes);
      g_sink = static_cast<uint64_t>(sum);
    });
  });
}

// What is made of kernels, at the level in use.
void PrintCodec(uint32_t dim) {
  const codec::Encoder encoder(Metric::kCosine, dim, 1, {});
  std::vector<float> vector(dim), scratch;
  for (uint32_t i = 0; i < dim; ++i) vector[i] = static_cast<float>(i * 37 % 101) - 50.0f;
  std::vector<uint8_t> record(codec::RecordBytes(encoder.padded_dim())), block(codec::BlockBytes(encoder.padded_dim()));
  const double encode = CallNs([&] {
    const codec::ScanFactors factors = encoder.Encode(vector, &scratch, record.data());
    codec::SetSlot(block.data(), encoder.padded_dim(), 5, record.data(), factors, 1);
  });
  const double prepare = CallNs([&] {
    const codec::PreparedQuery query(encoder, vector, codec::kEpsilon);
    g_sink = query.scan().table[0];
  });
  const codec::ExactQuery exact(Metric::kCosine, vector);
  std::string bytes;
  codec::AppendRawVector(RawVectors::kF16, vector, &bytes);
  const double distance =
      CallNs([&] { g_sink = exact.Distance(RawVectors::kF16, reinterpret_cast<const uint8_t*>(bytes.data())) > 0; });
  std::printf("encode a vector and put it into a block: %.2f us; prepare a query: %.2f us; exact distance: %.1f ns\n",
              encode / 1000, prepare / 1000, distance);
}

}  // namespace

int RunKernels(uint32_t dim, size_t megabytes) {
  const Data data(dim, megabytes);
  const double gigabytes = StreamGigabytes(data);
  std::printf("%s\n", ProcessorName().c_str());
  std::printf("dim %u (padded %zu), set of %zu MiB, reading it in one thread: %.1f GB/s\n", dim, data.dim,
              data.codes.size() >> 20, gigabytes);
  std::printf(
      "level in use: %s; ns each: scan per code (hot, cold, cold as share of the bandwidth), refine (hot, cold, "
      "cold after prefetching 8), one vector each\n",
      simd::ActiveKernels().name);
  std::printf("%-7s %9s %9s %8s %9s %9s %9s %9s %8s %8s %8s %8s\n", "level", "scan", "cold", "of GB/s", "refine",
              "cold", "prefetch", "rotate", "dot", "l2", "to f16", "from f16");
  for (size_t level = 0; level < simd::kLevelCount; ++level) {
    const simd::Kernels* kernels = simd::KernelsFor(static_cast<simd::Level>(level));
    if (kernels != nullptr) PrintLevel(*kernels, data, gigabytes);
  }
  PrintGathered(data);
  PrintOthers(data);
  PrintCodec(dim);
  return 0;
}

}  // namespace quire::bench
