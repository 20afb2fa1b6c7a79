// An index on a store of its own, and exact search to hold it against.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/codec/raw_vector.h"
#include "engine/index/vector_index.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::index {

class TestIndex {
 public:
  explicit TestIndex(const Parameters& parameters) : parameters_(parameters) {
    Options options;
    options.sync = Sync::kOff;
    options.background_threads = 0;
    options.memory_limit_bytes = 64u << 20;
    auto opened = storage::Store::Open(directory_ / "store", options);
    REQUIRE(opened.ok());
    store_ = std::move(*opened);
    storage::Batch batch;
    view_ = Create(parameters, &batch);
    Commit(std::move(batch));
  }

  void Change(const std::map<uint32_t, std::vector<float>>& added, const std::vector<uint32_t>& removed) {
    std::vector<Insertion> insertions;
    for (const auto& [number, vector] : added) insertions.push_back({number, vector});
    storage::Batch batch;
    auto next = Apply(*view_, {insertions, removed, directory_.path()}, *store_->snapshot(), &batch);
    INFO(next.status().ToString());
    REQUIRE(next.ok());
    Commit(std::move(batch));
    view_ = *next;
  }
  void Add(uint32_t number, const std::vector<float>& vector) { Change({{number, vector}}, {}); }

  // Whether there was anything to do.
  bool Fold() {
    storage::Batch batch;
    auto next = Repack(*view_, Repacking::kWhereWorthIt, *store_->snapshot(), &batch);
    REQUIRE(next.ok());
    if (*next == nullptr) return false;
    Commit(std::move(batch));
    view_ = *next;
    return true;
  }

  // Makes links over what is there, as the job does.
  void Link() {
    const auto snapshot = store_->snapshot();
    const std::shared_ptr<const Linked> linked = MakeLinks(*view_, *snapshot);
    Attach(linked);
  }
  std::shared_ptr<const Linked> MakeLinks(const View& view, const storage::Snapshot& snapshot) {
    ThreadPool pool(1);
    auto linked = MakeLinked(view, snapshot, {.pool = &pool, .stopped = [] { return false; }, .progress = [](double) {}});
    INFO(linked.status().ToString());
    REQUIRE(linked.ok());
    const auto commit = [&](storage::Batch batch) { return store_->Commit(std::move(batch)); };
    REQUIRE(StoreLinked(parameters_, **linked, commit).ok());
    return *linked;
  }
  void Attach(const std::shared_ptr<const Linked>& linked) {
    storage::Batch batch;
    std::shared_ptr<const View> next = AttachLinked(*view_, linked, &batch);
    Commit(std::move(batch));
    view_ = std::move(next);
    const auto commit = [&](storage::Batch more) { return store_->Commit(std::move(more)); };
    REQUIRE(ReclaimLinked(*view_, *store_->snapshot(), commit).ok());
  }

  Result<std::shared_ptr<const View>> TryLoad(uint64_t memory_limit = uint64_t{64} << 20) const {
    return Load(parameters_.collection, parameters_.generation, memory_limit, *store_->snapshot());
  }
  void Reload(uint64_t memory_limit = uint64_t{64} << 20) {
    auto loaded = TryLoad(memory_limit);
    INFO(loaded.status().ToString());
    REQUIRE(loaded.ok());
    REQUIRE((*loaded)->size() == view_->size());
    const LinkState stored = (*loaded)->links(), before = view_->links();
    CHECK(stored.edition == before.edition);
    if (!before.on_disk) {  // there may be a tree alone, which is of no use then
      CHECK(stored.linked == before.linked);
      CHECK(stored.dead == before.dead);
      CHECK(stored.lag == before.lag);
    }
    view_ = *loaded;
  }

  // With the tree alone in memory. `live`: the numbers it holds. False where that cannot be.
  bool ReopenOnDisk(NumberSet live, uint64_t memory_limit = uint64_t{64} << 20) {
    auto opened = OpenOnDisk(parameters_.collection, parameters_.generation, memory_limit, live, *store_->snapshot());
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    if (*opened == nullptr) return false;
    CHECK((*opened)->links().on_disk);
    CHECK((*opened)->size() == view_->size());
    view_ = *opened;
    return true;
  }

  std::vector<Neighbour> Search(const Query& query) const { return SearchIn(*view_, *store_->snapshot(), query); }
  static std::vector<Neighbour> SearchIn(const View& view, const storage::Snapshot& snapshot, const Query& query) {
    std::vector<Neighbour> found;
    const Status status = view.Search(query, snapshot, &found);
    INFO(status.ToString());
    REQUIRE(status.ok());
    return found;
  }

  void Serve(std::shared_ptr<const View> view) { view_ = std::move(view); }
  void Commit(storage::Batch&& batch) { REQUIRE(store_->Commit(std::move(batch)).ok()); }
  const std::shared_ptr<const View>& view() const { return view_; }
  storage::Store& store() const { return *store_; }
  const Parameters& parameters() const { return parameters_; }

 private:
  quire::testing::TemporaryDirectory directory_;
  Parameters parameters_;
  std::unique_ptr<storage::Store> store_;
  std::shared_ptr<const View> view_;
};

// A vector as it comes back from the store.
inline std::vector<float> AsStored(RawVectors raw, const std::vector<float>& vector) {
  std::string bytes;
  codec::AppendRawVector(raw, vector, &bytes);
  std::vector<float> stored(vector.size());
  if (!codec::ReadRawVector(raw, bytes, stored)) FAIL("a vector as long as it was written");
  return stored;
}

// The k nearest of a model, nearest first, ties by number.
inline std::vector<Neighbour> ExactNeighbours(const std::map<uint32_t, std::vector<float>>& model, Metric metric,
                                              const Query& query) {
  const codec::ExactQuery exact(metric, query.vector);
  std::vector<Neighbour> all;
  for (const auto& [number, vector] : model) {
    if (query.allowed != nullptr) {
      const NumberSet set = *query.allowed;
      if (number / 64 >= set.size() || ((set[number / 64] >> (number % 64)) & 1) == 0) continue;
    }
    all.push_back({number, exact.Distance(vector)});
  }
  const size_t count = std::min<size_t>(query.k, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                    [](const Neighbour& x, const Neighbour& y) {
                      return x.distance != y.distance ? x.distance < y.distance : x.number < y.number;
                    });
  all.resize(count);
  return all;
}

inline bool Same(const std::vector<Neighbour>& a, const std::vector<Neighbour>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Neighbour& x, const Neighbour& y) {
    return x.number == y.number && x.distance == y.distance;
  });
}

inline size_t CountCommon(const std::vector<Neighbour>& found, const std::vector<Neighbour>& expected) {
  return static_cast<size_t>(std::count_if(found.begin(), found.end(), [&](const Neighbour& neighbour) {
    return std::any_of(expected.begin(), expected.end(),
                       [&](const Neighbour& other) { return other.number == neighbour.number; });
  }));
}

inline std::vector<float> RandomVector(uint32_t dim, std::mt19937* random) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(dim);
  for (float& value : vector) value = normal(*random);
  return vector;
}

}  // namespace quire::index
