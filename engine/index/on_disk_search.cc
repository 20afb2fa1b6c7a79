// Searching the nearest leaves, read from disk: estimates choose what is compared with the stored vectors.
#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/codec/sketch.h"
#include "engine/graph/tree_search.h"
#include "engine/index/index_view.h"
#include "engine/index/links_format.h"
#include "engine/index/on_disk_search.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

constexpr size_t kLeavesTogether = 128;  // read at once

class LeafSearch {
 public:
  LeafSearch(const IndexView& view, const Query& query, const codec::PreparedQuery& prepared,
             const storage::Snapshot& snapshot)
      : view_(view),
        on_disk_(*view.state().on_disk),
        head_(*on_disk_.head),
        query_(query),
        snapshot_(snapshot),
        shares_(prepared.Recentred(head_.tree->centroid)),
        sketches_(graph::kLeafMax * codec::SketchBytes(head_.tree->padded_dim)),
        kept_(ComparedFor(query.k)) {
    graph::EstimateLeaves(*head_.tree, shares_, &leaves_);
  }

  Status Run(CandidatePool* pool) {
    const std::optional<uint32_t> calibrated = head_.leaf_calibration.EffortFor(query_.recall_target);
    // A target that was not reached: everything is looked at, and more of it is compared.
    if (!calibrated) kept_ = std::max(kept_, kComparedMost);
    size_t wanted = leaves_.size();
    if (calibrated) wanted = std::min(wanted, WantedFor(*calibrated));
    const auto nearer = [](const graph::Found& a, const graph::Found& b) {
      return a.estimate != b.estimate ? a.estimate < b.estimate : a.node < b.node;
    };
    std::partial_sort(leaves_.begin(), leaves_.begin() + static_cast<std::ptrdiff_t>(wanted), leaves_.end(), nearer);
    size_t next = 0;
    while (next < wanted || (found_ < query_.k && next < leaves_.size())) {
      if (IsCancelled(query_)) return Status(Code::kCancelled, "vector search was cancelled");
      if (next == wanted) std::sort(leaves_.begin() + static_cast<std::ptrdiff_t>(wanted), leaves_.end(), nearer);
      const size_t end = std::min(next < wanted ? wanted : leaves_.size(), next + kLeavesTogether);
      QUIRE_RETURN_IF_ERROR(ReadLeaves(next, end));
      next = end;
    }
    KeepNearest();
    // What the codes say is rough: the stored vectors decide.
    constexpr float kUnknown = 1e30f;
    for (const graph::Found& one : candidates_) pool->Add(one.node, {one.estimate, kUnknown});
    return {};
  }

 private:
  // The leaves to open for k answers out of those that a filter leaves.
  size_t WantedFor(uint32_t calibrated) const {
    double wanted = calibrated * std::max(1.0, 0.4 + query_.k / 15.0);
    if (query_.allowed != nullptr) {
      wanted *= static_cast<double>(view_.size()) / static_cast<double>(std::max<uint64_t>(1, query_.allowed_count));
    }
    return static_cast<size_t>(std::min(wanted, static_cast<double>(leaves_.size())));
  }

  Status ReadLeaves(size_t begin, size_t end) {
    const Parameters& parameters = view_.parameters();
    keys_.clear();
    for (size_t i = begin; i < end; ++i) {
      keys_.push_back(storage::LinksLeafKey(parameters.collection, parameters.generation, head_.edition, leaves_[i].node));
    }
    size_t read = 0;
    QUIRE_RETURN_IF_ERROR(
        snapshot_.MultiGet(storage::Family::kCode, keys_, [&](size_t i, std::string_view value) -> Status {
          ++read;
          if (query_.cost != nullptr) query_.cost->bytes += value.size();
          QUIRE_ASSIGN_OR_RETURN(const StoredLeaf leaf, OpenLeaf(parameters, head_, leaves_[begin + i].node, value));
          AddLeaf(leaf);
          return {};
        }));
    if (query_.cost != nullptr) query_.cost->blocks += read;
    return read == keys_.size() ? Status() : DamagedLinks(parameters, head_.edition, "leaf");
  }

  void AddLeaf(const StoredLeaf& leaf) {
    float estimates[graph::kLeafMax];
    uint32_t slots[graph::kLeafMax];
    uint32_t count = 0;
    for (uint32_t i = 0; i < leaf.count; ++i) {
      const uint32_t number = leaf.number(i);
      const bool wanted = IsIn(on_disk_.live, number) && (query_.allowed == nullptr || IsIn(*query_.allowed, number));
      slots[count] = i;
      count += wanted ? 1 : 0;
    }
    found_ += count;
    if (count == 0) return;
    std::memcpy(sketches_.data(), leaf.sketches.data(), leaf.sketches.size());
    simd::ActiveKernels().estimate_sketches(&shares_.sketch, sketches_.data(), slots, count, estimates);
    for (uint32_t i = 0; i < count; ++i) {
      if (estimates[i] < threshold_) candidates_.push_back({estimates[i], leaf.number(slots[i])});
    }
    if (candidates_.size() > 4 * kept_ + graph::kLeafMax) KeepNearest();
  }

  void KeepNearest() {
    if (candidates_.size() <= kept_) return;
    const auto last = candidates_.begin() + static_cast<std::ptrdiff_t>(kept_) - 1;
    std::nth_element(candidates_.begin(), last, candidates_.end(), [](const graph::Found& a, const graph::Found& b) {
      return a.estimate != b.estimate ? a.estimate < b.estimate : a.node < b.node;
    });
    threshold_ = last->estimate;
    candidates_.resize(kept_);
  }

  const IndexView& view_;
  const OnDisk& on_disk_;
  const LinksHead& head_;
  const Query& query_;
  const storage::Snapshot& snapshot_;
  codec::CentredQuery shares_;
  HugeArray<uint8_t> sketches_;  // of one leaf, in lines
  size_t kept_;
  std::vector<graph::Found> leaves_;
  std::vector<graph::Found> candidates_;  // `node` is the number
  float threshold_ = std::numeric_limits<float>::max();
  uint64_t found_ = 0;
  std::vector<std::string> keys_;
};

}  // namespace

size_t ComparedFor(uint32_t k) { return std::max<size_t>(128, size_t{4} * k); }

Status SearchOnDisk(const IndexView& view, const Query& query, const codec::PreparedQuery& prepared,
                    const storage::Snapshot& snapshot, CandidatePool* pool) {
  return LeafSearch(view, query, prepared, snapshot).Run(pool);
}

}  // namespace quire::index
