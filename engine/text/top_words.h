// The best chunks by the sum of the scores of words, without looking at more postings than it takes.
//
// Benefits: a bag of common and rare words reads a few groups of the common ones. Costs: bounds in every group (some 12 bytes); a
// query of common words only still reads most of their postings.
//
// The numbers are passed in windows of 1,024, scores added up word by word (the sums stay in the first-level cache). MaxScore
// (Turtle, Flood 1995) over the bounds of groups (block-max: Ding, Suel 2011): words whose bounds together do not reach the k-th
// best score so far find no chunk by themselves; they are looked at only for what the others have found.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "engine/text/scored_postings.h"
#include "engine/text/word_index.h"

namespace quire::text {

struct ScoredList {
  const ScoredPostings* postings;
  double weight;  // its IDF, as often as the query says it
};

// The k best by the sum of their scores, best first, ties by number. `matches` (ascending) limits who may be in it, and so does
// `allowed`. Errors: kCorruption, kCancelled.
Result<std::vector<WordHit>> RankLists(const Bm25& bm25, const ChunkLengths& chunks, std::span<const ScoredList> lists,
                                       const std::vector<ChunkNumber>* matches, const WordRequest& request);

}  // namespace quire::text
