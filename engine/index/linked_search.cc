// Searching by tree and links: estimates lead to candidates, refine codes order them.
#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/graph/search.h"
#include "engine/index/index_view.h"

namespace quire::index {
namespace {

// A search by links costs about as much per kept node as a scan of this many codes.
constexpr uint64_t kScannedPerEffort = 96;
constexpr uint32_t kEffortMax = 4096;
// An allowed vector looked at by its sketch costs about as much as this share of the effort for one kept node.
constexpr uint64_t kEstimatedPerEffort = 24;
// Estimates order what is refined: so many per wanted answer, or as many as the effort.
constexpr uint32_t kRefinedPerAnswer = 8;
// What lies so many standard deviations of the estimates' error beyond the k-th is not refined.
constexpr double kDeviations = 3;
constexpr size_t kRefinedMin = 16;

// How many nodes a search for `k` answers has to keep where one for ten has to keep `calibrated`. For 400 questions to 40,000
// documents of 384 dimensions, recall 0.95 took 41 for ten answers, 134 for 50, 249 for 100, 467 for 200; recall 0.8
// took 15, 60, 113, 224.
uint64_t WantedFor(uint64_t calibrated, uint64_t k) {
  constexpr uint64_t kCalibratedAnswers = 10;
  const uint64_t further = k - std::min(k, kCalibratedAnswers);
  return calibrated + further * (40 + calibrated) / 50;
}

class LinkedSearch {
 public:
  LinkedSearch(const IndexView& view, const codec::PreparedQuery& prepared, const NumberSet* allowed,
               CandidatePool* pool)
      : linked_(*view.state().linked),
        dead_(view.state().dead),
        prepared_(prepared),
        allowed_(allowed),
        kernels_(simd::ActiveKernels()),
        on_disk_(view.state().on_disk != nullptr),
        record_bytes_(codec::RecordBytes(view.encoder().padded_dim())),
        pool_(*pool) {}

  // Refines what of `found` is in the index and allowed, nearest estimates first, until the rest cannot matter; returns
  // how many it was.
  size_t Refine(std::vector<graph::Found>* found) {
    constexpr size_t kAhead = 8;
    std::erase_if(*found, [&](const graph::Found& one) {
      return IsDead(dead_, one.node) || (allowed_ != nullptr && !IsIn(*allowed_, linked_.graph->numbers[one.node]));
    });
    if (on_disk_) return Keep(*found);
    for (size_t i = 0; i < std::min(kAhead, found->size()); ++i) Prefetch((*found)[i].node);
    double squares = 0;
    for (size_t i = 0; i < found->size(); ++i) {
      const graph::Found& one = (*found)[i];
      // How far estimates are off is known from those before.
      if (i % kAhead == 0 && i >= kRefinedMin) {
        const double off = kDeviations * std::sqrt(squares / static_cast<double>(i));
        if (static_cast<double>(one.estimate) - off > static_cast<double>(pool_.threshold())) break;
      }
      if (i + kAhead < found->size()) Prefetch((*found)[i + kAhead].node);
      ++refined_;
      const codec::Refined refined = prepared_.Refine(kernels_, linked_.records[one.node]);
      const auto error = static_cast<double>(refined.value - one.estimate);
      squares += error * error;
      pool_.Add(linked_.graph->numbers[one.node], refined);
    }
    return found->size();
  }

  // Those that are refined, and how many lists of links and leaves led to them.
  void Count(const graph::SearchCounts& counts, ReadCost* cost) const {
    if (cost == nullptr) return;
    cost->blocks += counts.expanded + counts.scanned / simd::kBlockSlots;
    cost->refined += refined_;
  }

