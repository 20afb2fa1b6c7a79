#include "engine/graph/search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "engine/codec/sketch.h"

namespace quire::graph {
namespace {

using simd::kBlockSlots;

// How wide the tree is opened. The links repair what it misses, so it may be narrow.
constexpr size_t kGroupsOpened = 5;
constexpr size_t kLeavesOpened = 6;
constexpr size_t kLeavesPerEffort = 32;  // one more leaf for so much effort
constexpr size_t kSeedsMax = 24;
// Nodes expanded together: their links, then their neighbours' sketches are on their way from memory at the same time.
constexpr size_t kExpandedTogether = 4;
constexpr size_t kPrefetchedAhead = 2 * kExpandedTogether;

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

// A found node as one number that sorts by its estimate. Its lowest half is the node, whose topmost bit says that it was
// expanded: there are fewer than 2^31.
constexpr uint64_t kExpandedBit = uint64_t{1} << 31;

uint64_t KeyOf(const Found& found) {
  const auto bits = std::bit_cast<uint32_t>(found.estimate);
  const uint32_t ordered = bits ^ (static_cast<uint32_t>(static_cast<int32_t>(bits) >> 31) | 0x80000000u);
  return (uint64_t{ordered} << 32) | found.node;
}

Found FoundOf(uint64_t key) {
  const auto ordered = static_cast<uint32_t>(key >> 32);
  const uint32_t bits = ordered ^ ((ordered >> 31) != 0 ? 0x80000000u : ~uint32_t{0});
  return {std::bit_cast<float>(bits), static_cast<uint32_t>(key & (kExpandedBit - 1))};
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
  // Neighbours of the nodes expanded together that were not visited before, their estimates, and keys near enough.
  std::array<uint32_t, kExpandedTogether * kDegreeMax + 1> fresh;
  std::array<float, kExpandedTogether * kDegreeMax> estimates;
  std::array<uint64_t, kExpandedTogether * kDegreeMax + 1> admitted;
  std::vector<uint64_t> keys;  // the pool, ascending
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
    pool_.clear();
    for (const uint64_t key : scratch_.keys) pool_.push_back(FoundOf(key));
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
    scratch_.keys.clear();
    for (const Found& seed : pool_) {
      scratch_.keys.push_back(KeyOf(seed));
      Visit(seed.node);
    }
  }

  static void Prefetch(const void* at, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(static_cast<const uint8_t*>(at) + i);
  }
  void PrefetchLinks(uint32_t node) const { Prefetch(graph_.links.places(node), kDegreeMax * sizeof(uint32_t)); }

  void Visit(uint32_t node) {
    scratch_.visited[node / 64] |= uint64_t{1} << (node % 64);
    scratch_.touched.push_back(node);
  }

  // Appends the neighbours of `node` that were not visited, their sketches on the way from memory; without a branch on
  // whether they were, which would be a coin toss.
  void CollectNeighbours(uint32_t node) {
    const size_t sketch_bytes = codec::SketchBytes(graph_.padded_dim);
    const uint8_t* const sketches = graph_.sketches.data();
    const uint32_t* const places = graph_.links.places(node);
    uint32_t* const fresh = scratch_.fresh.data();
    uint64_t* const visited = scratch_.visited.data();
    size_t count = fresh_count_;
    for (size_t i = 0; i < kDegreeMax && places[i] != kNoNode; ++i) {
      const uint32_t neighbour = places[i];
      Prefetch(sketches + neighbour * sketch_bytes, sketch_bytes);
      const uint64_t word = visited[neighbour / 64];
      const uint64_t bit = uint64_t{1} << (neighbour % 64);
      fresh[count] = neighbour;
      count += (word & bit) == 0 ? 1 : 0;
      visited[neighbour / 64] = word | bit;
    }
    fresh_count_ = count;
  }

  // Estimates what was collected and merges what is near enough into the pool; returns the first place that changed.
  size_t Admit() {
    const size_t count = fresh_count_;
    const uint32_t* const fresh = scratch_.fresh.data();
    float* const estimates = scratch_.estimates.data();
    kernels_.estimate_sketches(&shares_.sketch, graph_.sketches.data(), fresh, count, estimates);
    std::vector<uint64_t>& keys = scratch_.keys;
    const uint64_t worst = keys.size() < effort_ ? ~uint64_t{0} : keys.back();
    uint64_t* const admitted = scratch_.admitted.data();
    size_t admitted_count = 0;
    for (size_t i = 0; i < count; ++i) {
      admitted[admitted_count] = KeyOf({estimates[i], fresh[i]});
      admitted_count += admitted[admitted_count] < worst ? 1 : 0;
    }
    std::sort(admitted, admitted + admitted_count);
    scratch_.touched.insert(scratch_.touched.end(), fresh, fresh + count);
    counts_.estimated += count;
    return Merge(admitted, admitted_count);
  }

  // Merges ascending keys into the pool from behind, dropping the largest beyond its limit.
  size_t Merge(const uint64_t* admitted, size_t count) {
    std::vector<uint64_t>& keys = scratch_.keys;
    size_t left = keys.size(), right = count;
    if (left + right > effort_) {
      for (size_t drop = left + right - effort_; drop > 0; --drop) {
        const bool from_left = right == 0 || (left > 0 && keys[left - 1] > admitted[right - 1]);
        left -= from_left ? 1 : 0;
        right -= from_left ? 0 : 1;
      }
    }
    keys.resize(left + right);
    uint64_t* const data = keys.data();
    while (right > 0) {
      const bool from_left = left > 0 && data[left - 1] > admitted[right - 1];
      data[left + right - 1] = from_left ? data[left - 1] : admitted[right - 1];
      left -= from_left ? 1 : 0;
      right -= from_left ? 0 : 1;
    }
    return left;
  }

  void Expand(const std::atomic<bool>* cancelled) {
    const std::vector<uint64_t>& keys = scratch_.keys;
    size_t next = 0;  // nothing before it is left to expand
    while (next < keys.size()) {
      if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return;
      fresh_count_ = 0;
      size_t expanded = 0;
      for (; next < keys.size() && expanded < kExpandedTogether; ++next) {
        if ((keys[next] & kExpandedBit) != 0) continue;
        CollectNeighbours(static_cast<uint32_t>(keys[next]));
        scratch_.keys[next] |= kExpandedBit;
        ++expanded;
      }
      counts_.expanded += expanded;
      next = std::min(next, Admit());
      size_t ahead = 0;
      for (size_t i = next; i < keys.size() && ahead < kPrefetchedAhead; ++i) {
        if ((keys[i] & kExpandedBit) != 0) continue;
        PrefetchLinks(static_cast<uint32_t>(keys[i]));
        ++ahead;
      }
    }
  }

  const Graph& graph_;
  const simd::Kernels& kernels_;
  codec::CentredQuery shares_;
  simd::ScanQuery scan_;
  size_t effort_;
  std::vector<Found>& pool_;  // ascending by estimate
  Scratch& scratch_;
  size_t fresh_count_ = 0;
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
