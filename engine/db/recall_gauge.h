// RecallGauge: the recall that live searches had, measured by asking some of them again, exactly.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/db/state.h"
#include "quire/search.h"

namespace quire::db {

// Safe for concurrent use.
class RecallGauge {
 public:
  // What was found: of the last kWindow answers asked again.
  struct Figure {
    uint64_t samples = 0;  // ever
    double recall = 0;     // mean of the last kWindow
  };
  static constexpr size_t kWindow = 256;

  // Takes one answer in kEvery, but not more than one a second, to be asked again of the same state.
  // Cost: one atomic addition for the others.
  void Offer(const std::shared_ptr<const DatabaseState>& state, const CollectionState& collection,
             const std::vector<float>& vector, const std::vector<index::Neighbour>& found, uint32_t k);
  bool HasWork() const { return waiting_count_.load(std::memory_order_relaxed) > 0; }
  // Asks again what was taken. Errors: of the exact search; kCancelled.
  Status Run(const std::atomic<bool>* cancelled);
  Figure Of(uint32_t collection) const;
  // Forgets what was found: another index serves from now on.
  void Forget(uint32_t collection);

 private:
  static constexpr uint64_t kEvery = 64;
  static constexpr size_t kWaitingMax = 8;
  struct Sample {
    std::shared_ptr<const DatabaseState> state;
    uint32_t collection = 0;
    std::vector<float> vector;
    std::vector<float> distances;  // of what was found
    uint32_t k = 0;
  };
  struct Record {
    uint64_t samples = 0;
    std::deque<double> last;
  };

  std::atomic<uint64_t> offered_{0};
  std::atomic<size_t> waiting_count_{0};
  mutable std::mutex mutex_;
  std::deque<Sample> waiting_;
  std::chrono::steady_clock::time_point next_{};  // no sample before
  std::map<uint32_t, Record> records_;
};

}  // namespace quire::db
