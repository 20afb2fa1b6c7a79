#include "engine/storage/background_sync.h"

#include <chrono>

namespace quire::storage {

BackgroundSync::~BackgroundSync() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void BackgroundSync::Request() {
  std::lock_guard lock(mutex_);
  if (requested_) return;
  requested_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  changed_.notify_all();
}

void BackgroundSync::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return requested_ || stopping_; });
    // The commits of the interval share one fsync.
    changed_.wait_for(lock, std::chrono::milliseconds(kIntervalMs), [this] { return stopping_; });
    if (stopping_) return;
    requested_ = false;
    lock.unlock();
    sync_();
    lock.lock();
  }
}

}  // namespace quire::storage
