// engine/filter: Bitmap against std::set, and the stored form of a block against damage.
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/filter/bitmap_block.h"

using quire::ChunkNumber;
using quire::filter::Bitmap;
using quire::filter::DecodeBlock;
using quire::filter::EncodeBlock;

namespace {

std::vector<ChunkNumber> Members(const Bitmap& bitmap) {
  std::vector<ChunkNumber> members;
  bitmap.ForEach([&](ChunkNumber number) {
    members.push_back(number);
    return true;
  });
  return members;
}

Bitmap Of(const std::set<ChunkNumber>& numbers) {
  Bitmap bitmap;
  for (const ChunkNumber number : numbers) bitmap.Add(number);
  return bitmap;
}

std::vector<ChunkNumber> Sorted(const std::set<ChunkNumber>& numbers) { return {numbers.begin(), numbers.end()}; }

// Sparse, dense and in runs, across the first blocks.
std::set<ChunkNumber> RandomSet(std::mt19937* random) {
  std::set<ChunkNumber> numbers;
  const int shape = static_cast<int>((*random)() % 3);
  const ChunkNumber end = shape == 0 ? 200'000 : 70'000;
  const size_t count = shape == 2 ? 5 : (*random)() % 9'000;
  for (size_t i = 0; i < count; ++i) {
    const ChunkNumber first = static_cast<ChunkNumber>((*random)() % end);
    const ChunkNumber length = shape == 2 ? static_cast<ChunkNumber>((*random)() % 3'000) : 1;
    for (ChunkNumber n = first; n < first + length; ++n) numbers.insert(n);
  }
  return numbers;
}

// `payload` as a block would store it.
std::string Sealed(std::string_view payload) {
  std::string stored = "\x01" + std::string(payload);
  quire::AppendRaw(&stored, quire::Hash64(stored));
  return stored;
}

}  // namespace

TEST_CASE("filter bitmap: set operations agree with std::set", "[filter]") {
  const auto seed = static_cast<uint32_t>(Catch::rngSeed());
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 30; ++round) {
    const std::set<ChunkNumber> a = RandomSet(&random), b = RandomSet(&random);
    std::vector<ChunkNumber> expected;
    Bitmap both = Of(a), any = Of(a), rest = Of(a);
    both.IntersectWith(Of(b));
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
    REQUIRE(Members(both) == expected);
    expected.clear();
    any.UniteWith(Of(b));
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
    REQUIRE(Members(any) == expected);
    expected.clear();
    rest.Subtract(Of(b));
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
    REQUIRE(Members(rest) == expected);
    REQUIRE(rest.Count() == expected.size());

    const std::vector<uint64_t> words = Of(a).ToWords(200'000);
    REQUIRE(words.size() == 3'125);
    REQUIRE(Members(Bitmap::FromWords(words)) == Sorted(a));
  }
}

TEST_CASE("filter bitmap: copies are independent, ranges are half open", "[filter]") {
  Bitmap a;
  a.AddRange(10, 10);
  REQUIRE(a.Count() == 0);
  a.AddRange(65'530, 65'540);
  Bitmap b = a;
  b.Remove(65'535);
  REQUIRE(a.Contains(65'535));
  REQUIRE_FALSE(b.Contains(65'535));
  REQUIRE_FALSE(b.Contains(65'540));
  b = a;
  REQUIRE(b.Contains(65'535));
  a.Add(0xFFFFFFFF);
  REQUIRE(a.ToWords(65'536).size() == 1'024);
  REQUIRE(a.ToWords(65'531).back() == uint64_t{1} << (65'530 % 64));
  REQUIRE(a.ToWords(0).empty());
  size_t visited = 0;
  a.ForEach([&](ChunkNumber) { return ++visited < 3; });
  REQUIRE(visited == 3);
}

TEST_CASE("filter block: every container shape reads back", "[filter]") {
  const auto block = GENERATE(uint16_t{0}, uint16_t{3}, uint16_t{0xFFFF});
  const ChunkNumber base = ChunkNumber{block} << 16;
  Bitmap one, array, bitset, run, full;
  one.Add(base + 65'535);
  for (ChunkNumber n = 0; n < 4'096; ++n) array.Add(base + n * 7);
  for (ChunkNumber n = 0; n < 4'097; ++n) bitset.Add(base + n * 7);
  run.AddRange(base + 5, base + 9'000);
  full.AddRange(base, base + 65'535);
  full.Add(base + 65'535);
  for (const Bitmap* numbers : {&one, &array, &bitset, &run, &full}) {
    const std::string stored = EncodeBlock(*numbers);
    const auto read = DecodeBlock(stored, block);
    INFO(read.status().ToString());
    REQUIRE(read.ok());
    REQUIRE(Members(*read) == Members(*numbers));
    REQUIRE_FALSE(DecodeBlock(stored, static_cast<uint16_t>(block ^ 1)).ok());
  }
  REQUIRE(EncodeBlock(full).size() < 40);
}

TEST_CASE("filter block: damage is corruption", "[filter]") {
  Bitmap numbers;
  for (ChunkNumber n = 0; n < 40; ++n) numbers.Add(n * n);
  const std::string stored = EncodeBlock(numbers);
  for (size_t length = 0; length < stored.size(); ++length) {
    REQUIRE(DecodeBlock(stored.substr(0, length), 0).status().code() == quire::Code::kCorruption);
  }
  for (size_t bit = 0; bit < stored.size() * 8; ++bit) {
    std::string flipped = stored;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE(DecodeBlock(flipped, 0).status().code() == quire::Code::kCorruption);
  }
}

TEST_CASE("filter block: a payload that lies under a right checksum is refused or harmless", "[filter]") {
  const auto seed = static_cast<uint32_t>(Catch::rngSeed());
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Bitmap array, bitset, run;
  for (ChunkNumber n = 0; n < 30; ++n) array.Add(n * 100);
  for (ChunkNumber n = 0; n < 5'000; ++n) bitset.Add(n * 13);
  for (ChunkNumber n = 0; n < 20; ++n) run.AddRange(n * 900, n * 900 + 700);
  size_t refused = 0, taken = 0;
  for (const Bitmap* numbers : {&array, &bitset, &run}) {
    const std::string stored = EncodeBlock(*numbers);
    const std::string payload = stored.substr(1, stored.size() - 9);
    REQUIRE(DecodeBlock(Sealed(payload), 0).ok());
    for (int round = 0; round < 4'000; ++round) {
      std::string forged = payload;
      const size_t at = random() % (round % 2 == 0 ? std::min<size_t>(forged.size(), 40) : forged.size());
      forged[at] = static_cast<char>(random());
      if (round % 5 == 0) forged.resize(random() % (forged.size() + 8));
      const auto read = DecodeBlock(Sealed(forged), 0);
      read.ok() ? ++taken : ++refused;
      if (!read.ok()) continue;
      const std::vector<ChunkNumber> members = Members(*read);
      REQUIRE(members.size() == read->Count());
      REQUIRE(std::adjacent_find(members.begin(), members.end(), std::greater_equal<>()) == members.end());
      REQUIRE(members.back() <= 65'535);
    }
  }
  REQUIRE(refused > 3'000);
  REQUIRE(taken > 0);
}
