// ReadCost: what reading took, for EXPLAIN ANALYZE and benchmarks.
#pragma once

#include <cstdint>

namespace quire {

// Whoever reads for somebody adds to what is there. Counts, not times; the same each time where nothing is written.
struct ReadCost {
  uint64_t blocks = 0;   // of codes and postings, leaves of the tree, links of a vector
  uint64_t refined = 0;  // vectors compared by their fine codes or as they are stored
  uint64_t chunks = 0;   // records of chunks
  uint64_t bytes = 0;    // of stored vectors, records and whatever else came from the store or its caches
};

}  // namespace quire