  // The nodes of allowed numbers.
  const std::vector<uint32_t>& AllowedNodes() {
    nodes_.clear();
    for (size_t word = 0; word < allowed_->size(); ++word) {
      for (uint64_t rest = (*allowed_)[word]; rest != 0; rest &= rest - 1) {
        const auto number = static_cast<uint32_t>(word * 64 + static_cast<unsigned>(std::countr_zero(rest)));
        const uint32_t node = linked_.graph->NodeOf(number);
        if (node != graph::kNoNode && !IsDead(dead_, node)) nodes_.push_back(node);
      }
    }
    return nodes_;
  }

 private:
  // Without refine codes in memory all are compared with the stored vectors: the effort was chosen for as many.
  size_t Keep(const std::vector<graph::Found>& found) {
    constexpr float kUnknown = 1e30f;
    for (const graph::Found& one : found) pool_.Add(linked_.graph->numbers[one.node], {one.estimate, kUnknown});
    return found.size();
  }

  void Prefetch(uint32_t node) const {
    for (size_t at = 0; at < record_bytes_; at += 64) __builtin_prefetch(linked_.records[node] + at);
  }

  const Linked& linked_;
  const DeadNodes& dead_;
  const codec::PreparedQuery& prepared_;
  const NumberSet* allowed_;
  const simd::Kernels& kernels_;
  bool on_disk_;  // refine codes are
  size_t record_bytes_;
  CandidatePool& pool_;
  std::vector<uint32_t> nodes_;
  uint64_t refined_ = 0;
};

}  // namespace

bool SearchLinked(const IndexView& view, const Query& query, const codec::PreparedQuery& prepared,
                  CandidatePool* pool) {
  const Linked& linked = *view.state().linked;
  const std::optional<uint32_t> calibrated = linked.calibration.EffortFor(query.recall_target);
  if (!calibrated) return false;
  const uint64_t wanted = WantedFor(*calibrated, query.k);
  const uint64_t effort = wanted + wanted * view.dead_count() / std::max<uint64_t>(1, linked.graph->size());
  std::vector<graph::Found> found;
  graph::SearchCounts counts;
  graph::SearchCounts* const counted = query.cost != nullptr ? &counts : nullptr;
  LinkedSearch search(view, prepared, query.allowed, pool);
  const auto refine = [&](uint64_t wanted_at_least) {
    const bool enough = search.Refine(&found) >= wanted_at_least;
    search.Count(counts, query.cost);
    return enough;
  };
  if (query.allowed != nullptr) {
    // Where few are allowed each is looked at by its sketch; else the search goes on until it holds as many allowed ones.
    const uint64_t widened = effort * view.size() / std::max<uint64_t>(1, query.allowed_count);
    if (query.allowed_count <= std::max<uint64_t>(wanted, 64) * kEstimatedPerEffort || widened > kEffortMax ||
        query.allowed_count <= widened * kEstimatedPerEffort) {
      const size_t limit = std::max<size_t>(2 * wanted, size_t{kRefinedPerAnswer} * query.k);
      const std::vector<uint32_t>& nodes = search.AllowedNodes();
      graph::Estimate(*linked.graph, prepared, nodes, limit, &found);
      return refine(std::min<uint64_t>(query.k, nodes.size()));  // else sketches are damaged
    }
    if (widened * kScannedPerEffort > view.size()) return false;
    graph::Search(*linked.graph, prepared, static_cast<uint32_t>(widened), query.cancelled, &found, counted);
    return refine(query.k);
  }
  // From disk no scan is cheaper.
  const bool scans = view.state().on_disk == nullptr && effort * kScannedPerEffort > view.size();
  if (effort > kEffortMax || scans) return false;
  graph::Search(*linked.graph, prepared, static_cast<uint32_t>(effort), query.cancelled, &found, counted);
  return refine(std::min<uint64_t>(query.k, view.size()));
}

void SearchLinks(const IndexView& view, const codec::PreparedQuery& prepared, uint32_t effort, CandidatePool* pool) {
  std::vector<graph::Found> found;
  graph::Search(*view.state().linked->graph, prepared, effort, nullptr, &found, nullptr);
  LinkedSearch(view, prepared, nullptr, pool).Refine(&found);
}

}  // namespace quire::index
