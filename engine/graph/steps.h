// Steps: what a build has done of what it has to do, and whether it is still wanted.
#pragma once

#include <algorithm>
#include <mutex>

#include "engine/graph/leaves.h"

namespace quire::graph {

// Safe for concurrent use.
class Steps {
 public:
  // `total`: of all Done, in whatever unit.
  Steps(const BuildControl& control, double total) : control_(control), total_(total) {}

  ThreadPool& pool() const { return *control_.pool; }
  // Errors: kCancelled.
  Status Check() const { return control_.stopped() ? Status(Code::kCancelled, "building the graph was cancelled") : Status(); }

  void Done(double amount) {
    std::lock_guard lock(mutex_);
    done_ += amount;
    control_.progress(std::min(1.0, done_ / total_));
  }

  // Calls body(begin, end) for pieces of [0, count) of `piece`, in parallel, until it is cancelled. The pieces are worth
  // `amount` together. Errors: kCancelled.
  template <typename Body>
  Status ForPieces(size_t count, size_t piece, double amount, const Body& body) {
    const size_t pieces = (count + piece - 1) / piece;
    pool().ParallelFor(pieces, [&](size_t i) {
      if (control_.stopped()) return;
      body(i * piece, std::min(count, (i + 1) * piece));
      Done(amount / static_cast<double>(pieces));
    });
    return Check();
  }

 private:
  const BuildControl& control_;
  const double total_;
  std::mutex mutex_;
  double done_ = 0;
};

}  // namespace quire::graph
