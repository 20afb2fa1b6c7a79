// Posting blocks: what goes in comes out, and damage is noticed.
#include "engine/text/posting_block.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "engine/base/hash.h"

namespace quire::text {
namespace {

struct Posting {
  ChunkNumber number;
  std::vector<uint32_t> positions;
  bool operator==(const Posting& other) const = default;
};

std::vector<Posting> RandomPostings(std::minstd_rand* random, size_t count) {
  const auto below = [&](uint32_t limit) { return static_cast<uint32_t>((*random)() % limit); };
  std::vector<Posting> postings;
  ChunkNumber number = below(1000);
  for (size_t i = 0; i < count; ++i) {
    Posting posting{number, {}};
    uint32_t position = below(300);
    for (size_t n = 1 + below(5); n > 0; --n) {
      posting.positions.push_back(position);
      position += 1 + below(400);
    }
    postings.push_back(posting);
    number += 1 + below(below(10) == 0 ? 1'000'000 : 3);
  }
  return postings;
}

std::string Encoded(const std::vector<Posting>& postings) {
  PostingBlock block;
  for (const Posting& posting : postings) block.Add(posting.number, posting.positions);
  return block.Encode();
}

Status Decode(ChunkNumber first, std::string_view value, std::vector<Posting>* out) {
  PostingBlockReader reader(first, value);
  while (reader.Next()) {
    Posting posting{reader.number(), {}};
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
  for (size_t count : {1u, 2u, 10u, 1000u}) {
    const std::vector<Posting> postings = RandomPostings(&random, count);
    std::vector<Posting> read;
    const Status status = Decode(postings[0].number, Encoded(postings), &read);
    INFO(status.ToString());
    REQUIRE(status.ok());
    CHECK(read == postings);
  }
}

TEST_CASE("the largest numbers fit", "[text]") {
  const std::vector<Posting> postings = {{0, {0}}, {0xFFFFFFFF, {0, 0xFFFFFFFF}}};
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
  const std::vector<Posting> postings = RandomPostings(&random, 8);
  const std::string payload = Encoded(postings).substr(5);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = payload;
    for (size_t n = 1 + random() % 3; n > 0; --n) damaged[random() % damaged.size()] = static_cast<char>(random());
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
  while (!block.full()) block.Add(number++, positions);
  CHECK(block.Encode().size() >= kPostingBlockBytes);
  CHECK(block.Encode().size() < kPostingBlockBytes + 64);
  block.Clear();
  CHECK(block.empty());
}

}  // namespace
}  // namespace quire::text
