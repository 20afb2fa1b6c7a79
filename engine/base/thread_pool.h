// ThreadPool: a fixed number of threads, and a loop over them.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/base/function_ref.h"

namespace quire {

// Runs loops in parallel. Safe for concurrent use; loops from several threads take turns.
class ThreadPool {
 public:
  // Starts `threads` threads; 0 runs everything in the caller.
  explicit ThreadPool(size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Calls body(i) for every i in [0, count), in any order, on the pool's threads and the caller's; returns when all are done.
  // REQUIRES: body does not throw and does not call ParallelFor of the same pool.
  void ParallelFor(size_t count, function_ref<void(size_t)> body);

  size_t threads() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quire
