// Search: the nodes of a graph that are near to a query, by estimates alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph/graph.h"

namespace quire::graph {

// A node and the estimate of its distance in the terms of codec/rabitq.h.
struct Found {
  float estimate = 0;
  uint32_t node = 0;
};

// What a search did, for EXPLAIN and benchmarks.
struct SearchCounts {
  uint64_t scanned = 0;   // slots of blocks
  uint64_t expanded = 0;  // nodes whose links were followed
  uint64_t estimated = 0; // sketches
};

// The `effort` nodes with the smallest estimates that the search comes upon, smallest first: it opens the leaves nearest to
// the query, then follows the links of the best nodes until none of the `effort` best has links not followed.
// Safe for concurrent use; keeps scratch per thread (a bit per node of the largest graph). `effort` at least 1.
// Cost: about 10 us + 0.3 us * effort at 384 dimensions.
void Search(const Graph& graph, const codec::PreparedQuery& query, uint32_t effort,
            const std::atomic<bool>* cancelled, std::vector<Found>* out, SearchCounts* counts);

// The `limit` of `nodes` with the smallest estimates, smallest first. Cost: about 12 ns per node.
void Estimate(const Graph& graph, const codec::PreparedQuery& query, std::span<const uint32_t> nodes, size_t limit,
              std::vector<Found>* out);

}  // namespace quire::graph
