#include "engine/graph/search.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "engine/codec/sketch.h"

namespace quire::graph {
namespace {

using simd::kBlockSlots;

// How wide the tree is opened. The links repair what it misses, so it may be narrow.
constexpr size_t kGroupsOpened = 6;
constexpr size_t kLeavesOpened = 12;
constexpr size_t kLeavesPerEffort = 16;  // one more leaf for so much effort
constexpr size_t kSeedsMax = 64;
// Nodes expanded together: their links, then their neighbours' sketches are on their way from memory at the same time.
constexpr size_t kExpandedTogether = 4;
constexpr uint32_t kExpandedBit = uint32_t{1} << 31;  // in Found::node of the pool

constexpr float kFar = std::numeric_limits<float>::max();

bool Nearer(const Found& a, const Found& b) {
  return a.estimate != b.estimate ? a.estimate < b.estimate : a.node < b.node;
}

// Puts `found` at its place in `list`, which is ascending and keeps `limit` at most; returns the place, or its old size
// if it is not near enough.
size_t InsertNearest(std::vector<Found>* list, size_t limit, Found found) {
  size_t size = list->size();
  if (size == limit) {
    if (!(found.estimate < list->back().estimate)) return size;
    --size;
  } else {
    list->emplace_back();
  }
  Found* const data = list->data();
  const Found* before = data;  // no branch on what is compared: it would be a coin toss
  for (size_t rest = size; rest > 0;) {
    const size_t half = (rest + 1) / 2;
    before += before[half - 1].estimate <= found.estimate ? half : 0;
    rest -= half;
  }
  const auto at = static_cast<size_t>(before - data);
  std::memmove(data + at + 1, data + at, (size - at) * sizeof(Found));
  data[at] = found;
  return at;
}

// Keeps the `count` nearest of `found`, in no order.
void KeepNearest(std::vector<Found>* found, size_t count) {
  if (found->size() <= count) return;
  std::nth_element(found->begin(), found->begin() + static_cast<std::ptrdiff_t>(count) - 1, found->end(), Nearer);
  found->resize(count);
}

// What one thread needs while it searches; kept for the next search.
struct Scratch {
  std::vector<uint64_t> visited;  // a bit per node; all clear between searches
  std::vector<uint32_t> touched;  // nodes whose bit is set
  std::vector<Found> groups, leaves;  // to be opened
  std::vector<uint32_t> fresh;    // neighbours not visited before
  std::vector<float> estimates;   // of them
};

Scratch& ThreadScratch() {
  thread_local Scratch scratch;
  return scratch;
}

class Searcher {
 public:
  Searcher(const Graph& graph, const codec::PreparedQuery& query, size_t effort, std::vector<Found>* pool)
      : graph_(graph),
        kernels_(simd::ActiveKernels()),
        shares_(query.Recentred(graph.centroid)),
        effort_(effort),
        pool_(*pool),
        scratch_(ThreadScratch()) {
    pool_.clear();
    pool_.reserve(effort + 1);
    scan_ = shares_.scan;
    scan_.error = 0;  // the bound that a scan compares is then the estimate itself
    if (scratch_.visited.size() * 64 < graph.size()) scratch_.visited.resize((graph.size() + 63) / 64);
  }

  void Run(const std::atomic<bool>* cancelled) {
    OpenTree();
    Expand(cancelled);
    for (const uint32_t node : scratch_.touched) scratch_.visited[node / 64] = 0;
    scratch_.touched.clear();
    for (Found& found : pool_) found.node &= ~kExpandedBit;
  }

  const SearchCounts& counts() const { return counts_; }

 private:
  // Keeps in `out` the `limit` nearest of what it holds and what `range` holds.
  void ScanBlocks(BlockRange range, size_t limit, std::vector<Found>* out) {
    simd::ScanResult result;
    for (uint32_t b = range.begin; b < range.begin + range.count; ++b) {
      const uint8_t* const block = graph_.block(b);
      const float threshold = out->size() < limit ? kFar : out->back().estimate;
      uint32_t mask = kernels_.scan_block(&scan_, block, threshold, &result);
      for (; mask != 0; mask &= mask - 1) {
        const auto slot = static_cast<uint32_t>(std::countr_zero(mask));
        if (!(result.estimate[slot] < kFar)) continue;  // an empty one
        InsertNearest(out, limit, {result.estimate[slot], codec::SlotNumber(block, graph_.padded_dim, slot)});
      }
    }
    counts_.scanned += uint64_t{range.count} * kBlockSlots;
  }

  // Fills the pool with the best nodes of the nearest leaves.
  void OpenTree() {
    std::vector<Found>&groups = scratch_.groups, &leaves = scratch_.leaves;
    groups.clear();
    leaves.clear();
    ScanBlocks(graph_.group_blocks, kGroupsOpened, &groups);
    const size_t leaves_opened = kLeavesOpened + effort_ / kLeavesPerEffort;
    for (const Found& group : groups) ScanBlocks(graph_.leaf_blocks[group.node], leaves_opened, &leaves);
    const size_t seeds = std::min(effort_, kSeedsMax);
    for (size_t i = 0; i < leaves.size(); ++i) {
      if (i + 1 < leaves.size()) Prefetch(graph_.block(graph_.node_blocks[leaves[i + 1].node].begin), 512);
      ScanBlocks(graph_.node_blocks[leaves[i].node], seeds, &pool_);
    }
    for (const Found& seed : pool_) Visit(seed.node);
  }

