// Random changes, searches, filters, reloads and repacks against exact search over a map.
#include <cstdlib>
#include <random>
#include <set>

#include "tests/unit/index_links_support.h"

namespace quire::index {
namespace {

uint32_t Seed() {
  const char* given = std::getenv("QUIRE_TEST_SEED");
  return given != nullptr ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : 20'241'122;
}

class Model {
 public:
  Model(const Parameters& parameters, uint32_t seed) : index_(parameters), random_(seed) {}

  void Run(int steps) {
    for (int step = 0; step < steps; ++step) {
      const uint32_t dice = Roll(10);
      if (dice < 6) {
        Change(dice == 5);
      } else if (dice == 6) {
        index_.Fold();
      } else if (dice == 7) {
        if (Roll(2) == 0 || !GoOnDisk()) index_.Reload();
      } else if (dice == 8) {
        if (Roll(2) == 0) index_.Reload();
        index_.Link();
      } else {
        LinkWhileChanging();
      }
      REQUIRE(index_.view()->size() == vectors_.size());
      Compare();
    }
    index_.Reload();
    while (index_.Fold()) {
    }
    Compare();
    index_.Reload();
    Compare();
    CheckStored();
    RemoveAll();
  }

  double recall() const { return expected_ == 0 ? 1 : static_cast<double>(common_) / static_cast<double>(expected_); }

 private:
  uint32_t Roll(uint32_t sides) { return static_cast<uint32_t>(random_() % sides); }

  // Many or few vectors come, some of which are equal to others; some go. Views and snapshots taken before must not
  // notice.
  void Change(bool many) {
    const std::shared_ptr<const View> before = index_.view();
    const std::shared_ptr<const storage::Snapshot> snapshot = index_.store().snapshot();
    const std::vector<float> vector = RandomVector(index_.parameters().dim, &random_);
    const Query query{.vector = vector, .k = 7};
    const std::vector<Neighbour> found = TestIndex::SearchIn(*before, *snapshot, query);

    std::map<uint32_t, std::vector<float>> added;
    for (uint32_t left = Roll(many ? 300 : 12); left > 0; --left) {
      next_ += 1 + Roll(3) / 2;
      const bool again = !vectors_.empty() && Roll(8) == 0;
      added[next_] = again ? vectors_.begin()->second : RandomVector(index_.parameters().dim, &random_);
    }
    std::vector<uint32_t> removed;
    const uint32_t share = Roll(20) == 0 ? 2 : 40;
    for (const auto& [number, unused] : vectors_) {
      if (random_() % share == 0) removed.push_back(number);
    }
    index_.Change(added, removed);
    for (const uint32_t number : removed) vectors_.erase(number);
    for (const auto& [number, value] : added) vectors_[number] = AsStored(index_.parameters().raw, value);

    CHECK(Same(TestIndex::SearchIn(*before, *snapshot, query), found));
  }

  // With little memory or with enough.
  bool GoOnDisk() {
    Numbers live(next_);
    for (const auto& [number, vector] : vectors_) live.Add(number);
    return index_.ReopenOnDisk(live.set(), Roll(2) == 0 ? 1 : uint64_t{64} << 20);
  }

  // Links are made of one moment and attached at a later one, as beside commits.
  void LinkWhileChanging() {
    if (Roll(2) == 0) index_.Reload();
    const std::shared_ptr<const View> before = index_.view();
    const std::shared_ptr<const storage::Snapshot> snapshot = index_.store().snapshot();
    const auto linked = index_.MakeLinks(*before, *snapshot);
    Change(false);
    Change(Roll(2) == 0);
    index_.Attach(linked);
  }

  void Compare() {
    const std::vector<float> vector =
        Roll(4) == 0 && !vectors_.empty() ? vectors_.rbegin()->second : RandomVector(index_.parameters().dim, &random_);
    Query query{.vector = vector, .k = 1 + Roll(20)};
    if (Roll(10) == 0) query.k = 10'000;
    std::vector<uint64_t> words(Roll(2) == 0 ? next_ / 64 + 1 : Roll(8));
    const uint32_t density = Roll(4);
    for (uint64_t& word : words) {
      word = (uint64_t{random_()} << 32) | random_();
      for (uint32_t i = 0; i < 2 * density; ++i) word &= (uint64_t{random_()} << 32) | random_();
    }
    const NumberSet allowed(words);
    if (Roll(2) == 0) {
      query.allowed = &allowed;
      for (const auto& [number, unused] : vectors_) {
        query.allowed_count += number / 64 < words.size() && ((words[number / 64] >> (number % 64)) & 1) != 0;
      }
    }
    const std::vector<Neighbour> expected = ExactNeighbours(vectors_, index_.parameters().metric, query);
    query.exact = true;
    CHECK(Same(index_.Search(query), expected));
    query.exact = false;
    CheckApproximate(index_.Search(query), query, expected);
  }

