// Watchdog: ends statements that run too long.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace quire::sql {

// Used by one thread, beside the one of its own that begins with the first Watch: only sessions with a statement_timeout have it.
class Watchdog {
 public:
  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Sets *interrupted in `limit`, unless Watch or Rest is called before.
  void Watch(std::chrono::milliseconds limit, std::atomic<bool>* interrupted);
  void Rest();
  // Whether it did since the last Watch.
  bool fired() const { return fired_.load(std::memory_order_relaxed); }

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::chrono::steady_clock::time_point deadline_;
  std::atomic<bool>* interrupted_ = nullptr;  // null: nothing is watched
  bool over_ = false;
  std::atomic<bool> fired_{false};
  std::thread thread_;
};

}  // namespace quire::sql
