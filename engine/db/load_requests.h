// LoadRequests: indexes that were opened on disk and would fit in memory, or that want links, for whoever can see to it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace quire::db {

// Safe for concurrent use.
class LoadRequests {
 public:
  void Add(uint32_t collection) {
    std::lock_guard lock(mutex_);
    collections_.push_back(collection);
    waiting_.store(true, std::memory_order_relaxed);
  }
  // Without a lock, so that it may be asked at every turn.
  bool waiting() const { return waiting_.load(std::memory_order_relaxed); }
  std::vector<uint32_t> Take() {
    std::lock_guard lock(mutex_);
    waiting_.store(false, std::memory_order_relaxed);
    return std::exchange(collections_, {});
  }

 private:
  std::atomic<bool> waiting_{false};
  std::mutex mutex_;
  std::vector<uint32_t> collections_;
};

}  // namespace quire::db
