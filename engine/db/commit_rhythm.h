// CommitRhythm: whether a bulk load is going on. Links made while it does would be made again right after it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace quire::db {

// Safe for concurrent use.
class CommitRhythm {
 public:
  // A commit brought so many chunks. Small ones are no load.
  void Committed(uint64_t chunks) {
    if (chunks < kBulk) return;
    const int64_t now = Now();
    const int64_t gap = now - last_.exchange(now);
    gap_ = gap < kQuietMax ? gap : 0;  // the first after a while says nothing of the next
  }
  // Whoever loads says that this was all.
  void Ended() { last_ = Now() - kAnnounced * kQuietMax; }
  // Whether as much time has passed since the last as twice that between the last two, within limits. `announced`: the database
  // is in the mode for bulk loads, whose end is told by a flush: then longer, for a batch may take its time.
  bool quiet(bool announced) const {
    const int64_t factor = announced ? kAnnounced : 1;
    return Now() - last_ >= std::clamp(2 * factor * gap_.load(), factor * kQuietMin, factor * kQuietMax);
  }

 private:
  static constexpr uint64_t kBulk = 256;
  static constexpr int64_t kQuietMin = 100'000, kQuietMax = 2'000'000;  // us
  static constexpr int64_t kAnnounced = 5;

  static int64_t Now() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  std::atomic<int64_t> last_{-kAnnounced * kQuietMax};
  std::atomic<int64_t> gap_{0};
};

}  // namespace quire::db
