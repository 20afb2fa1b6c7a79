// Fusion: a list by vector and a list by words become one. Formula, and what it was chosen by: engine/doc/retrieval.md.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "quire/search.h"

namespace quire::db {

// Candidates from each list, at least; and those from which the scale of a list is taken, however many are wanted.
inline constexpr uint32_t kFusionDepth = 100;

// How much the vectors of an embedder count beside the words, which count 1.
double VectorWeight(std::string_view embedder);

// The two lists of a query, each best first, ties by number, with their ranks. One that has `depth` hits may have been cut
// there; a shorter one is all there is.
struct FusedLists {
  const std::vector<Hit>& by_vector;
  const std::vector<Hit>& by_words;
  uint32_t depth = kFusionDepth;
  double vector_weight = 1;
};

// The k best of both, best first by vector_part + word_part, ties by number. Both parts and the score are set.
// Cost: linear in the lists.
std::vector<Hit> Fuse(const FusedLists& lists, uint32_t k);

}  // namespace quire::db
