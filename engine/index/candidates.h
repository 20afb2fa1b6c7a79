// CandidatePool: what a scan has found so far, and what a vector must undercut to be of interest still.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/codec/query.h"

namespace quire::index {

// A vector whose distance is known up to a margin, in the terms of codec::Refined.
struct Candidate {
  uint32_t number = 0;
  codec::Refined refined;
  float lower() const { return refined.value - refined.margin; }
  float upper() const { return refined.value + refined.margin; }
};

// Keeps every candidate that may be among the k nearest: whose lower bound is not above the k-th smallest upper bound.
class CandidatePool {
 public:
  explicit CandidatePool(size_t k);  // REQUIRES: k > 0

  // No vector with a lower bound above this belongs to the k nearest. Infinite until k candidates are there.
  float threshold() const { return threshold_; }
  void Add(uint32_t number, codec::Refined refined);
  // What is left, in ascending estimated value, ties by number.
  std::vector<Candidate> Take();

 private:
  void Compact();

  size_t k_;
  float threshold_;
  std::vector<float> uppers_;  // max-heap of the k smallest upper bounds
  std::vector<Candidate> candidates_;
  size_t compact_at_;
};

}  // namespace quire::index
