// Links over vectors that are hard to tell apart, and over vectors that come and go.
#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "tests/unit/index_links_support.h"

namespace quire::index {
namespace {

Parameters Like(Metric metric, uint32_t dim, RawVectors raw = RawVectors::kF32) {
  return {.collection = 5, .generation = 1, .dim = dim, .metric = metric, .raw = raw, .seed = 12};
}

constexpr Metric kMetrics[] = {Metric::kCosine, Metric::kL2, Metric::kInnerProduct};

// Links `given`, takes some away, adds some, and asks with filters and without, for few and for more than there are. What is
// linked is reloaded on the way.
void CheckAnswers(const Parameters& parameters, const Model& given, const std::vector<float>& query_vector) {
  CAPTURE(MetricName(parameters.metric), parameters.dim, given.size());
  TestIndex index(parameters);
  Model model;
  const auto add = [&](const Model& added) {
    index.Change(added, {});
    for (const auto& [number, vector] : added) model[number] = AsStored(parameters.raw, vector);
  };
  const auto ask = [&] {
    const uint32_t next = model.rbegin()->first + 1, size = static_cast<uint32_t>(model.size());
    const Numbers live(model);
    Numbers nothing(next), half(next), few(next);
    for (uint32_t number = 0; number < next; number += 2) half.Add(number);
    for (uint32_t number = 0; number < next; number += 1 + next / 5) few.Add(number);
    for (const uint32_t k : {1u, 10u, size + 7}) {
      const Query query{.vector = query_vector, .k = std::min(k, 1000u), .recall_target = 0.7};
      for (const Query& one : {query, nothing.Filter(query, live), half.Filter(query, live), few.Filter(query, live)}) {
        CAPTURE(one.k, one.allowed_count, one.allowed != nullptr);
        CHECK(FaultOf(index.Search(one), one, parameters.metric, model) == "");
      }
    }
  };
  add(given);
  ask();
  index.Link();
  CHECK(index.view()->links().nodes == given.size());
  ask();
  index.Reload();
  ask();
  std::vector<uint32_t> gone;
  for (const auto& [number, vector] : given) {
    if (number % 5 == 1) gone.push_back(number);
  }
  Model more;
  const uint32_t next = given.rbegin()->first + 1;
  for (uint32_t i = 0; i < 3; ++i) more[next + i] = given.begin()->second;
  index.Change({}, gone);
  for (const uint32_t number : gone) model.erase(number);
  add(more);
  CHECK(index.view()->links().dead == gone.size());
  CHECK(index.view()->links().lag == 3);
  ask();
  index.Link();
  ask();
}

Model Repeated(uint32_t count, const std::function<std::vector<float>(uint32_t)>& vector_of) {
  Model model;
  for (uint32_t i = 1; i <= count; ++i) model[i] = vector_of(i);
  return model;
}

}  // namespace

TEST_CASE("index links: equal vectors, all of them, in many copies, and all but equal") {
  const bool many = std::getenv("QUIRE_TEST_MANY") != nullptr;
  const std::vector<float> one(64, 0.5f);
  CheckAnswers(Like(Metric::kL2, 64), Repeated(many ? 100'000 : 20'000, [&](uint32_t) { return one; }), one);
  for (const Metric metric : kMetrics) {
    ClusteredVectors source(32, 1);
    std::vector<std::vector<float>> few;
    for (int i = 0; i < 7; ++i) few.push_back(source.Next());
    CheckAnswers(Like(metric, 32), Repeated(1500, [&](uint32_t i) { return few[i % 7]; }), few[3]);
    CheckAnswers(Like(metric, 32), Repeated(1500, [&](uint32_t i) {
                   std::vector<float> vector(32, 1.0f);
                   vector[i % 32] += 1e-6f * static_cast<float>(i);
                   return vector;
                 }),
                 std::vector<float>(32, 1.0f));
  }
}

TEST_CASE("index links: zero vectors, tiny ones and huge ones") {
  const float huge = codec::RawLimit(RawVectors::kF32);
  for (const Metric metric : kMetrics) {
    const uint32_t dim = metric == Metric::kL2 ? 5 : 70;
    std::mt19937 random(dim);
    const auto scaled = [&](float scale) {
      std::vector<float> vector = RandomVector(dim, &random);
      for (float& value : vector) value = std::clamp(value * scale, -huge, huge);
      return vector;
    };
    CheckAnswers(Like(metric, dim), Repeated(1500, [&](uint32_t) { return scaled(0); }), scaled(1));
    if (metric == Metric::kL2) {
      CheckAnswers(Like(metric, dim), Repeated(1500, [&](uint32_t) { return scaled(1e-41f); }), scaled(1e-41f));
    }
    CheckAnswers(Like(metric, dim), Repeated(1500, [&](uint32_t) { return scaled(huge); }), scaled(huge));
    const float scales[] = {0, 1e-42f, 1e-20f, 1, 1e10f, huge};
    CheckAnswers(Like(metric, dim), Repeated(1500, [&](uint32_t i) { return scaled(scales[i % 6]); }), scaled(1));
  }
}

TEST_CASE("index links: one dimension, and the most there can be") {
  for (const Metric metric : kMetrics) {
    CheckAnswers(Like(metric, 1), Repeated(1500, [](uint32_t i) { return std::vector<float>{0.001f * float(i)}; }), {1});
  }
  std::mt19937 random(4);
  CheckAnswers(Like(Metric::kCosine, kMaxDim, RawVectors::kF16),
               Repeated(40, [&](uint32_t) { return RandomVector(kMaxDim, &random); }), RandomVector(kMaxDim, &random));
}

TEST_CASE("index links: none, one and two vectors") {
  TestIndex empty(Like(Metric::kL2, 3));
  const std::vector<float> vector = {1, 2, 3};
  empty.Link();
  CHECK(empty.Search({.vector = vector}).empty());
  empty.Reload();
  empty.Add(7, vector);
  for (const double target : {0.01, 0.95, 1.0}) {
    CHECK(empty.Search({.vector = vector, .recall_target = target}).size() == 1);
  }
  empty.Reload();
  CHECK(empty.Search({.vector = vector}).size() == 1);
  empty.Link();
  empty.Change({}, {7});
  CHECK(empty.Search({.vector = vector}).empty());
  empty.Add(9, vector);
  CHECK(empty.Search({.vector = vector}).size() == 1);
  CheckAnswers(Like(Metric::kCosine, 3), {{4, vector}}, vector);
  CheckAnswers(Like(Metric::kCosine, 3), {{4, vector}, {6, {3, 2, 1}}}, vector);
}

TEST_CASE("index links: cancelled at any step none are made") {
  TestIndex index(Like(Metric::kL2, 40));
  ClusteredVectors source(40, 6);
  Model model;
  for (uint32_t i = 1; i <= 3000; ++i) model[i] = source.Next();
  index.Change(model, {});
  ThreadPool pool(1);
  for (const double at : {0.0, 0.2, 0.5, 0.8, 0.9, 0.99, 1.0}) {
    CAPTURE(at);
    std::atomic<bool> cancelled = false;
    const auto cancel = [&](double done) {
      if (done >= at) cancelled = true;
    };
    const auto linked = MakeLinked(*index.view(), *index.store().snapshot(),
                                   {.pool = &pool, .stopped = [&] { return cancelled.load(); }, .progress = cancel});
    REQUIRE(cancelled);
    CHECK(linked.status().code() == Code::kCancelled);
  }
  index.Link();
  CHECK(RecallOf(index, model, {model[5], model[500]}, {.vector = {}, .k = 10}) > 0.8);
}

TEST_CASE("index links: what was replaced by and by is found as well as what is linked at once") {
  constexpr uint32_t kDim = 128, kCount = 6000;
  for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct}) {
    CAPTURE(MetricName(metric));
    std::mt19937 random(3);
    ClusteredVectors source(kDim, 4), query_source(kDim, 5);
    std::vector<std::vector<float>> queries;
    for (int i = 0; i < 100; ++i) queries.push_back(query_source.Next());
    TestIndex index(Like(metric, kDim, RawVectors::kF16));
    Model model;
    uint32_t next = 1, replaced = 0;
    const auto replace = [&](uint32_t count) {
      std::vector<uint32_t> gone;
      while (!model.empty() && gone.size() < count) {
        const auto at = model.lower_bound(static_cast<uint32_t>(random() % next));
        if (at == model.end()) continue;
        gone.push_back(at->first);
        model.erase(at);
      }
      Model added;
      for (uint32_t i = 0; i < count; ++i) added[next++] = source.Next();
      index.Change(added, gone);
      for (const auto& [number, vector] : added) model[number] = AsStored(RawVectors::kF16, vector);
      replaced += static_cast<uint32_t>(gone.size());
    };
    const Query like{.vector = {}, .k = 10};
    double worst = 1;
    replace(kCount);
    index.Link();
    while (replaced < kCount * 3 / 5) {
      replace(1 + static_cast<uint32_t>(random() % 400));
      if (random() % 2 == 0) worst = std::min(worst, RecallOf(index, model, queries, like));
      if (random() % 4 == 0) index.Link();
      if (random() % 4 == 0) index.Reload();
      if (random() % 4 == 0) index.Fold();
    }
    index.Link();
    const LinkState links = index.view()->links();
    CHECK(links.edition > 3);
    CHECK(links.nodes == kCount);
    const double churned = RecallOf(index, model, queries, like);
    TestIndex fresh(Like(metric, kDim, RawVectors::kF16));
    fresh.Change(model, {});
    fresh.Link();
    const double built = RecallOf(fresh, model, queries, like);
    std::cout << "index links: " << MetricName(metric) << ", " << links.edition << " editions, recall@10 " << churned
              << ", fresh " << built << ", worst on the way " << worst << "\n";
    CHECK(churned >= built - 0.015);
    CHECK(churned >= 0.93);
    CHECK(worst >= built - 0.02);
  }
}

}  // namespace quire::index
