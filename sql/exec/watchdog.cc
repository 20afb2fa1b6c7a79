#include "sql/exec/watchdog.h"

namespace quire::sql {

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::Watch(std::chrono::milliseconds limit, std::atomic<bool>* interrupted) {
  {
    std::lock_guard lock(mutex_);
    deadline_ = std::chrono::steady_clock::now() + limit;
    interrupted_ = interrupted;
    fired_.store(false, std::memory_order_relaxed);
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  changed_.notify_one();
}

void Watchdog::Rest() {
  std::lock_guard lock(mutex_);
  interrupted_ = nullptr;
}

void Watchdog::Run() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (interrupted_ == nullptr) {
      changed_.wait(lock);
    } else if (std::chrono::steady_clock::now() < deadline_) {
      changed_.wait_until(lock, deadline_);
    } else {
      fired_.store(true, std::memory_order_relaxed);
      interrupted_->store(true, std::memory_order_relaxed);
      interrupted_ = nullptr;
    }
  }
}

}  // namespace quire::sql
