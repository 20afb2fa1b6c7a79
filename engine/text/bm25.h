// BM25: k1 = 1.2, b = 0.75. The formula with its sources: engine/doc/word_index.md.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "engine/text/posting_block.h"
#include "engine/text/word_index.h"

namespace quire::text {

// The numbers that BM25 needs of a collection.
class Bm25 {
 public:
  explicit Bm25(const ChunkLengths& chunks);

  // ln(1 + (N - df + 0.5) / (df + 0.5)): above zero for every df <= N.
  double Idf(uint64_t document_frequency) const;
  // What no score of a leaf of that weight can exceed.
  static double UpperBound(double weight);
  // k1 * (1 - b + b * length / average): what a chunk of that length adds to the frequency.
  double Norm(uint32_t length) const;
  static double Score(double weight, uint32_t count, double norm);

 private:
  double count_;
  double average_length_;
};

// A scored leaf; its weight is its IDF, as often as the query says it.
struct ScoredList {
  const PostingList* list;
  double weight;
};

// The k best by the sum of their scores, best first, ties by number. `matches` (ascending) limits who may be in it,
// and so does `allowed`. Sums go in the order of `lists`, so that equal words give equal bits everywhere. Errors:
// kCancelled.
Result<std::vector<WordHit>> RankLists(const Bm25& bm25, const ChunkLengths& chunks, std::span<const ScoredList> lists,
                                       const std::vector<ChunkNumber>* matches, const WordRequest& request);

}  // namespace quire::text
