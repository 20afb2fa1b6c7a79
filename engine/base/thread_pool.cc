#include "engine/base/thread_pool.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace quire {

// One loop at a time: `loop_mutex` is held by the caller for its length. Workers wake at a new `generation`, take
// indexes until none is left, and the last one to finish wakes the caller. Lock order: loop_mutex, then mutex.
struct ThreadPool::Impl {
  std::mutex loop_mutex;
  std::mutex mutex;
  std::condition_variable start, finish;
  function_ref<void(size_t)>* body = nullptr;
  size_t count = 0, next = 0, running = 0;
  uint64_t generation = 0;
  bool stopping = false;
  std::vector<std::thread> threads;

  void TakeIndexes(std::unique_lock<std::mutex>& lock) {
    while (next < count) {
      const size_t i = next++;
      function_ref<void(size_t)>& call = *body;
      lock.unlock();
      call(i);
      lock.lock();
    }
  }

  void Work() {
    std::unique_lock lock(mutex);
    uint64_t seen = 0;
    while (true) {
      start.wait(lock, [&] { return stopping || (generation != seen && next < count); });
      if (stopping) return;
      seen = generation;
      ++running;
      TakeIndexes(lock);
      if (--running == 0) finish.notify_one();
    }
  }
};

ThreadPool::ThreadPool(size_t threads) : impl_(std::make_unique<Impl>()) {
  for (size_t i = 0; i < threads; ++i) impl_->threads.emplace_back([impl = impl_.get()] { impl->Work(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->start.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
}

void ThreadPool::ParallelFor(size_t count, function_ref<void(size_t)> body) {
  std::lock_guard loop(impl_->loop_mutex);
  std::unique_lock lock(impl_->mutex);
  impl_->body = &body;
  impl_->count = count;
  impl_->next = 0;
  ++impl_->generation;
  impl_->start.notify_all();
  impl_->TakeIndexes(lock);
  impl_->finish.wait(lock, [&] { return impl_->running == 0; });
}

size_t ThreadPool::threads() const { return impl_->threads.size(); }

}  // namespace quire
