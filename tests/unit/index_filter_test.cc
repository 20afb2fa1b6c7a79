// Searches with filters of every size and kind over links, some of which lead to vectors that went and some vectors of which
// are too new to be linked, against exact search.
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "tests/unit/index_links_support.h"

namespace quire::index {
namespace {

constexpr uint32_t kLinkedCount = 7000;  // of them kGoneCount are removed afterwards
constexpr uint32_t kGoneCount = 600;
constexpr uint32_t kTail = 1200;
constexpr uint32_t kQueryVectors = 100;
constexpr uint32_t kQueries = 3334;  // of one index; three of them make 10,000

uint32_t Seed() {
  const char* given = std::getenv("QUIRE_TEST_SEED");
  return given != nullptr ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : 20'251'130;
}

// Mean recall of the answers of one class of selectivity, and of the same queries without a filter.
struct Recalls {
  double filtered = 0, unfiltered = 0;
  size_t queries = 0;
};
constexpr const char* kClassNames[] = {"none", "to 0.1 %", "to 1 %", "to 10 %", "to 30 %", "to 60 %", "below all", "all"};

size_t ClassOf(uint64_t matches, uint64_t all) {
  const double share = static_cast<double>(matches) / static_cast<double>(all);
  if (matches == 0) return 0;
  if (matches == all) return 7;
  size_t number = 1;
  for (const double most : {0.001, 0.01, 0.1, 0.3, 0.6}) number += share > most ? 1 : 0;
  return number;
}

class FilterTest {
 public:
  explicit FilterTest(const Parameters& parameters)
      : index_(parameters), random_(Seed() + parameters.dim), vectors_(parameters.dim, Seed()) {
    Add(kLinkedCount);
    index_.Link();
    std::vector<uint32_t> gone;
    while (gone.size() < kGoneCount) {
      const uint32_t number = Roll(next_);
      if (model_.erase(number) != 0) gone.push_back(number);
    }
    index_.Change({}, gone);
    Add(kTail / 2);
    Add(kTail / 2);
    const LinkState links = index_.view()->links();
    REQUIRE(links.linked);
    REQUIRE(links.dead == kGoneCount);
    REQUIRE(links.lag == kTail);
    live_ = Numbers(model_);
    ClusteredVectors queries(parameters.dim, Seed() + 1);
    for (uint32_t i = 0; i < kQueryVectors; ++i) {
      queries_.push_back(i % 4 == 0 ? model_.lower_bound(Roll(next_))->second : queries.Next());
      orders_.push_back(ExactNeighbours(
          model_, parameters.metric, {.vector = queries_.back(), .k = static_cast<uint32_t>(model_.size())}));
    }
  }

  void Run() {
    for (uint32_t i = 0; i < kQueries; ++i) Ask(Roll(kQueryVectors), 1 + Roll(50));
    for (size_t c = 0; c < std::size(recalls_); ++c) {
      const auto count = static_cast<double>(recalls_[c].queries);
      const double filtered = recalls_[c].filtered / count, unfiltered = recalls_[c].unfiltered / count;
      std::cout << "index filter: " << index_.parameters().dim << " dimensions, " << kClassNames[c] << " allowed: "
                << recalls_[c].queries << " queries, recall " << filtered << ", without filter " << unfiltered << "\n";
      CAPTURE(kClassNames[c], recalls_[c].queries);
      CHECK(recalls_[c].queries > 40);
      CHECK(filtered >= unfiltered - 0.01);
    }
  }

 private:
  uint32_t Roll(uint32_t sides) { return static_cast<uint32_t>(random_() % sides); }

  void Add(uint32_t count) {
    Model added;
    for (; count > 0; --count) {
      next_ += Roll(8) == 0 ? 1 + Roll(5) : 1;
      const uint32_t cluster = Roll(ClusteredVectors::kClusters);
      cluster_of_.resize(next_ + 1, ClusteredVectors::kClusters);
      cluster_of_[next_] = cluster;
      added[next_] = vectors_.NextOf(cluster);
      model_[next_] = AsStored(index_.parameters().raw, added[next_]);
    }
    index_.Change(added, {});
  }

