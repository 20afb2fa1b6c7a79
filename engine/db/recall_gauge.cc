#include "engine/db/recall_gauge.h"

#include <algorithm>
#include <numeric>

namespace quire::db {

void RecallGauge::Offer(const std::shared_ptr<const DatabaseState>& state, const CollectionState& collection,
                        const std::vector<float>& vector, const std::vector<index::Neighbour>& found, uint32_t k) {
  if (offered_.fetch_add(1, std::memory_order_relaxed) % kEvery != 0 || found.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  if (now < next_ || waiting_.size() >= kWaitingMax) return;
  next_ = now + std::chrono::seconds(1);
  Sample sample{state, collection.id(), vector, {}, k};
  for (const index::Neighbour& one : found) sample.distances.push_back(one.distance);
  waiting_.push_back(std::move(sample));
  waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
}

Status RecallGauge::Run(const std::atomic<bool>* cancelled) {
  while (true) {
    Sample sample;
    {
      std::lock_guard lock(mutex_);
      if (waiting_.empty()) return {};
      sample = std::move(waiting_.front());
      waiting_.pop_front();
      waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
    }
    const auto collection = sample.state->FindById(sample.collection);
    if (!collection) continue;
    QUIRE_ASSIGN_OR_RETURN(const auto view, collection->Vectors(*sample.state->snapshot));
    std::vector<index::Neighbour> exact;
    QUIRE_RETURN_IF_ERROR(view->Search({.vector = sample.vector, .k = sample.k, .exact = true, .cancelled = cancelled},
                                       *sample.state->snapshot, &exact));
    if (exact.empty()) continue;
    // Distances of an answer are exact: one that is not above the k-th true distance belongs to a right answer.
    const auto right = std::count_if(sample.distances.begin(), sample.distances.end(),
                                     [&](float distance) { return distance <= exact.back().distance; });
    std::lock_guard lock(mutex_);
    Record& record = records_[sample.collection];
    ++record.samples;
    record.last.push_back(static_cast<double>(right) / static_cast<double>(exact.size()));
    if (record.last.size() > kWindow) record.last.pop_front();
  }
}

RecallGauge::Figure RecallGauge::Of(uint32_t collection) const {
  std::lock_guard lock(mutex_);
  const auto found = records_.find(collection);
  if (found == records_.end()) return {};
  const std::deque<double>& last = found->second.last;
  return {found->second.samples, std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(last.size())};
}

void RecallGauge::Forget(uint32_t collection) {
  std::lock_guard lock(mutex_);
  records_.erase(collection);
  std::erase_if(waiting_, [&](const Sample& sample) { return sample.collection == collection; });
  waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
}

}  // namespace quire::db
