// Fusion: a list by vector and a list by words become one. Formula, and what it was chosen by: engine/doc/retrieval.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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
std::vector<Hit> Fuse(const FusedLists& lists, size_t k);

// Whether a fused hit speaks for others of its document: it is above the mean and among the first of either list, so that it does
// not matter how many are wanted.
bool StandsOut(const Hit& hit);
// Sets document_part of hits by the three best others that stand out in their document, adds it to their scores, and orders all
// anew. REQUIRES: hits as Fuse orders them.
// `documents[i]`: a hash of the document of hits[i]; 0 where it has none or does not stand out.
void AddDocumentPart(std::span<const uint64_t> documents, std::vector<Hit>* hits);

}  // namespace quire::db
