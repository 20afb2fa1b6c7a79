// The odd ends of the vector index: empty, equal, zero, huge, refused, filtered to nothing, cancelled, many at once.
#include <atomic>
#include <limits>
#include <mutex>
#include <string>
#include <thread>

#include "tests/unit/index_support.h"

namespace quire::index {
namespace {

Parameters Like(Metric metric, uint32_t dim, RawVectors raw = RawVectors::kF32) {
  return {.collection = 1, .generation = 2, .dim = dim, .metric = metric, .raw = raw, .seed = 9};
}

using Map = std::map<uint32_t, std::vector<float>>;

std::vector<uint32_t> Numbers(const std::vector<Neighbour>& found) {
  std::vector<uint32_t> numbers;
  for (const Neighbour& neighbour : found) numbers.push_back(neighbour.number);
  return numbers;
}

Map RandomMap(uint32_t dim, uint32_t count, uint32_t seed) {
  std::mt19937 random(seed);
  Map map;
  for (uint32_t i = 1; i <= count; ++i) map[i] = RandomVector(dim, &random);
  return map;
}

// What Apply says to a change; nothing of it may be kept where it fails.
Status TryChange(const TestIndex& index, const Map& added, const std::vector<uint32_t>& removed) {
  std::vector<Insertion> insertions;
  for (const auto& [number, vector] : added) insertions.push_back({number, vector});
  storage::Batch batch;
  const auto next = Apply(*index.view(), {insertions, removed}, *index.store().snapshot(), &batch);
  if (!next.ok()) CHECK(batch.count() == 0);
  return next.status();
}

}  // namespace

TEST_CASE("index: empty, k of zero, k beyond all") {
  TestIndex index(Like(Metric::kCosine, 3));
  const std::vector<float> vector = {1, 2, 3};
  CHECK(index.Search({.vector = vector}).empty());
  CHECK(index.Search({.vector = vector, .exact = true}).empty());
  index.Reload();
  CHECK(index.view()->size() == 0);
  index.Add(5, vector);
  index.Add(9, {3, 2, 1});
  CHECK(index.Search({.vector = vector, .k = 0}).empty());
  CHECK(Numbers(index.Search({.vector = vector, .k = 10'000})) == std::vector<uint32_t>{5, 9});
  CHECK(index.Search({.vector = vector, .k = 1})[0].distance == Approx(0).margin(1e-6));
}

TEST_CASE("index: equal vectors come by number") {
  for (const Metric metric : {Metric::kCosine, Metric::kL2, Metric::kInnerProduct}) {
    for (const uint32_t dim : {2u, 200u}) {
      TestIndex index(Like(metric, dim));
      Map map;
      for (uint32_t i = 1; i <= 1000; ++i) map[i] = std::vector<float>(dim, 0.5f);
      index.Change(map, {});
      index.Change({}, {3});
      const std::vector<float> vector(dim, 0.5f);
      const std::vector<uint32_t> expected = {1, 2, 4, 5, 6, 7, 8, 9, 10, 11};
      CHECK(Numbers(index.Search({.vector = vector})) == expected);
      CHECK(index.Search({.vector = vector, .k = 2000}).size() == 999);
    }
  }
}

TEST_CASE("index: the zero vector is at cosine distance 1 of everything, as stored one and as query") {
  TestIndex index(Like(Metric::kCosine, 130));
  Map map = RandomMap(130, 50, 4);
  map[7] = std::vector<float>(130, 0.0f);
  index.Change(map, {});
  const std::vector<float> zero(130, 0.0f);
  const std::vector<Neighbour> all = index.Search({.vector = map[1], .k = 50});
  const auto at = std::find_if(all.begin(), all.end(), [](const Neighbour& n) { return n.number == 7; });
  REQUIRE(at != all.end());
  CHECK(at->distance == 1.0f);
  const std::vector<Neighbour> found = index.Search({.vector = zero, .k = 4});
  CHECK(Numbers(found) == std::vector<uint32_t>{1, 2, 3, 4});
  CHECK(found[3].distance == 1.0f);
}

TEST_CASE("index: tiny and huge vectors are found or refused, never mistaken") {
  TestIndex index(Like(Metric::kL2, 128));
  Map map;
  map[1] = std::vector<float>(128, 1e15f);
  map[2] = std::vector<float>(128, 1e-42f);
  map[3] = std::vector<float>(128, -1e15f);
  map[4] = std::vector<float>(128, 1.0f);
  index.Change(map, {});
  CHECK(Numbers(index.Search({.vector = map[1], .k = 1})) == std::vector<uint32_t>{1});
  CHECK(Numbers(index.Search({.vector = map[2], .k = 2})) == std::vector<uint32_t>{2, 4});
  const std::vector<float> far(128, 3e38f);
  const std::vector<Neighbour> found = index.Search({.vector = far, .k = 4});
  CHECK(found.size() == 4);
  CHECK(found[0].number == 1);

  const Status huge = TryChange(index, {{5, std::vector<float>(128, 1e30f)}}, {});
  CHECK(huge.code() == Code::kInvalidArgument);
  CHECK(std::string(huge.message()) == "vector of number 5: component 0 is 1e+30, expected at most 1e+15 in magnitude");
  TestIndex half(Like(Metric::kL2, 2, RawVectors::kF16));
  CHECK(TryChange(half, {{1, {65'504, -65'504}}}, {}).ok());
  const Status over = TryChange(half, {{1, {1, 65'505}}}, {});
  CHECK(over.code() == Code::kInvalidArgument);
  CHECK(std::string(over.message()).find("component 1 is 65505, expected at most 65504") != std::string::npos);
}

TEST_CASE("index: what is not a vector of this index is refused and named") {
  TestIndex index(Like(Metric::kCosine, 3));
  index.Change(RandomMap(3, 40, 1), {});
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const Status dim = TryChange(index, {{41, {1, 2}}}, {});
  CHECK(dim.code() == Code::kInvalidArgument);
  CHECK(std::string(dim.message()) == "vector of number 41 has 2 components, expected 3");
  CHECK(TryChange(index, {{41, {1, 2, 3}}, {42, {1, nan, 3}}}, {}).code() == Code::kInvalidArgument);
  CHECK(TryChange(index, {{41, {1, 2, -infinity}}}, {}).code() == Code::kInvalidArgument);
  CHECK(TryChange(index, {{40, {1, 2, 3}}}, {}).code() == Code::kInternal);
  CHECK(TryChange(index, {}, {41}).code() == Code::kInternal);
  CHECK(TryChange(index, {}, {7, 8, 7}).code() == Code::kInternal);
  CHECK(index.view()->size() == 40);
}

TEST_CASE("index: filters of no, few and all numbers") {
  TestIndex index(Like(Metric::kL2, 150));
  const Map map = RandomMap(150, 3000, 2);
  index.Change(map, {});
  const std::vector<float>& vector = map.at(77);
  const auto search = [&](const std::vector<uint64_t>& words, uint64_t count) {
    const NumberSet set(words);
    return Numbers(index.Search({.vector = vector, .k = 5, .allowed = &set, .allowed_count = count}));
  };
  CHECK(search({}, 0).empty());
  CHECK(search({1}, 0).empty());  // number 0 was never there
  CHECK(search(std::vector<uint64_t>(1000, 0), 0).empty());
  CHECK(search({0, uint64_t{1} << 13}, 1) == std::vector<uint32_t>{77});
  CHECK(search({0, uint64_t{1} << 13 | 1}, 2) == std::vector<uint32_t>{77, 64});
  CHECK(search(std::vector<uint64_t>(1000, ~uint64_t{0}), 3000)[0] == 77);
  std::vector<uint64_t> odd(60, 0xAAAAAAAAAAAAAAAAu);
  const NumberSet set(odd);
  const Query query{.vector = vector, .k = 3000, .allowed = &set, .allowed_count = 1500};
  CHECK(Same(index.Search(query), ExactNeighbours(map, Metric::kL2, query)));
}

TEST_CASE("index: a set cancel flag ends the search") {
  TestIndex index(Like(Metric::kL2, 8));
  index.Change(RandomMap(8, 100, 2), {});
  const std::atomic<bool> cancelled = true;
  const std::vector<float> vector(8, 1.0f);
  for (const bool exact : {false, true}) {
    std::vector<Neighbour> found;
    const Query query{.vector = vector, .exact = exact, .cancelled = &cancelled};
    CHECK(index.view()->Search(query, *index.store().snapshot(), &found).code() == Code::kCancelled);
  }
}

TEST_CASE("index: queries asked together are answered as one by one, with and without links") {
  TestIndex index(Like(Metric::kCosine, 128));
  const Map map = RandomMap(128, 700, 5);
  index.Change(map, {});
  std::mt19937 random(6);
  std::vector<std::vector<float>> vectors;
  for (int i = 0; i < 19; ++i) vectors.push_back(RandomVector(128, &random));
  std::vector<uint64_t> words(12, 0x00FF00FF00FF00FFu);
  const NumberSet allowed(words);
  std::vector<Query> queries;
  for (uint32_t i = 0; i < vectors.size(); ++i) {
    queries.push_back({.vector = vectors[i], .k = i, .exact = i % 7 == 3});
    if (i % 3 != 0) continue;
    queries.back().allowed = &allowed;
    queries.back().allowed_count = static_cast<uint64_t>(std::count_if(map.begin(), map.end(), [&](const auto& one) {
      return one.first / 64 < words.size() && ((words[one.first / 64] >> (one.first % 64)) & 1) != 0;
    }));
  }
  for (const bool linked : {false, true}) {
    if (linked) index.Link();
    std::vector<std::vector<Neighbour>> together;
    REQUIRE(index.view()->SearchBatch(queries, *index.store().snapshot(), &together).ok());
    REQUIRE(together.size() == queries.size());
    for (size_t i = 0; i < queries.size(); ++i) CHECK(Same(together[i], index.Search(queries[i])));
  }
}

TEST_CASE("index: the largest dimension") {
  TestIndex index(Like(Metric::kCosine, 65'535, RawVectors::kF16));
  const Map map = RandomMap(65'535, 40, 3);
  index.Change(map, {});
  index.Reload();
  CHECK(index.Search({.vector = map.at(33), .k = 1})[0].number == 33);
}

TEST_CASE("index: a change stores little, and a fold leaves nothing to fold") {
  TestIndex index(Like(Metric::kL2, 64));
  index.Change(RandomMap(64, 1000, 2), {});
  storage::Batch one;
  const std::vector<float> vector(64, 2.0f);
  const Insertion insertion{1001, vector};
  REQUIRE(Apply(*index.view(), {std::span(&insertion, 1), {}}, *index.store().snapshot(), &one).ok());
  CHECK(one.count() == 2);  // the code and the vector
  CHECK(one.bytes() < 1000);
  storage::Batch removal;
  const ChunkNumber gone = 500;
  REQUIRE(Apply(*index.view(), {{}, std::span(&gone, 1)}, *index.store().snapshot(), &removal).ok());
  CHECK(removal.count() == 2);  // a tombstone, and the vector goes

  CHECK_FALSE(index.Fold());
  for (uint32_t i = 1001; i < 1100; ++i) index.Add(i, vector);
  CHECK(index.Fold());
  CHECK_FALSE(index.Fold());
  index.Reload();
  CHECK(index.view()->size() == 1099);
}

TEST_CASE("index: readers of any view go on while the index changes") {
  TestIndex index(Like(Metric::kCosine, 70));
  index.Change(RandomMap(70, 300, 2), {});
  const Map late = RandomMap(70, 600, 3);
  std::atomic<bool> stop = false;
  std::atomic<uint32_t> wrong = 0;
  std::mutex mutex;
  std::pair<std::shared_ptr<const View>, std::shared_ptr<const storage::Snapshot>> current = {index.view(),
                                                                                              index.store().snapshot()};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      std::vector<Neighbour> found;
      while (!stop) {
        std::unique_lock lock(mutex);
        const auto [view, snapshot] = current;
        lock.unlock();
        const std::vector<float>& vector = late.at(7);
        if (!view->Search({.vector = vector, .k = 20}, *snapshot, &found).ok() || found.size() != 20) ++wrong;
      }
    });
  }
  for (uint32_t i = 301; i <= 600; i += 5) {
    Map added;
    for (uint32_t j = i; j < i + 5; ++j) added[j] = late.at(j);
    index.Change(added, {i - 300, i - 299});
    if (i % 100 == 1) index.Fold();
    const std::lock_guard lock(mutex);
    current = {index.view(), index.store().snapshot()};
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}

}  // namespace quire::index