  // Numbers at random, in a row, of some clusters, or of clusters and at random: what filters of documents look like. Numbers
  // that are not in the index may be among them.
  Numbers DrawFilter() {
    constexpr auto kClusters = static_cast<uint32_t>(ClusteredVectors::kClusters);
    Numbers set(next_ + 100);
    const uint32_t kind = Roll(16);
    if (kind == 0) return Roll(2) == 0 ? Numbers() : set;
    // The share is drawn so that sets of each size are as many as those ten times larger.
    const double share = kind == 1 ? 1 : std::pow(10.0, -4.0 * static_cast<double>(Roll(1000)) / 1000);
    const auto length = static_cast<uint32_t>(share * next_);
    const uint32_t first = length >= next_ ? 0 : Roll(next_ - length);
    const auto clusters = std::max<uint32_t>(1, static_cast<uint32_t>(share * kClusters));
    const uint32_t first_cluster = Roll(kClusters);
    if (kind < 6) {
      for (uint32_t count = 0; count < length; ++count) set.Add(kind == 1 ? count : Roll(next_ + 100));
    } else if (kind < 10) {
      for (uint32_t number = first; number < first + length; ++number) set.Add(number);
    } else {
      for (uint32_t number = 0; number <= next_; ++number) {
        const uint32_t cluster = cluster_of_[number];
        if (cluster == kClusters || (cluster + kClusters - first_cluster) % kClusters >= clusters) continue;
        if (kind < 14 || Roll(3) == 0) set.Add(number);
      }
    }
    if (kind == 1) set.Add(next_);
    return set;
  }

  void Ask(size_t which, uint32_t k) {
    Numbers set = DrawFilter();
    const Query plain{.vector = queries_[which], .k = k, .recall_target = Roll(2) == 0 ? 0.7 : 0.95};
    const Query query = set.Filter(plain, live_);
    std::vector<Neighbour> truth;
    for (const Neighbour& one : orders_[which]) {
      if (truth.size() < k && set.Holds(one.number)) truth.push_back(one);
    }
    const std::vector<Neighbour> found = index_.Search(query);
    const std::string fault = FaultOf(found, query, index_.parameters().metric, model_);
    if (!fault.empty()) FAIL_CHECK("k " << k << ", " << query.allowed_count << " allowed: " << fault);
    Recalls& recalls = recalls_[ClassOf(query.allowed_count, model_.size())];
    ++recalls.queries;
    const auto share = [](size_t part, size_t all) { return all == 0 ? 1 : double(part) / double(all); };
    recalls.filtered += share(CountCommon(found, truth), truth.size());
    truth.assign(orders_[which].begin(), orders_[which].begin() + k);
    recalls.unfiltered += share(CountCommon(index_.Search(plain), truth), k);
  }

  TestIndex index_;
  std::mt19937 random_;
  ClusteredVectors vectors_;
  Model model_;  // as stored
  Numbers live_;                      // those of model_
  std::vector<uint32_t> cluster_of_;  // by number
  uint32_t next_ = 0;
  std::vector<std::vector<float>> queries_;
  std::vector<std::vector<Neighbour>> orders_;  // of all vectors, for each of queries_
  Recalls recalls_[std::size(kClassNames)];
};

Parameters Like(Metric metric, uint32_t dim) {
  return {.collection = 6, .generation = 1, .dim = dim, .metric = metric, .seed = 31};
}

}  // namespace

TEST_CASE("index filter: random filters over links, cosine") { FilterTest(Like(Metric::kCosine, 128)).Run(); }
TEST_CASE("index filter: random filters over links, l2") { FilterTest(Like(Metric::kL2, 64)).Run(); }
TEST_CASE("index filter: random filters over links, inner product") {
  FilterTest(Like(Metric::kInnerProduct, 256)).Run();
}

}  // namespace quire::index
