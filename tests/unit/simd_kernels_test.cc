// Every instruction level this CPU has gives the bits of the scalar one.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/simd/kernels.h"

namespace quire::simd {
namespace {

constexpr uint32_t kSeed = 20'240'601;

const Kernels& Scalar() { return *KernelsFor(Level::kScalar); }

std::vector<const Kernels*> OtherLevels() {
  std::vector<const Kernels*> levels;
  for (size_t i = 1; i < kLevelCount; ++i) {
    if (const Kernels* kernels = KernelsFor(static_cast<Level>(i))) levels.push_back(kernels);
  }
  return levels;
}

// Memory at a chosen distance from a 64-byte boundary.
template <typename T>
class Misaligned {
 public:
  Misaligned(size_t count, size_t shift) : bytes_(count * sizeof(T) + 128), count_(count) {
    const auto address = reinterpret_cast<uintptr_t>(bytes_.data());
    at_ = reinterpret_cast<T*>(bytes_.data() + (64 - address % 64) % 64 + shift * sizeof(T));
  }
  T* data() { return at_; }
  size_t size() const { return count_; }
  T& operator[](size_t i) { return at_[i]; }
  std::vector<T> Copy() const { return std::vector<T>(at_, at_ + count_); }

 private:
  std::vector<unsigned char> bytes_;
  size_t count_;
  T* at_;
};

bool SameBytes(const void* a, const void* b, size_t count) { return count == 0 || std::memcmp(a, b, count) == 0; }

// Tables whose windows add up to exactly the most that is allowed: spread evenly, or all of it in one table.
void FillTable(uint8_t* table, size_t padded_dim, bool spiky, std::mt19937* random) {
  for (size_t window = 0; window < padded_dim; window += kDimMultiple) {
    for (size_t half = 0; half < 2; ++half) {
      const size_t spike = (*random)() % 8;
      for (size_t i = 0; i < 8; ++i) {
        const unsigned most = spiky ? (i == spike ? kWindowSumMax : 0) : (i == 7 ? 31 : 32);
        uint8_t* entries = table + window * 4 + (i / 2) * 64 + (i % 2) * 32 + half * 16;
        for (size_t c = 0; c < 16; ++c) entries[c] = static_cast<uint8_t>(c == 15 ? most : (*random)() % (most + 1));
      }
    }
  }
}

void FillFactors(uint8_t* at, std::mt19937* random) {
  const float extreme[] = {std::numeric_limits<float>::infinity(), -1e30f, 1e-42f, 0.0f, -0.0f, 3e38f};
  for (size_t i = 0; i < 3 * kBlockSlots; ++i) {
    const uint32_t dice = (*random)() % 16;
    const float value = dice < 6 ? extreme[dice] : static_cast<float>((*random)() % 2000) * 0.001f - 1.0f;
    std::memcpy(at + 4 * i, &value, 4);
  }
}

}  // namespace

TEST_CASE("simd: the level in use is one the CPU has, and levels are found by name") {
  CHECK(KernelsFor(ActiveLevel()) == &ActiveKernels());
  CHECK(LevelByName("scalar") == &Scalar());
  CHECK(LevelByName("avx9000") == nullptr);
  CHECK(LevelByName("") == nullptr);
  for (const Kernels* kernels : OtherLevels()) CHECK(LevelByName(kernels->name) == kernels);
  if (const char* wanted = std::getenv("QUIRE_SIMD")) {
    if (LevelByName(wanted) != nullptr) CHECK(std::string(ActiveKernels().name) == wanted);
  }
}

TEST_CASE("simd: scan_block gives the same bits at every level") {
  std::mt19937 random(kSeed);
  for (const size_t dim : {64u, 128u, 192u, 384u, 768u, 1024u, 16'384u, 16'448u, 65'536u}) {
    for (size_t shift = 0; shift < 4; ++shift) {
      Misaligned<uint8_t> block(dim * 4 + 512, shift * 5), table(dim * 4, shift * 3);
      for (size_t i = 0; i < dim * 4; ++i) block[i] = shift == 3 ? 0xFF : static_cast<uint8_t>(random());
      FillTable(table.data(), dim, shift == 2, &random);
      FillFactors(block.data() + dim * 4, &random);
      const ScanQuery query{table.data(), dim, 0.013f, -1.7f, 0.9f, shift == 1 ? 0.0f : 1.3f};
      for (const float threshold :
           {0.5f, -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()}) {
        ScanResult expected, found;
        const uint32_t mask = Scalar().scan_block(&query, block.data(), threshold, &expected);
        for (const Kernels* kernels : OtherLevels()) {
          CAPTURE(kSeed, kernels->name, dim, shift, threshold);
          CHECK(kernels->scan_block(&query, block.data(), threshold, &found) == mask);
          CHECK(SameBytes(&expected.lower, &found.lower, sizeof found.lower));
          CHECK(SameBytes(&expected.estimate, &found.estimate, sizeof found.estimate));
        }
      }
    }
  }
}

TEST_CASE("simd: the scalar scan is the sum its contract states") {
  std::mt19937 random(kSeed);
  constexpr size_t kDim = 192;
  Misaligned<uint8_t> block(kDim * 4 + 512, 0), table(kDim * 4, 0);
  for (size_t i = 0; i < kDim * 4; ++i) block[i] = static_cast<uint8_t>(random());
  FillTable(table.data(), kDim, false, &random);
  const ScanQuery query{table.data(), kDim, 1.0f, 0.0f, 0.0f, 0.0f};
  const float one = 1.0f;
  for (size_t slot = 0; slot < kBlockSlots; ++slot) {
    std::memcpy(block.data() + kDim * 4 + (kBlockSlots + slot) * 4, &one, 4);  // rescale; add and error are zero
  }
  ScanResult result;
  Scalar().scan_block(&query, block.data(), 0.0f, &result);
  for (size_t slot = 0; slot < kBlockSlots; ++slot) {
    unsigned sum = 0;
    for (size_t dim = 0; dim < kDim; dim += 4) {
      const uint8_t byte = block[dim / 16 * 64 + (slot / 16) * 32 + (dim % 16) / 8 * 16 + slot % 16];
      const unsigned bits = (byte >> (dim % 8)) & 15u;
      sum += table[dim / 16 * 64 + (dim % 8) / 4 * 32 + (dim % 16) / 8 * 16 + bits];
    }
    CHECK(result.estimate[slot] == static_cast<float>(sum));
  }
}

TEST_CASE("simd: dot_code is exact at every level") {
  std::mt19937 random(kSeed);
  for (const size_t dim : {64u, 128u, 192u, 320u, 768u, 65'536u}) {
    for (size_t shift = 0; shift < 5; ++shift) {
      Misaligned<uint8_t> code(dim, shift * 7);
      Misaligned<int8_t> query(dim, shift * 3);
      for (size_t i = 0; i < dim; ++i) {
        code[i] = shift == 0 ? 127 : random() & 127;
        query[i] = shift == 0 ? -127 : shift == 1 ? 127 : static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
      }
      const int32_t expected = Scalar().dot_code(code.data(), query.data(), dim);
      for (const Kernels* kernels : OtherLevels()) {
        CAPTURE(kSeed, kernels->name, dim, shift);
        CHECK(kernels->dot_code(code.data(), query.data(), dim) == expected);
      }
    }
  }
}

TEST_CASE("simd: dot_codes is dot_code of every row, at every level") {
  std::mt19937 random(kSeed);
  std::vector<const Kernels*> levels = OtherLevels();
  levels.push_back(&Scalar());
  for (const size_t dim : {64u, 192u, 384u, 65'536u}) {
    for (size_t rows = 0; rows <= (dim > 1000 ? 5u : 21u); ++rows) {
      const size_t shift = rows % 5, stride = dim + 16;
      Misaligned<uint8_t> codes(rows * stride, shift);
      Misaligned<int8_t> query(dim, shift * 3);
      for (size_t i = 0; i < codes.size(); ++i) codes[i] = rows == 4 ? 127 : random() & 127;
      for (size_t i = 0; i < dim; ++i) {
        query[i] = rows == 4 ? -127 : static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
      }
      std::vector<const uint8_t*> at(rows);
      std::vector<int32_t> expected(rows);
      for (size_t row = 0; row < rows; ++row) {
        at[row] = codes.data() + random() % rows * stride;
        expected[row] = Scalar().dot_code(at[row], query.data(), dim);
      }
      for (const Kernels* kernels : levels) {
        CAPTURE(kSeed, kernels->name, dim, rows);
        std::vector<int32_t> found(rows + 1, 77);
        kernels->dot_codes(at.data(), rows, query.data(), dim, found.data());
        CHECK(SameBytes(found.data(), expected.data(), rows * 4));
        CHECK(found[rows] == 77);
      }
    }
  }
}

TEST_CASE("simd: dot_tile is dot_code of every row and every query, at every level") {
  std::mt19937 random(kSeed);
  std::vector<const Kernels*> levels = OtherLevels();
  levels.push_back(&Scalar());
  for (const size_t dim : {64u, 448u}) {
    for (size_t size = 0; size < 110; ++size) {
      const size_t rows = size % 10, queries = size / 10, shift = size % 5, stride = dim + 16;
      Misaligned<uint8_t> codes(rows * stride, shift);
      Misaligned<int8_t> query_bytes(queries * dim, shift * 3);
      for (size_t i = 0; i < codes.size(); ++i) codes[i] = random() & 127;
      for (size_t i = 0; i < query_bytes.size(); ++i) {
        query_bytes[i] = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
      }
      std::vector<const uint8_t*> code_at(rows);
      std::vector<const int8_t*> query_at(queries);
      for (size_t i = 0; i < rows; ++i) code_at[i] = codes.data() + random() % rows * stride;
      for (size_t i = 0; i < queries; ++i) query_at[i] = query_bytes.data() + random() % queries * dim;
      std::vector<int32_t> expected;
      for (const int8_t* query : query_at) {
        for (const uint8_t* code : code_at) expected.push_back(Scalar().dot_code(code, query, dim));
      }
      for (const Kernels* kernels : levels) {
        CAPTURE(kSeed, kernels->name, dim, rows, queries);
        std::vector<int32_t> found(rows * queries + 1, 77);
        kernels->dot_tile(code_at.data(), rows, query_at.data(), queries, dim, found.data());
        CHECK(SameBytes(found.data(), expected.data(), expected.size() * 4));
        CHECK(found.back() == 77);
      }
    }
  }
}

TEST_CASE("simd: find_below finds what is below, at every level") {
  std::mt19937 random(kSeed);
  std::vector<const Kernels*> levels = OtherLevels();
  levels.push_back(&Scalar());
  for (size_t count = 0; count < 70; ++count) {
    Misaligned<float> values(count, count % 5);
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(random() % 10);
    for (const float limit : {-1.0f, 0.0f, 5.0f, 10.0f, std::numeric_limits<float>::infinity()}) {
      std::vector<uint32_t> expected;
      for (uint32_t i = 0; i < count; ++i) {
        if (values[i] < limit) expected.push_back(i);
      }
      for (const Kernels* kernels : levels) {
        CAPTURE(kSeed, kernels->name, count, limit);
        std::vector<uint32_t> found(count + 17, 77);
        const size_t size = kernels->find_below(values.data(), count, limit, found.data());
        CHECK(found.back() == 77);
        found.resize(size);
        CHECK(found == expected);
      }
    }
  }
}

namespace {

// Sketches of `dim` dimensions and the planes of a query.
struct Sketches {
  Sketches(size_t dim_in, size_t count, size_t shift, std::mt19937* random)
      : dim(dim_in),
        bytes((dim / 8 + 12 + 63) / 64 * 64),
        sketches(count * bytes, shift),
        planes(4 * bytes, shift * 3),
        query{planes.data(), bytes, 0.013f, -0.9f, -1.7f, 0.4f} {
    std::memset(sketches.data(), 0, sketches.size());
    std::memset(planes.data(), 0, planes.size());
    std::vector<uint8_t> factors(3 * kBlockSlots * 4);
    for (size_t i = 0; i < count; ++i) {
      FillFactors(factors.data(), random);
      uint8_t* const sketch = sketches.data() + i * bytes;
      for (size_t at = 0; at < dim / 8; ++at) sketch[at] = i == 0 ? 0xFF : static_cast<uint8_t>((*random)());
      std::memcpy(sketch + bytes - 12, factors.data(), 12);
    }
    for (size_t plane = 0; plane < 4; ++plane) {
      uint8_t* const at = planes.data() + plane * bytes;
      for (size_t i = 0; i < dim / 8; ++i) at[i] = shift == 0 ? 0xFF : static_cast<uint8_t>((*random)());
    }
  }
  size_t dim, bytes;
  Misaligned<uint8_t> sketches, planes;
  SketchQuery query;
};

}  // namespace

TEST_CASE("simd: estimate_sketches gives the same bits at every level") {
  std::mt19937 random(kSeed);
  for (const size_t dim : {64u, 384u, 448u, 768u, 1536u, 4096u, 65'536u}) {
    for (size_t count = 0; count <= (dim > 1000 ? 9u : 35u); ++count) {
      Sketches data(dim, 20, count % 5, &random);
      std::vector<uint32_t> ids(count);
      for (uint32_t& id : ids) id = static_cast<uint32_t>(random() % 20);
      std::vector<float> expected(count);
      Scalar().estimate_sketches(&data.query, data.sketches.data(), ids.data(), count, expected.data());
      for (const Kernels* kernels : OtherLevels()) {
        CAPTURE(kSeed, kernels->name, dim, count);
        std::vector<float> found(count + 1, 77.0f);
        kernels->estimate_sketches(&data.query, data.sketches.data(), ids.data(), count, found.data());
        CHECK(SameBytes(found.data(), expected.data(), count * 4));
        CHECK(found[count] == 77.0f);
      }
    }
  }
}

TEST_CASE("simd: the scalar estimate of a sketch is the sum its contract states") {
  std::mt19937 random(kSeed);
  for (const size_t dim : {64u, 384u, 448u}) {
    Sketches data(dim, 6, 1, &random);
    data.query.step = 1;
    data.query.low = data.query.offset = data.query.add = 0;
    const uint32_t ids[] = {5, 0, 1, 2, 3, 4, 5};
    for (size_t i = 0; i < 6; ++i) {
      const float factors[] = {0.0f, 1.0f, 3.0f};
      std::memcpy(data.sketches.data() + (i + 1) * data.bytes - 12, factors, 12);
    }
    float found[7];
    Scalar().estimate_sketches(&data.query, data.sketches.data(), ids, 7, found);
    for (size_t i = 0; i < 7; ++i) {
      unsigned total = 0;
      for (size_t j = 0; j < dim; ++j) {
        const auto bit = [&](uint8_t byte) { return static_cast<unsigned>(byte >> (j % 8)) & 1u; };
        for (size_t p = 0; p < 4; ++p) {
          total += bit(data.sketches[ids[i] * data.bytes + j / 8]) * bit(data.planes[p * data.bytes + j / 8]) << p;
        }
      }
      CHECK(found[i] == static_cast<float>(total));
    }
    data.query = {data.planes.data(), data.bytes, 0.0f, 0.5f, 2.0f, 10.0f};  // 10 + (0 + 1 * (0.5 * 3 + 2))
    Scalar().estimate_sketches(&data.query, data.sketches.data(), ids, 1, found);
    CHECK(found[0] == 13.5f);
  }
}

TEST_CASE("simd: dot and squared_l2 give the same bits at every level") {
  std::mt19937 random(kSeed);
  const float extreme[] = {3.4e38f, -3.4e38f, 1e-45f, -1e-45f, 0.0f, -0.0f, 1.0f};
  for (size_t count = 0; count < 70; ++count) {
    for (size_t shift = 0; shift < 3; ++shift) {
      Misaligned<float> a(count, shift), b(count, 3 - shift);
      for (size_t i = 0; i < count; ++i) {
        const bool wild = shift == 2;
        a[i] = wild ? extreme[random() % 7] : static_cast<float>(random()) * 1e-9f - 2.0f;
        b[i] = wild ? extreme[random() % 7] : static_cast<float>(random()) * 1e-9f - 2.0f;
      }
      const double dot = Scalar().dot(a.data(), b.data(), count);
      const double l2 = Scalar().squared_l2(a.data(), b.data(), count);
      for (const Kernels* kernels : OtherLevels()) {
        CAPTURE(kSeed, kernels->name, count, shift);
        const double found_dot = kernels->dot(a.data(), b.data(), count);
        const double found_l2 = kernels->squared_l2(a.data(), b.data(), count);
        CHECK(SameBytes(&dot, &found_dot, sizeof dot));
        CHECK(SameBytes(&l2, &found_l2, sizeof l2));
      }
    }
  }
}

TEST_CASE("simd: sums over halves are those over the floats they stand for, at every level") {
  std::mt19937 random(kSeed);
  std::vector<const Kernels*> levels = OtherLevels();
  levels.push_back(&Scalar());
  for (size_t count = 0; count < 70; ++count) {
    for (size_t shift = 0; shift < 3; ++shift) {
      std::vector<float> a(count), b(count);
      std::vector<uint16_t> halves(count);
      for (size_t i = 0; i < count; ++i) {
        a[i] = (static_cast<float>(random()) * 1e-9f - 2.0f) * (shift == 2 ? 1e30f : 1);
        do halves[i] = static_cast<uint16_t>(random());
        while ((halves[i] & 0x7C00) == 0x7C00);  // finite ones: denormal numbers and zeros of both signs among them
        if (i % 5 == 0) halves[i] &= 0x83FF;
      }
      Scalar().from_f16(halves.data(), b.data(), count);
      const std::vector<double> doubles(a.begin(), a.end());
      Misaligned<uint8_t> bytes(2 * count, shift);
      std::memcpy(bytes.data(), halves.data(), 2 * count);
      const double product = Scalar().dot(a.data(), b.data(), count), square = Scalar().dot(b.data(), b.data(), count);
      const double l2 = Scalar().squared_l2(a.data(), b.data(), count);
      for (const Kernels* kernels : levels) {
        CAPTURE(kSeed, kernels->name, count, shift);
        const ExactProducts found = kernels->products_f16(doubles.data(), bytes.data(), count);
        const double found_l2 = kernels->squared_l2_f16(doubles.data(), bytes.data(), count);
        CHECK(SameBytes(&found.product, &product, sizeof product));
        CHECK(SameBytes(&found.square, &square, sizeof square));
        CHECK(SameBytes(&found_l2, &l2, sizeof l2));
      }
    }
  }
}

TEST_CASE("simd: halves convert alike at every level and come back unchanged") {
  std::vector<uint16_t> halves(65'536);
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
  std::vector<float> expected(halves.size());
  Scalar().from_f16(halves.data(), expected.data(), halves.size());
  CHECK(expected[0x3C00] == 1.0f);
  CHECK(expected[0x7BFF] == 65'504.0f);
  CHECK(expected[0x0001] == std::ldexp(1.0f, -24));
  CHECK(std::isinf(expected[0xFC00]));
  std::vector<const Kernels*> levels = OtherLevels();
  levels.push_back(&Scalar());
  for (const Kernels* kernels : levels) {
    CAPTURE(kernels->name);
    std::vector<float> floats(halves.size());
    kernels->from_f16(halves.data(), floats.data(), halves.size());
    CHECK(SameBytes(expected.data(), floats.data(), floats.size() * 4));
    std::vector<uint16_t> back(halves.size());
    kernels->to_f16(floats.data(), back.data(), floats.size());
    size_t changed = 0;
    for (size_t i = 0; i < halves.size(); ++i) {
      const bool signalling = (halves[i] & 0x7C00) == 0x7C00 && (halves[i] & 0x3FF) != 0 && (halves[i] & 0x200) == 0;
      if (back[i] != (signalling ? halves[i] | 0x200 : halves[i])) ++changed;
    }
    CHECK(changed == 0);
  }
}

TEST_CASE("simd: floats round to the nearest half, ties to even, alike at every level") {
  std::mt19937 random(kSeed);
  // Every neighbourhood of the middle between two halves, and anything at all.
  std::vector<float> floats;
  std::vector<float> halves(0x7C00 + 1);
  for (uint32_t i = 0; i <= 0x7C00; ++i) {
    const auto half = static_cast<uint16_t>(i);
    Scalar().from_f16(&half, &halves[i], 1);
  }
  halves[0x7C00] = 65'536.0f;  // infinity stands for what would come next
  for (size_t i = 0; i + 1 < halves.size(); ++i) {
    const float middle = static_cast<float>((static_cast<double>(halves[i]) + static_cast<double>(halves[i + 1])) / 2);
    for (const float value : {std::nextafter(middle, 0.0f), middle, std::nextafter(middle, 1e9f)})
      floats.push_back(value);
  }
  const size_t middles = floats.size();
  for (size_t i = 0; i < 100'003; ++i) {
    const auto bits = static_cast<uint32_t>(random());
    float value;
    std::memcpy(&value, &bits, 4);
    floats.push_back(value);
  }
  std::vector<uint16_t> expected(floats.size()), found(floats.size());
  Scalar().to_f16(floats.data(), expected.data(), floats.size());
  size_t wrong = 0;
  for (size_t i = 0; i < middles; ++i) {
    const size_t lower = i / 3;
    const size_t right = i % 3 == 0 ? lower : i % 3 == 2 ? lower + 1 : lower + lower % 2;
    if (expected[i] != right) ++wrong;
  }
  CHECK(wrong == 0);
  for (const Kernels* kernels : OtherLevels()) {
    CAPTURE(kSeed, kernels->name);
    kernels->to_f16(floats.data(), found.data(), floats.size());
    CHECK(SameBytes(expected.data(), found.data(), found.size() * 2));
  }
}

TEST_CASE("simd: rotate gives the same bits at every level") {
  std::mt19937 random(kSeed);
  for (const size_t dim : {64u, 128u, 192u, 256u, 320u, 512u, 768u, 1024u, 4096u, 65'536u}) {
    for (size_t shift = 0; shift < 3; ++shift) {
      Misaligned<float> data(dim, shift);
      std::vector<uint8_t> signs(dim / 2);
      for (uint8_t& byte : signs) byte = static_cast<uint8_t>(random());
      for (size_t i = 0; i < dim; ++i) {
        data[i] =
            shift == 1 && i % 7 != 0 ? 0.0f : (static_cast<float>(random()) * 1e-9f - 2.0f) * (shift == 2 ? 1e30f : 1);
      }
      const std::vector<float> original = data.Copy();
      std::vector<float> expected = original;
      Scalar().rotate(expected.data(), dim, signs.data());
      for (const Kernels* kernels : OtherLevels()) {
        CAPTURE(kSeed, kernels->name, dim, shift);
        std::memcpy(data.data(), original.data(), dim * 4);
        kernels->rotate(data.data(), dim, signs.data());
        CHECK(SameBytes(expected.data(), data.data(), dim * 4));
      }
    }
  }
}

TEST_CASE("simd: sums of rows give the same bits at every level") {
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<float> uniform(-2, 2);
  for (const size_t count : {0u, 1u, 7u, 64u, 65u, 256u, 300u}) {
    constexpr size_t kRows = 9;
    std::vector<Misaligned<float>> floats;
    std::vector<Misaligned<int8_t>> bytes;
    std::vector<const float*> float_rows;
    std::vector<const int8_t*> byte_rows;
    std::vector<float> factors, start(count);
    for (size_t r = 0; r < kRows; ++r) {
      floats.emplace_back(count, r);
      bytes.emplace_back(count, r);
      for (size_t i = 0; i < count; ++i) {
        floats[r][i] = uniform(random);
        bytes[r][i] = static_cast<int8_t>(random());
      }
      factors.push_back(r == 3 ? 1e-40f : uniform(random));
    }
    for (size_t r = 0; r < kRows; ++r) float_rows.push_back(floats[r].data()), byte_rows.push_back(bytes[r].data());
    for (float& value : start) value = uniform(random);
    std::vector<float> of_floats = start, of_bytes = start;
    Scalar().add_rows(factors.data(), float_rows.data(), kRows, of_floats.data(), count);
    Scalar().add_rows_i8(factors.data(), byte_rows.data(), kRows, of_bytes.data(), count);
    for (const Kernels* kernels : OtherLevels()) {
      CAPTURE(kSeed, kernels->name, count);
      std::vector<float> found = start;
      kernels->add_rows(factors.data(), float_rows.data(), kRows, found.data(), count);
      CHECK(SameBytes(of_floats.data(), found.data(), count * 4));
      found = start;
      kernels->add_rows_i8(factors.data(), byte_rows.data(), kRows, found.data(), count);
      CHECK(SameBytes(of_bytes.data(), found.data(), count * 4));
    }
  }
}

}  // namespace quire::simd
