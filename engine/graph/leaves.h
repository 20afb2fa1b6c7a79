// Leaves: the rows in small clusters of near ones, and the clusters in groups: the tree above the links.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/base/thread_pool.h"
#include "engine/graph/rows.h"
#include "quire/status.h"

namespace quire::graph {

// Whoever builds: threads, and how it is told and tells.
struct BuildControl {
  ThreadPool* pool = nullptr;                       // never null
  function_ref<bool()> stopped;                     // called from any thread; true: the build ends with kCancelled
  function_ref<void(double)> progress;              // called from any one thread, in [0, 1], ascending
};

inline constexpr uint32_t kLeafTarget = 48;  // rows of a leaf, in the mean
inline constexpr uint32_t kLeafMax = 128;    // never more

struct Leaves {
  // Rows of leaf l: rows[begin[l], begin[l + 1]). Every row is in one leaf, no leaf is empty.
  std::vector<uint32_t> rows;
  std::vector<uint32_t> begin;
  std::vector<float> centroids;  // of each leaf, padded_dim components
  // Leaves of group g: [group_begin[g], group_begin[g + 1]). About as many groups as leaves in a group.
  std::vector<uint32_t> group_begin;
  std::vector<float> group_centroids;  // padded_dim components

  size_t size() const { return begin.empty() ? 0 : begin.size() - 1; }
  size_t groups() const { return group_begin.empty() ? 0 : group_begin.size() - 1; }
};

// Balanced hierarchical k-means on the codes: deterministic for the same rows. Rows that cannot be told apart (100,000 equal ones)
// are dealt out to leaves of at most kLeafMax all the same.
// Errors: kCancelled. Memory: of the rows' number and the centroids only. Cost: 5 to 7 us per row of 384 dimensions at 100,000, and
// as the square root of their number above.
Result<Leaves> MakeLeaves(const Rows& rows, const BuildControl& control);

}  // namespace quire::graph
