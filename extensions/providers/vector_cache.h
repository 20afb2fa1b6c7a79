// VectorCache: vectors by the XXH3-128 of what they were made of, so that nothing is paid for twice.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/hash.h"

namespace quire::providers {

// Keeps those used last, at most `bytes_max`. Safe for concurrent use.
class VectorCache {
 public:
  explicit VectorCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  bool Find(const Hash128& key, std::span<float> out) {
    std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end() || found->second->second.size() != out.size()) return false;
    order_.splice(order_.begin(), order_, found->second);
    std::copy(found->second->second.begin(), found->second->second.end(), out.begin());
    return true;
  }
  void Put(const Hash128& key, std::span<const float> vector) {
    const size_t bytes = vector.size() * sizeof(float) + kOverhead;
    if (bytes > bytes_max_) return;
    std::lock_guard lock(mutex_);
    if (by_key_.contains(key)) return;
    order_.emplace_front(key, std::vector<float>(vector.begin(), vector.end()));
    by_key_[key] = order_.begin();
    for (bytes_ += bytes; bytes_ > bytes_max_;) {
      bytes_ -= order_.back().second.size() * sizeof(float) + kOverhead;
      by_key_.erase(order_.back().first);
      order_.pop_back();
    }
  }

 private:
  static constexpr size_t kOverhead = 160;  // of an entry, about
  using Entry = std::pair<Hash128, std::vector<float>>;
  const size_t bytes_max_;
  std::mutex mutex_;
  size_t bytes_ = 0;
  std::list<Entry> order_;  // the one used last first
  std::map<Hash128, std::list<Entry>::iterator> by_key_;
};

}  // namespace quire::providers
