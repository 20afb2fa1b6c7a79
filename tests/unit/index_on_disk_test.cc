// The index with its tree alone in memory: it answers as one in memory does, takes changes, and becomes one.
#include "engine/base/bytes.h"
#include "engine/index/index_view.h"
#include "engine/storage/keys.h"
#include "tests/unit/index_links_support.h"

namespace quire::index {
namespace {

using storage::Family;

constexpr uint32_t kDim = 130;
constexpr uint64_t kAmple = uint64_t{64} << 20;
constexpr uint64_t kLittle = 200'000;  // less than the scan codes of 5,000 vectors take

Parameters Like(Metric metric, uint64_t memory_limit = kAmple) {
  return {.collection = 6,
          .generation = 1,
          .dim = kDim,
          .metric = metric,
          .raw = RawVectors::kF32,
          .seed = 5,
          .memory_limit = memory_limit};
}

// An index, its model, and changes to both.
class GrownIndex : public TestIndex {
 public:
  explicit GrownIndex(const Parameters& parameters) : TestIndex(parameters), source_(kDim, 1) {}

  void Grow(uint32_t count) {
    Model added;
    for (uint32_t i = 0; i < count; ++i) added[next_++] = source_.Next();
    Change(added, {});
    for (const auto& [number, vector] : added) model_[number] = AsStored(parameters().raw, vector);
  }
  void GrowOneByOne(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) Grow(1);
  }
  void RemoveBetween(uint32_t begin, uint32_t end, uint32_t step) {
    std::vector<uint32_t> gone;
    for (uint32_t number = begin; number < end; number += step) {
      if (model_.erase(number) > 0) gone.push_back(number);
    }
    Change({}, gone);
  }
  bool GoOnDisk(uint64_t memory_limit = kAmple) { return ReopenOnDisk(Numbers(model_).set(), memory_limit); }

  // Recall at `target`, of faultless answers, with several filters and numbers of answers; and exact search.
  double Measure(double target) {
    std::vector<std::vector<float>> queries;
    ClusteredVectors source(kDim, 2);
    for (int i = 0; i < 40; ++i) queries.push_back(source.Next());
    const Numbers live(model_);
    Numbers thirds(next_), few(next_);
    for (uint32_t number = 1; number < next_; number += 3) thirds.Add(number);
    for (uint32_t number = 3; number < next_; number += 41) few.Add(number);
    Query query;
    query.k = 10;
    query.recall_target = target;
    CHECK(RecallOf(*this, model_, queries, few.Filter(query, live)) > (view()->links().on_disk ? 0.9999 : 0.98));
    CHECK(RecallOf(*this, model_, queries, thirds.Filter(query, live)) > target - 0.03);
    Query more = query, exact = query;
    more.k = 60;
    exact.exact = true;
    CHECK(RecallOf(*this, model_, queries, more) > target - 0.06);
    CHECK(RecallOf(*this, model_, queries, exact) == 1);
    CHECK(RecallOf(*this, model_, queries, thirds.Filter(exact, live)) == 1);
    return RecallOf(*this, model_, queries, query);
  }

  // As the background job does: reads the codes of `before`, and takes what came since along.
  void LoadAll(const std::shared_ptr<const storage::Snapshot>& before) {
    const auto loaded = Load(parameters().collection, parameters().generation, kAmple, *before);
    REQUIRE(loaded.ok());
    const auto caught_up = CatchUp(*view(), **loaded);
    REQUIRE(caught_up != nullptr);
    CHECK_FALSE(caught_up->links().on_disk);
    CHECK(caught_up->size() == model_.size());
    Serve(caught_up);
  }

  const Model& model() const { return model_; }
  uint32_t next() const { return next_; }

 private:
  ClusteredVectors source_;
  Model model_;
  uint32_t next_ = 1;
};

}  // namespace

TEST_CASE("index: codes that have no room wait for their links in a file") {
  GrownIndex index(Like(Metric::kCosine, kLittle));
  for (int i = 0; i < 10; ++i) index.Grow(500);
  const uint32_t padded_dim = codec::PaddedDim(kDim);
  // Scan codes, half of the limit, and what one change brought more than that.
  CHECK(index.view()->memory_bytes() < 5000 * 70 + kLittle / 2 + 500 * codec::RecordBytes(padded_dim));
  CHECK(index.Measure(0.95) > 0.93);
  index.RemoveBetween(1, 2000, 3);
  index.GrowOneByOne(40);
  CHECK(index.Measure(0.95) > 0.93);
  index.Fold();
  CHECK(index.Measure(0.95) > 0.93);
}

TEST_CASE("index on disk: it answers as calibrated, filtered and exactly, and takes changes") {
  for (const Metric metric : {Metric::kCosine, Metric::kL2, Metric::kInnerProduct}) {
    GrownIndex index(Like(metric));
    index.Grow(5000);
    index.Link();
    REQUIRE(index.GoOnDisk());
    CHECK(index.view()->memory_bytes() < 5000 * 20);
    for (const double target : {0.8, 0.95, 0.999}) CHECK(index.Measure(target) > target - 0.05);
    CHECK(index.view()->memory_bytes() < 5000 * 20);  // vectors that were read are not kept
    index.Grow(300);
    index.GrowOneByOne(40);
    index.RemoveBetween(1, 2000, 3);
    index.RemoveBetween(5100, 5340, 5);
    index.RemoveBetween(3000, 3300, 1);  // whole segments
    CHECK(index.Measure(0.95) > 0.93);
    const uint64_t size = index.view()->size();
    REQUIRE(index.GoOnDisk());
    CHECK(index.view()->size() == size);
    CHECK(index.Measure(0.95) > 0.93);
    index.Reload();
    CHECK(index.Measure(0.95) > 0.93);
    REQUIRE(index.Fold());
    CHECK(index.Measure(0.95) > 0.93);
    index.Reload();
    CHECK(*StoredNumbers(index.parameters(), *index.store().snapshot()) == [&] {
      std::vector<ChunkNumber> numbers;
      for (const auto& [number, vector] : index.model()) numbers.push_back(number);
      return numbers;
    }());
    const LinkState links = index.view()->links();
    REQUIRE(index.GoOnDisk());  // what was folded is on one side of what links know or on the other
    CHECK(index.view()->links().lag == links.lag);
    CHECK(index.Measure(0.95) > 0.93);
  }
}

