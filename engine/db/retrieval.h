// Retrieval: vector and words, under one filter, fused (fusion.h). The formulas: engine/doc/retrieval.md.
#pragma once

#include <vector>

#include "engine/db/state.h"
#include "quire/search.h"

namespace quire::db {

// Told of a search by vector without a filter: the vector, what was found, and k.
using VectorObserver =
    function_ref<void(const std::vector<float>& vector, const std::vector<index::Neighbour>& found, uint32_t k)>;

// Reader::Search for one collection, by one of its generations (only those of `request.text`: a vector is for the one that serves).
Result<std::vector<Hit>> Retrieve(const CollectionState& collection, uint32_t generation, const storage::Snapshot& snapshot,
                                  const SearchRequest& request, VectorObserver observer);
inline Result<std::vector<Hit>> Retrieve(const CollectionState& collection, const storage::Snapshot& snapshot,
                                         const SearchRequest& request, VectorObserver observer) {
  return Retrieve(collection, collection.entry().generation, snapshot, request, observer);
}

// Reader::SearchBatch for one collection.
Result<std::vector<std::vector<Hit>>> RetrieveBatch(const CollectionState& collection,
                                                    const storage::Snapshot& snapshot,
                                                    const std::vector<SearchRequest>& requests,
                                                    VectorObserver observer);

// A distance as a score in [0, 1], larger is nearer.
double ScoreOfDistance(Metric metric, double distance);
// A BM25 score as a score in [0, 1).
double ScoreOfWords(double bm25);

}  // namespace quire::db
