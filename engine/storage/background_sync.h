// BackgroundSync: the thread that makes commits of Sync::kNormal durable.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace quire::storage {

// Calls a function at most kInterval after it was asked for, in a thread of its own that sleeps while nobody asks.
class BackgroundSync {
 public:
  static constexpr int kIntervalMs = 500;

  explicit BackgroundSync(std::function<void()> sync) : sync_(std::move(sync)) {}
  // Waits for a running call; one that was asked for and did not begin is dropped.
  ~BackgroundSync();
  BackgroundSync(const BackgroundSync&) = delete;
  BackgroundSync& operator=(const BackgroundSync&) = delete;

  // Asks for a call. The first one starts the thread. Safe for concurrent use.
  void Request();

 private:
  void Run();

  const std::function<void()> sync_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace quire::storage
