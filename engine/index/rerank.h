// Rerank: exact distances, from the stored vectors.
#pragma once

#include <span>
#include <vector>

#include "engine/codec/raw_vector.h"
#include "engine/index/candidates.h"
#include "engine/index/vector_cache.h"
#include "engine/index/vector_index.h"

namespace quire::index {

// The k nearest of the vectors it was given. Reads them from a snapshot, some hundreds at a time.
class ExactSearch {
 public:
  // Borrows its arguments. What is read from the snapshot is kept in `vectors`, or, where these do not grow, in the block
  // cache if `caching` says so.
  ExactSearch(const Parameters& parameters, const Query& query, const storage::Snapshot& snapshot,
              VectorCache* vectors, storage::Caching caching);

  // Errors: kCorruption naming a number whose vector is missing or has the wrong size, kIoError, kCancelled.
  Status Add(std::span<const uint32_t> numbers);
  // Distance of the k-th nearest so far; infinite while there are fewer. Cost: O(k).
  float Worst();
  // What was found, nearest first, ties by number.
  std::vector<Neighbour> Take();

 private:
  Status AddBatch(std::span<const uint32_t> numbers);
  Status Read(std::span<const uint32_t> numbers);  // those that are not in memory
  Status AddStored(uint32_t number, std::string_view bytes);
  void KeepNearest();  // REQUIRES: k or more were found

  const Parameters& parameters_;
  const Query& query_;
  const storage::Snapshot& snapshot_;
  VectorCache& vectors_;
  const storage::Caching caching_;
  codec::ExactQuery exact_;
  std::vector<uint32_t> missing_;
  std::vector<std::string> keys_;
  std::vector<Neighbour> found_;  // in no order; the k nearest so far and perhaps others
};

// The k nearest of `candidates` (by ascending estimate): the k best estimates first, then, nearest bound first, those
// that may still be nearer than the k-th, but no more than kRerankMax or k of them.
Status Rerank(const Parameters& parameters, const Query& query, const storage::Snapshot& snapshot,
              VectorCache* vectors, std::vector<Candidate> candidates, std::vector<Neighbour>* out);
inline constexpr size_t kRerankMax = 1024;

}  // namespace quire::index
