#include "engine/index/candidates.h"

#include <algorithm>
#include <limits>

namespace quire::index {
namespace {

constexpr size_t kCompactMin = 4096;

}  // namespace

CandidatePool::CandidatePool(size_t k)
    : k_(k), threshold_(std::numeric_limits<float>::infinity()), compact_at_(std::max(kCompactMin, 4 * k)) {}

void CandidatePool::Add(uint32_t number, codec::Refined refined) {
  const Candidate candidate{number, refined};
  if (candidate.lower() > threshold_) return;
  candidates_.push_back(candidate);
  if (uppers_.size() < k_) {
    uppers_.push_back(candidate.upper());
    std::push_heap(uppers_.begin(), uppers_.end());
  } else if (candidate.upper() < uppers_.front()) {
    std::pop_heap(uppers_.begin(), uppers_.end());
    uppers_.back() = candidate.upper();
    std::push_heap(uppers_.begin(), uppers_.end());
  }
  if (uppers_.size() == k_) threshold_ = uppers_.front();
  if (candidates_.size() >= compact_at_) Compact();
}

void CandidatePool::Compact() {
  std::erase_if(candidates_, [this](const Candidate& candidate) { return candidate.lower() > threshold_; });
  compact_at_ = std::max(compact_at_, 2 * candidates_.size());
}

std::vector<Candidate> CandidatePool::Take() {
  Compact();
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.refined.value != b.refined.value ? a.refined.value < b.refined.value : a.number < b.number;
  });
  return std::move(candidates_);
}

}  // namespace quire::index