  // As many as there can be, each with its true distance, in order.
  void CheckApproximate(const std::vector<Neighbour>& found, const Query& query,
                        const std::vector<Neighbour>& expected) {
    CHECK(found.size() == expected.size());
    const codec::ExactQuery exact(index_.parameters().metric, query.vector);
    std::set<uint32_t> seen;
    for (size_t i = 0; i < found.size(); ++i) {
      const auto at = vectors_.find(found[i].number);
      REQUIRE(at != vectors_.end());
      CHECK(found[i].distance == exact.Distance(at->second));
      CHECK(seen.insert(found[i].number).second);
      if (query.allowed != nullptr)
        CHECK((((*query.allowed)[found[i].number / 64] >> (found[i].number % 64)) & 1) == 1);
      if (i > 0) {
        const bool ordered = found[i - 1].distance < found[i].distance ||
                             (found[i - 1].distance == found[i].distance && found[i - 1].number < found[i].number);
        CHECK(ordered);
      }
    }
    common_ += CountCommon(found, expected);
    expected_ += expected.size();
  }

  void CheckStored() {
    const auto snapshot = index_.store().snapshot();
    const auto stored = StoredNumbers(index_.parameters(), *snapshot);
    REQUIRE(stored.ok());
    std::vector<uint32_t> numbers;
    for (const auto& [number, vector] : vectors_) {
      numbers.push_back(number);
      const auto read = ReadVector(index_.parameters(), number, *snapshot);
      REQUIRE(read.ok());
      CHECK(*read == vector);
    }
    CHECK(*stored == numbers);
  }

  // Nothing may be left behind but the parameters and the root.
  void RemoveAll() {
    std::vector<uint32_t> numbers;
    for (const auto& [number, unused] : vectors_) numbers.push_back(number);
    index_.Change({}, numbers);
    CHECK(index_.view()->size() == 0);
    const auto snapshot = index_.store().snapshot();
    for (const auto family : {storage::Family::kPosting, storage::Family::kRaw}) {
      CHECK_FALSE(snapshot->ScanPrefix(family, {}).Valid());
    }
    CHECK_FALSE(snapshot->ScanPrefix(storage::Family::kCode, "E").Valid());
    vectors_.clear();
    index_.Reload();
    Compare();
  }

  TestIndex index_;
  std::mt19937 random_;
  std::map<uint32_t, std::vector<float>> vectors_;  // as stored
  uint32_t next_ = 0;
  size_t common_ = 0, expected_ = 0;
};

void RunModel(Metric metric, uint32_t dim, RawVectors raw, int steps) {
  CAPTURE(Seed(), MetricName(metric), dim, static_cast<int>(raw));
  Model model({.collection = 3, .generation = 1, .dim = dim, .metric = metric, .raw = raw, .seed = 77}, Seed() + dim);
  model.Run(steps);
  CHECK(model.recall() >= 0.95);
}

}  // namespace

TEST_CASE("index: agrees with a model under random changes, cosine") {
  for (const uint32_t dim : {1u, 3u, 63u, 64u, 65u, 127u, 384u, 1000u})
    RunModel(Metric::kCosine, dim, RawVectors::kF16, 30);
}

TEST_CASE("index: agrees with a model under random changes, l2") {
  for (const uint32_t dim : {1u, 3u, 64u, 128u, 384u, 512u}) RunModel(Metric::kL2, dim, RawVectors::kF32, 30);
}

TEST_CASE("index: agrees with a model under random changes, inner product") {
  for (const uint32_t dim : {1u, 3u, 65u, 128u, 768u}) RunModel(Metric::kInnerProduct, dim, RawVectors::kF16, 30);
}

}  // namespace quire::index
