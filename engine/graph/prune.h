// Candidates for the links of a row, and the choice among them.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph/rows.h"

namespace quire::graph {

// A candidate of one row as one number, in order of its distance. Equally near ones come in the order of their numbers
// from the row's own on, in a circle: of many equal rows each prefers others, and together they hang in one chain.
using Key = uint64_t;
inline Key KeyOf(float distance, uint32_t id, uint32_t row) {
  return Key{std::bit_cast<uint32_t>(distance)} << 32 | (id - row);
}
inline uint32_t IdOf(Key key, uint32_t row) { return static_cast<uint32_t>(key) + row; }
inline float DistanceOf(Key key) { return std::bit_cast<float>(static_cast<uint32_t>(key >> 32)); }

// Puts the `count` smallest first, in order; returns how many these are.
size_t KeepNearest(std::span<Key> keys, size_t count);

// Chooses neighbours that lie in different directions: a candidate is taken, nearest first, unless it is nearer to one
// taken before it, kAlpha times, than to the row. Serves one thread.
//
// Source: Arya, Mount: Approximate nearest neighbor queries in fixed dimensions (SODA 1993); alpha: Subramanya and
// others: DiskANN (NeurIPS 2019). On squared distances.
class Pruner {
 public:
  static constexpr float kAlpha = 1.1f;

  explicit Pruner(const Rows& rows) : rows_(rows) {}
  // `keys`: candidates of `row`, ascending, each once. Writes at most `most` of them, ascending.
  void Prune(uint32_t row, std::span<const Key> keys, size_t most, std::vector<Key>* taken);

 private:
  static constexpr size_t kWindow = 64;   // candidates looked at together: later ones are seldom reached
  static constexpr size_t kTogether = 8;  // of which so many are decided upon together

  // Decides on the first kTogether candidates of the window, which leave it.
  void TakeFirst(size_t most, std::vector<Key>* taken);
  // Takes those before `begin` out of the window, and those behind to which one taken from `first_taken` on is nearer.
  void Drop(size_t first_taken, size_t begin);

  const Rows& rows_;
  std::vector<uint32_t> ids_;
  std::vector<Key> keys_;  // the window: candidates not dropped
  Points points_;          // the same
  Points taken_;
  std::vector<float> distances_;
  RowScratch scratch_;
};

}  // namespace quire::graph