  static void Prefetch(const void* at, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(static_cast<const uint8_t*>(at) + i);
  }
  void PrefetchLinks(uint32_t node) const { Prefetch(graph_.links.places(node), kDegreeMax * sizeof(uint32_t)); }

  void Visit(uint32_t node) {
    scratch_.visited[node / 64] |= uint64_t{1} << (node % 64);
    scratch_.touched.push_back(node);
  }

  // Appends the neighbours of `node` that were not visited; without a branch on that, which would be a coin toss.
  void CollectNeighbours(uint32_t node) {
    std::vector<uint32_t>& fresh = scratch_.fresh;
    size_t count = fresh.size();
    fresh.resize(count + kDegreeMax);
    const uint32_t* const places = graph_.links.places(node);
    for (size_t i = 0; i < kDegreeMax && places[i] != kNoNode; ++i) {
      uint64_t& word = scratch_.visited[places[i] / 64];
      const uint64_t bit = uint64_t{1} << (places[i] % 64);
      fresh[count] = places[i];
      count += (word & bit) == 0;
      word |= bit;
    }
    fresh.resize(count);
  }

  // Estimates scratch_.fresh and puts what is near enough into the pool; returns the first place that changed.
  size_t Admit() {
    const std::vector<uint32_t>& fresh = scratch_.fresh;
    if (scratch_.estimates.size() < fresh.size()) scratch_.estimates.resize(fresh.size());
    kernels_.estimate_sketches(&shares_.sketch, graph_.sketches.data(), fresh.data(), fresh.size(),
                               scratch_.estimates.data());
    size_t first = pool_.size();
    for (size_t i = 0; i < fresh.size(); ++i) {
      const float estimate = scratch_.estimates[i];
      if (pool_.size() == effort_ && !(estimate < pool_.back().estimate)) continue;
      PrefetchLinks(fresh[i]);
      first = std::min(first, InsertNearest(&pool_, effort_, {estimate, fresh[i]}));
    }
    scratch_.touched.insert(scratch_.touched.end(), fresh.begin(), fresh.end());
    counts_.estimated += fresh.size();
    return first;
  }

  void Expand(const std::atomic<bool>* cancelled) {
    const size_t sketch_bytes = codec::SketchBytes(graph_.padded_dim);
    size_t next = 0;  // nothing before it is left to expand
    while (next < pool_.size()) {
      if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return;
      scratch_.fresh.clear();
      uint32_t together[kExpandedTogether];
      size_t expanded = 0;
      for (; next < pool_.size() && expanded < kExpandedTogether; ++next) {
        uint32_t& node = pool_[next].node;
        if ((node & kExpandedBit) != 0) continue;
        PrefetchLinks(node);
        together[expanded++] = node;
        node |= kExpandedBit;
      }
      for (size_t i = 0; i < expanded; ++i) CollectNeighbours(together[i]);
      counts_.expanded += expanded;
      for (const uint32_t node : scratch_.fresh) Prefetch(graph_.sketch(node), sketch_bytes);
      next = std::min(next, Admit());
    }
  }

  const Graph& graph_;
  const simd::Kernels& kernels_;
  codec::CentredQuery shares_;
  simd::ScanQuery scan_;
  size_t effort_;
  std::vector<Found>& pool_;  // ascending by estimate
  Scratch& scratch_;
  SearchCounts counts_;
};

}  // namespace

void Search(const Graph& graph, const codec::PreparedQuery& query, uint32_t effort,
            const std::atomic<bool>* cancelled, std::vector<Found>* out, SearchCounts* counts) {
  out->clear();
  if (graph.size() == 0) return;
  Searcher searcher(graph, query, effort, out);
  searcher.Run(cancelled);
  if (counts != nullptr) *counts = searcher.counts();
}

void Estimate(const Graph& graph, const codec::PreparedQuery& query, std::span<const uint32_t> nodes, size_t limit,
              std::vector<Found>* out) {
  constexpr size_t kTogether = 64;
  const simd::Kernels& kernels = simd::ActiveKernels();
  const codec::CentredQuery shares = query.Recentred(graph.centroid);
  const size_t sketch_bytes = codec::SketchBytes(graph.padded_dim);
  out->clear();
  float estimates[kTogether];
  float threshold = std::numeric_limits<float>::max();
  for (size_t begin = 0; begin < nodes.size(); begin += kTogether) {
    const size_t count = std::min(kTogether, nodes.size() - begin);
    for (size_t i = begin + count; i < std::min(nodes.size(), begin + count + kTogether); ++i) {
      for (size_t at = 0; at < sketch_bytes; at += 64) __builtin_prefetch(graph.sketch(nodes[i]) + at);
    }
    kernels.estimate_sketches(&shares.sketch, graph.sketches.data(), nodes.data() + begin, count, estimates);
    for (size_t i = 0; i < count; ++i) {
      if (estimates[i] < threshold) out->push_back({estimates[i], nodes[begin + i]});
    }
    if (out->size() < 2 * limit + kTogether) continue;
    KeepNearest(out, limit);
    threshold = std::max_element(out->begin(), out->end(), Nearer)->estimate;
  }
  KeepNearest(out, limit);
  std::sort(out->begin(), out->end(), Nearer);
}

}  // namespace quire::graph
