// SearchRequest and Hit: finding chunks by meaning, by words, or both.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "quire/filter.h"
#include "quire/read_cost.h"

namespace quire {

// What ranks the chunks.
enum class SearchMode : uint8_t {
  kHybrid,  // vector and words, fused
  kVector,  // distance alone
  kWords,   // BM25 alone, over chunks that match the query (MATCH grammar: AND, OR, NOT, "phrase", prefix*)
};

struct SearchRequest {
  std::string text{};           // the query; embedded by the collection's embedder where a vector is needed
  std::vector<float> vector{};  // kVector: used instead of `text` if not empty
  SearchMode mode = SearchMode::kHybrid;
  Filter filter{};
  uint32_t k = 10;            // at most kMaxResults
  double min_score = 0;       // hits below are left out
  double recall_target = 0;   // of the vector search, in (0, 1]; 0: the collection's
  bool exact = false;         // vectors compared one by one with the stored ones
  bool distinct = false;      // of chunks whose texts are nearly the same only the best is given
  const std::atomic<bool>* cancelled = nullptr;  // looked at now and then; set: the search ends with kCancelled
  ReadCost* cost = nullptr;  // where what is read is counted, by the calling thread; may be null
};

inline constexpr uint32_t kMaxResults = 10'000;
inline constexpr uint32_t kMaxDim = 65'535;
inline constexpr size_t kMaxQueryBytes = 1 << 20;

// A found chunk.
struct Hit {
  ChunkNumber number = 0;
  double score = 0;         // in [0, 1], larger is nearer; formulas in engine/doc/retrieval.md
  double distance = 0;      // the metric's; NaN where the chunk was found by words alone
  double word_score = 0;    // BM25; 0 where the chunk was found by vector alone
  uint32_t vector_rank = 0; // 1-based place in the vector list, 0: not in it
  uint32_t word_rank = 0;   // 1-based place in the word list, 0: not in it
  double vector_part = 0;   // kHybrid: what nearness,
  double word_part = 0;     // words,
  double document_part = 0; // and other good chunks of its document add to the sum that ranks; the score is made of it
};

}  // namespace quire
