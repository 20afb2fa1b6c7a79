// TimeLimit: how long the reading of one file may take.
#pragma once

#include <atomic>
#include <chrono>

#include "quire/status.h"

namespace quire::ingest {

struct TimeLimit {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  const std::atomic<bool>* cancelled = nullptr;

  // Errors: kCancelled, kResourceExhausted (the time is up).
  Status Check() const;
};

}  // namespace quire::ingest
