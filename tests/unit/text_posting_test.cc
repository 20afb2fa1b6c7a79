// Posting blocks: what goes in comes out, and damage is noticed.
#include "engine/text/posting_block.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "engine/base/hash.h"
#include "tests/unit/text_version_1.h"

namespace quire::text {
namespace {

struct Posting {
  ChunkNumber number;
  std::vector<uint32_t> positions;
  FieldCounts counts;
  bool operator==(const Posting& other) const = default;
};

std::vector<Posting> RandomPostings(std::minstd_rand* random, size_t count) {
  const auto below = [&](uint32_t limit) { return static_cast<uint32_t>((*random)() % limit); };
  std::vector<Posting> postings;
  ChunkNumber number = below(1000);
  for (size_t i = 0; i < count; ++i) {
    Posting posting{number, {}, {}};
    uint32_t position = below(300);
    for (size_t n = 1 + below(5); n > 0; --n) {
      posting.positions.push_back(position);
      const uint32_t field = below(8);
      ++(field == 0 ? posting.counts.title : field == 1 ? posting.counts.section : posting.counts.body);
      position += 1 + below(400);
    }
    postings.push_back(posting);
    number += 1 + below(below(10) == 0 ? 1'000'000 : 3);
  }
  return postings;
}

std::string Encoded(const std::vector<Posting>& postings) {
  PostingBlock block;
  for (const Posting& posting : postings) block.Add(posting.number, posting.positions, posting.counts, {.body = 100});
  return block.Encode();
}

Status Decode(ChunkNumber first, std::string_view value, std::vector<Posting>* out) {
  PostingBlockReader reader(first, value);
  while (reader.Next()) {
    Posting posting{reader.number(), {}, reader.counts()};
    reader.AppendPositions(&posting.positions);
    out->push_back(std::move(posting));
  }
  return reader.Finished();
}

// A value whose checksum is right whatever its payload says.
std::string Sealed(std::string_view payload) {
  std::string value;
  AppendRaw(&value, kPostingVersion);
  AppendRaw(&value, static_cast<uint32_t>(Hash64(payload)));
  return value.append(payload);
}

TEST_CASE("posting blocks read back as written", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  for (size_t count : {1u, 2u, 10u, 127u, 128u, 129u, 1000u}) {
    const std::vector<Posting> postings = RandomPostings(&random, count);
    std::vector<Posting> read;
    const Status status = Decode(postings[0].number, Encoded(postings), &read);
    INFO(status.ToString());
    REQUIRE(status.ok());
    CHECK(read == postings);
  }
}

TEST_CASE("posting blocks of version 1 are read: all occurrences are the body's", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  std::vector<Posting> postings = RandomPostings(&random, 300);
  for (Posting& posting : postings) posting.counts = {.body = static_cast<uint32_t>(posting.positions.size())};
  const std::string value = BlockOfVersion1(postings[0].number, Encoded(postings));
  std::vector<Posting> read;
  REQUIRE(Decode(postings[0].number, value, &read).ok());
  CHECK(read == postings);
  for (size_t size = 0; size < value.size(); size += 7) {
    CHECK(Decode(postings[0].number, value.substr(0, size), &read).code() == Code::kCorruption);
  }
  std::string example = "\x01" "cccc" "\x02\x03\x02\x04\x01";  // cat, as the page of the format has it
  example += std::string("\x00\x03\x01", 3);
  const uint32_t checksum = static_cast<uint32_t>(Hash64(std::string_view(example).substr(5)));
  std::memcpy(example.data() + 1, &checksum, sizeof checksum);
  read.clear();
  REQUIRE(Decode(5, example, &read).ok());
  CHECK(read == std::vector<Posting>{{5, {0, 3}, {.body = 2}}, {9, {1}, {.body = 1}}});
}

TEST_CASE("packed numbers come back, in every width", "[text]") {
  std::minstd_rand random(3);
  for (uint32_t bits = 0; bits <= 32; ++bits) {
    PackedArray values{};
    for (uint32_t& value : values) {
      const uint64_t any = (uint64_t{random()} << 31) ^ random();
      value = bits == 0 ? 0 : static_cast<uint32_t>(any >> 3) >> (32 - bits);
    }
    if (bits > 0) values[random() % kPackedCount] |= 1u << (bits - 1);
    INFO("bits " << bits);
    REQUIRE(BitsOf(values) == bits);
    std::string packed = "x";  // so that nothing is aligned
    AppendPacked(values, bits, &packed);
    REQUIRE(packed.size() == 1 + PackedBytes(bits));
    PackedArray read;
    Unpack(packed.data() + 1, bits, &read);
    CHECK(read == values);
  }
}

TEST_CASE("impacts bound every posting, whatever the average length", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  for (int round = 0; round < 200; ++round) {
    ImpactBuilder builder;
    std::vector<Impact> postings;
    for (size_t i = 0; i < 128; ++i) {
      postings.push_back({1 + random() % 40, 1 + random() % (round % 2 == 0 ? 500 : 20)});
      builder.Add(postings.back());
    }
    const Impacts impacts = builder.Take();
    REQUIRE(impacts.count >= 1);
    for (const double norm : {0.01, 1.0, 30.0}) {
      const auto score = [&](const Impact& impact) {
        const auto frequency = static_cast<double>(impact.frequency);
        return frequency / (frequency + norm * static_cast<double>(impact.length));
      };
      double bound = 0, best = 0;
      for (const Impact& impact : impacts.span()) bound = std::max(bound, score(impact));
      for (const Impact& posting : postings) best = std::max(best, score(posting));
      REQUIRE(best <= bound);
    }
  }
}

TEST_CASE("the largest numbers fit", "[text]") {
  const std::vector<Posting> postings = {{0, {0}, {.title = 1}}, {0xFFFFFFFF, {0, 0xFFFFFFFF}, {.body = 2}}};
  std::vector<Posting> read;
  REQUIRE(Decode(0, Encoded(postings), &read).ok());
  CHECK(read == postings);
}

TEST_CASE("every flipped bit and every cut of a block is noticed", "[text]") {
  std::minstd_rand random(5);
  const std::vector<Posting> postings = RandomPostings(&random, 20);
  const std::string value = Encoded(postings);
  for (size_t bit = 0; bit < value.size() * 8; ++bit) {
    std::string damaged = value;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    std::vector<Posting> read;
    INFO("bit " << bit);
    CHECK(Decode(postings[0].number, damaged, &read).code() == Code::kCorruption);
  }
  for (size_t size = 0; size < value.size(); ++size) {
    std::vector<Posting> read;
    INFO("size " << size);
    CHECK(Decode(postings[0].number, value.substr(0, size), &read).code() == Code::kCorruption);
  }
}

TEST_CASE("a block with a right checksum is still not believed", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  const std::vector<Posting> few = RandomPostings(&random, 8), many = RandomPostings(&random, 300);
  const std::string payload = Encoded(few).substr(5), packed = Encoded(many).substr(5);
  for (int round = 0; round < 20'000; ++round) {
    const std::vector<Posting>& postings = round % 2 == 0 ? few : many;
    std::string damaged = round % 2 == 0 ? payload : packed;
    // Of the packed ones the first bytes: headers.
    const size_t reach = std::min<size_t>(damaged.size(), 80);
    for (size_t n = 1 + random() % 3; n > 0; --n) damaged[random() % reach] = static_cast<char>(random());
    std::vector<Posting> read;
    const Status status = Decode(postings[0].number, Sealed(damaged), &read);
    for (size_t i = 1; i < read.size() && status.ok(); ++i) REQUIRE(read[i - 1].number < read[i].number);
  }
  std::vector<Posting> read;
  CHECK(Decode(0, Sealed(""), &read).code() == Code::kCorruption);
  CHECK(Decode(0, Sealed(std::string("\xff\xff\xff\xff\x0f\x00", 6)), &read).code() == Code::kCorruption);
  CHECK(Decode(0, Sealed(payload + "x"), &read).code() == Code::kCorruption);
  CHECK(Decode(0xFFFFFFFF, Sealed(payload), &read).code() == Code::kCorruption);
}

TEST_CASE("a block is full at its size", "[text]") {
  PostingBlock block;
  ChunkNumber number = 0;
  const std::vector<uint32_t> positions = {1, 2, 3};
  while (!block.full()) block.Add(number++, positions, {.body = 3}, {.body = 9});
  CHECK(block.Encode().size() > kPostingBlockBytes / 2);  // packed, the numbers take less than while they are gathered
  CHECK(block.Encode().size() < kPostingBlockBytes + 64);
  block.Clear();
  CHECK(block.empty());
}

}  // namespace
}  // namespace quire::text