TEST_CASE("index on disk: codes that were read meanwhile are caught up with") {
  GrownIndex index(Like(Metric::kCosine));
  index.Grow(4200);
  index.GrowOneByOne(20);
  index.Link();
  index.GrowOneByOne(7);
  REQUIRE(index.GoOnDisk());
  CHECK(WantsLoading(*index.view()));
  const auto before = index.store().snapshot();
  SECTION("nothing changed") {}
  SECTION("a few came") { index.GrowOneByOne(9); }
  SECTION("many came and went") {
    index.GrowOneByOne(50);
    index.Grow(500);
    index.RemoveBetween(1, 4000, 2);
    index.RemoveBetween(4200, 4300, 3);
    index.RemoveBetween(512, 900, 1);
    index.GrowOneByOne(3);
  }
  SECTION("all that came went again") {
    index.Grow(200);
    index.RemoveBetween(4228, 4500, 1);
  }
  index.LoadAll(before);
  CHECK_FALSE(WantsLoading(*index.view()));
  CHECK(index.Measure(0.95) > 0.93);
  index.GrowOneByOne(40);
  index.RemoveBetween(2, 5000, 17);
  CHECK(index.Measure(0.95) > 0.93);
  index.Reload();
  while (index.Fold()) {
  }
  CHECK(index.Measure(0.95) > 0.93);
  index.Reload();
  REQUIRE(index.GoOnDisk());
  index.Link();
  CHECK(index.view()->links().lag == 0);
  CHECK(WantsLoading(*index.view()));  // it is searched by links that lead to stored vectors
  CHECK(index.Measure(0.95) > 0.93);
}

TEST_CASE("index on disk: with little memory a tree alone is made, again and again") {
  GrownIndex index(Like(Metric::kL2, kLittle));
  index.Grow(5000);
  REQUIRE(WantsLinks(*index.view()));
  index.Link();
  CHECK(index.view()->links().on_disk);
  CHECK(index.view()->memory_bytes() < kLittle);
  CHECK_FALSE(WantsLoading(*index.view()));
  CHECK_FALSE(WantsLinks(*index.view()));
  CHECK(index.Measure(0.95) > 0.93);
  index.Grow(2500);
  index.RemoveBetween(1, 6000, 4);
  CHECK(WantsLinks(*index.view()));
  index.Link();
  CHECK(index.view()->links().edition == 2);
  CHECK(index.view()->links().lag == 0);
  CHECK(index.Measure(0.95) > 0.93);
  REQUIRE(index.GoOnDisk(kLittle));
  CHECK(index.Measure(0.95) > 0.93);
  // With more memory the codes are read, and links made.
  REQUIRE(index.GoOnDisk(kAmple));
  CHECK(WantsLoading(*index.view()));
  index.LoadAll(index.store().snapshot());
  CHECK(WantsLinks(*index.view()));
  index.Link();
  CHECK_FALSE(index.view()->links().on_disk);
  CHECK(index.view()->links().edition == 3);
  CHECK(index.Measure(0.95) > 0.93);
}

TEST_CASE("index on disk: between little and enough memory links are made without refine codes") {
  GrownIndex index(Like(Metric::kCosine, uint64_t{3} << 20));
  index.Grow(5000);
  index.Link();
  const uint64_t before = index.view()->memory_bytes();
  CHECK_FALSE(index.view()->links().on_disk);
  CHECK(before < 5000 * 400);
  CHECK(index.Measure(0.95) > 0.9);
  index.Grow(2100);
  REQUIRE(WantsLinks(*index.view()));
  index.Link();
  CHECK(index.view()->links().lag == 0);
  CHECK(index.Measure(0.95) > 0.9);
}

TEST_CASE("index on disk: damage does not change what is found") {
  GrownIndex index(Like(Metric::kCosine));
  index.Grow(4500);
  index.Link();
  REQUIRE(index.GoOnDisk());
  const std::string key = storage::LinksLeafKey(6, 1, 1, 5);
  const auto damage = [&](bool remove) {
    storage::Batch batch;
    if (remove) {
      batch.Delete(Family::kCode, key);
    } else {
      batch.Put(Family::kCode, key, "nothing of the kind");
    }
    index.Commit(std::move(batch));
  };
  damage(GENERATE(false, true));
  CHECK(index.Measure(0.999) > 0.99);
}

TEST_CASE("index on disk: where it cannot be it is not") {
  GrownIndex index(Like(Metric::kCosine));
  index.Grow(4500);
  CHECK_FALSE(index.GoOnDisk());  // no tree
  index.Link();
  Numbers more(index.model());
  more.Add(4501);
  CHECK_FALSE(index.ReopenOnDisk(more.set()));
  CHECK(index.GoOnDisk());
}

}  // namespace quire::index
