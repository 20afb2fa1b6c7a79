// Stored bytes that were changed are noticed, named, and never believed.
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/storage/keys.h"
#include "tests/unit/index_support.h"

namespace quire::index {
namespace {

using storage::Family;

constexpr Parameters kParameters{.collection = 4, .generation = 1, .dim = 20, .metric = Metric::kL2, .seed = 9};

std::string LeafKey(char kind, uint32_t number) { return storage::LeafKey(kind, 4, 1, 0, number); }

// A sealed segment of 1..40, appended codes 41 and 42, a tombstone for 5.
class Damaged : public TestIndex {
 public:
  Damaged() : TestIndex(kParameters) {
    std::mt19937 random(1);
    std::map<uint32_t, std::vector<float>> map;
    for (uint32_t i = 1; i <= 40; ++i) map[i] = RandomVector(20, &random);
    Change(map, {});
    Change({{41, RandomVector(20, &random)}, {42, RandomVector(20, &random)}}, {5});
    REQUIRE(TryLoad().ok());
  }

  std::string Read(Family family, const std::string& key) const {
    std::string value;
    const auto there = store().snapshot()->Get(family, key, &value);
    REQUIRE(there.ok());
    REQUIRE(*there);
    return value;
  }
  void Write(Family family, const std::string& key, const std::string& value) {
    storage::Batch batch;
    batch.Put(family, key, value);
    Commit(std::move(batch));
  }
  void Remove(Family family, const std::string& key) {
    storage::Batch batch;
    batch.Delete(family, key);
    Commit(std::move(batch));
  }
  // Loading fails with `code` and names `object`.
  void ExpectFailure(const std::string& object, Code code = Code::kCorruption) const {
    const Status status = TryLoad().status();
    INFO(status.ToString());
    CHECK(status.code() == code);
    CHECK(std::string(status.message()).find("vector index 4/1: " + object) != std::string::npos);
  }
};

struct Stored {
  Family family;
  std::string key;
  std::string object;
};

std::vector<Stored> Everything() {
  return {{Family::kPosting, LeafKey('P', 1), "segment 1"},
          {Family::kCode, LeafKey('E', 1), "codes 1"},
          {Family::kPosting, LeafKey('A', 42), "appended code 42"},
          {Family::kTree, storage::NodeKey(4, 1, 0), "tree node 0"},
          {Family::kMeta, storage::IndexKey(4, 1), "parameters of generation 1"}};
}

// `value` with its checksum set right again.
std::string Resealed(std::string value) {
  value.resize(value.size() - 8);
  AppendRaw(&value, Hash64(value));
  return value;
}

}  // namespace

TEST_CASE("index damage: every flipped byte of every value is corruption and names its value") {
  Damaged index;
  for (const Stored& stored : Everything()) {
    const std::string good = index.Read(stored.family, stored.key);
    const size_t step = good.size() > 2000 ? 97 : 7;
    for (size_t i = 0; i < good.size(); i += step) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x10);
      CAPTURE(i);
      index.Write(stored.family, stored.key, bad);
      index.ExpectFailure(stored.object);
    }
    for (const size_t size : {size_t{0}, size_t{7}, good.size() / 2, good.size() - 1}) {
      index.Write(stored.family, stored.key, good.substr(0, size));
      index.ExpectFailure(stored.object);
    }
    index.Write(stored.family, stored.key, good);
    CHECK(index.TryLoad().ok());
  }
}

TEST_CASE("index damage: a right checksum over wrong contents is noticed too") {
  for (const Stored& stored : Everything()) {
    Damaged index;
    const std::string good = index.Read(stored.family, stored.key);
    index.Write(stored.family, stored.key, Resealed(good.substr(0, good.size() - 1)));
    index.ExpectFailure(stored.object == "codes 1" ? "segment 1" : stored.object,
                        stored.object == "tree node 0" ? Code::kUnsupported : Code::kCorruption);
    std::string newer = good;
    newer[stored.object == "parameters of generation 1" ? 0 : 4] = 99;
    index.Write(stored.family, stored.key, Resealed(newer));
    index.ExpectFailure(stored.object, Code::kUnsupported);
  }
}

TEST_CASE("index damage: values that are missing, doubled or under another key") {
  SECTION("refine codes missing") {
    Damaged index;
    index.Remove(Family::kCode, LeafKey('E', 1));
    index.ExpectFailure("segment 1 has no refine codes");
  }
  SECTION("segment missing") {
    Damaged index;
    index.Remove(Family::kPosting, LeafKey('P', 1));
    index.ExpectFailure("codes 1 belong to no segment");
  }
  SECTION("tombstone of a number that is not there") {
    Damaged index;
    index.Write(Family::kPosting, LeafKey('X', 43), "");
    index.ExpectFailure("tombstone 43 is of a vector that is not there");
  }
  SECTION("segment under another key") {
    Damaged index;
    index.Write(Family::kPosting, LeafKey('P', 2), index.Read(Family::kPosting, LeafKey('P', 1)));
    index.ExpectFailure("segment 2");
  }
  SECTION("appended code inside a segment") {
    Damaged index;
    std::string value = index.Read(Family::kPosting, LeafKey('A', 41));
    value[20] = 30;
    index.Write(Family::kPosting, LeafKey('A', 30), Resealed(value));
    index.ExpectFailure("segment 30 overlaps");
  }
  SECTION("key cut short") {
    Damaged index;
    index.Write(Family::kPosting, LeafKey('A', 41).substr(0, 15), "x");
    index.ExpectFailure("leaf 0 has a key of 15 bytes, expected 17");
  }
  SECTION("parameters missing") {
    Damaged index;
    index.Remove(Family::kMeta, storage::IndexKey(4, 1));
    CHECK(index.TryLoad().status().code() == Code::kNotFound);
  }
  SECTION("root missing") {
    Damaged index;
    index.Remove(Family::kTree, storage::NodeKey(4, 1, 0));
    index.ExpectFailure("tree node 0 is missing");
  }
}

TEST_CASE("index damage: a stored vector that is missing or cut short fails the search that needs it") {
  Damaged index;
  const auto first = ReadVector(kParameters, 1, *index.store().snapshot());
  REQUIRE(first.ok());
  const auto search = [&] {
    std::vector<Neighbour> found;
    index.Reload();  // forgets what it has read
    return index.view()->Search({.vector = *first, .k = 3}, *index.store().snapshot(), &found);
  };
  REQUIRE(search().ok());
  index.Write(Family::kRaw, storage::RawKey(4, 1, 1), "short");
  CHECK(search().code() == Code::kCorruption);
  CHECK(std::string(search().message()) == "vector index 4/1: stored vector 1 has 5 bytes, expected 40");
  CHECK(ReadVector(kParameters, 1, *index.store().snapshot()).status().code() == Code::kCorruption);
  index.Remove(Family::kRaw, storage::RawKey(4, 1, 1));
  CHECK(std::string(search().message()) == "vector index 4/1: stored vector 1 is missing");
  CHECK(ReadVector(kParameters, 1, *index.store().snapshot()).status().code() == Code::kNotFound);
}

}  // namespace quire::index
