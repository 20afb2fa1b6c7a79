// IndexView: the View there is. Its contents are the truth, which a scan from end to end searches; where it is linked, the
// tree and the links lead to the same vectors sooner.
#pragma once

#include <memory>
#include <vector>

#include "engine/codec/query.h"
#include "engine/index/candidates.h"
#include "engine/index/contents.h"
#include "engine/index/linked.h"
#include "engine/index/vector_cache.h"
#include "engine/index/vector_index.h"

namespace quire::index {

struct LinksHead;

// Where the tree alone is in memory: what is searched through it. Immutable.
struct OnDisk {
  std::shared_ptr<const LinksHead> head;
  std::vector<uint64_t> live;  // of the numbers below the head's end, those that are in the index
  uint64_t size = 0;           // how many these are
};

class IndexView final : public View {
 public:
  struct State {
    Parameters parameters;
    std::shared_ptr<const codec::Encoder> encoder;
    std::shared_ptr<VectorCache> vectors;  // of the generation, shared by its views
    Contents contents;                     // with `on_disk`, only what came since
    std::shared_ptr<const Linked> linked;  // null: not linked
    DeadNodes dead;
    std::shared_ptr<const OnDisk> on_disk;  // null: codes are in memory. Otherwise refine codes are not: see residence.h
    uint32_t edition = 0;                   // of the tree and links that are stored; 0: there are none
    // Sealed segments without a live vector that are stored still.
    std::vector<std::shared_ptr<const Segment>> emptied;
  };
  explicit IndexView(State state);

  const Parameters& parameters() const override { return state_.parameters; }
  uint64_t size() const override {
    return state_.contents.size + (state_.on_disk != nullptr ? state_.on_disk->size : 0);
  }
  uint64_t memory_bytes() const override;
  LinkState links() const override;
  Status Search(const Query& query, const storage::Snapshot& snapshot, std::vector<Neighbour>* out) const override;

  Status SearchBatch(std::span<const Query> queries, const storage::Snapshot& snapshot,
                     std::vector<std::vector<Neighbour>>* out) const override;

  const State& state() const { return state_; }
  const codec::Encoder& encoder() const { return *state_.encoder; }
  const Contents& contents() const { return state_.contents; }
  uint64_t dead_count() const { return dead_count_; }  // of the nodes of state().linked

 private:
  State state_;
  uint64_t dead_count_;
};

// The encoder that goes with parameters; `centroid` of the leaf, empty for zero.
std::shared_ptr<const codec::Encoder> MakeEncoder(const Parameters& parameters, std::span<const float> centroid);
// A cache within the budget of `parameters`.
std::shared_ptr<VectorCache> MakeVectorCache(const Parameters& parameters);

// Filters that keep so few are answered from disk by comparing them all.
inline constexpr uint64_t kComparedMax = 1024;

// What is known of an index before its codes are read.
Result<IndexView::State> LoadState(uint32_t collection, uint32_t generation, uint64_t memory_limit,
                                   const storage::Snapshot& snapshot);

// A set of numbers and one of them.
inline bool IsIn(NumberSet set, uint32_t number) {
  const size_t word = number / 64;
  return word < set.size() && ((set[word] >> (number % 64)) & 1) != 0;
}
inline bool IsCancelled(const Query& query) {
  return query.cancelled != nullptr && query.cancelled->load(std::memory_order_relaxed);
}

// flat_search.cc. Adds to `pool` what a scan of the vectors from number `first` on finds, or of the allowed ones one by one
// where they are few.
void ScanFlat(const IndexView& view, const Query& query, const codec::PreparedQuery& prepared, uint32_t first,
              CandidatePool* pool);
// The same from the beginning for several queries, a block for all of them before the next. REQUIRES: as many of each.
void ScanFlatTogether(const IndexView& view, std::span<const Query* const> queries,
                      std::span<const std::unique_ptr<codec::PreparedQuery>> prepared, std::span<CandidatePool> pools);
// Compares the stored vectors one by one.
Status SearchExact(const IndexView& view, const Query& query, const storage::Snapshot& snapshot,
                   std::vector<Neighbour>* out);

// on_disk_search.cc. Adds to `pool` what the nearest leaves hold, which are read from disk. Errors: kCorruption (a leaf),
// kIoError, kCancelled. REQUIRES: view.state().on_disk.
Status SearchOnDisk(const IndexView& view, const Query& query, const codec::PreparedQuery& prepared,
                    const storage::Snapshot& snapshot, CandidatePool* pool);

// linked_search.cc. Adds to `pool` what the links lead to. False where a scan of all is cheaper or surer; what is in `pool`
// is of no use then.
// REQUIRES: view.state().linked.
bool SearchLinked(const IndexView& view, const Query& query, const codec::PreparedQuery& prepared, CandidatePool* pool);
// The same for an effort given. For calibration.
void SearchLinks(const IndexView& view, const codec::PreparedQuery& prepared, uint32_t effort, CandidatePool* pool);

}  // namespace quire::index
