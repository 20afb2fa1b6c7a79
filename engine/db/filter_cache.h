// FilterCache: what filters keep, for filters that are asked again of the same state.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "quire/filter.h"

namespace quire::db {

// The numbers that a filter keeps, as bits.
struct KeptNumbers {
  std::vector<uint64_t> words;
  uint64_t count = 0;
};

// A filter as bytes: equal for filters that keep the same by their form. Empty where that cannot be told (predicates).
std::string FilterBytes(const Filter& filter);

// Belongs to one immutable state of a collection, so nothing in it grows old. The filters used last are kept.
// Safe for concurrent use.
class FilterCache {
 public:
  // Null if it is not there.
  std::shared_ptr<const KeptNumbers> Find(const std::string& bytes);
  void Put(std::string bytes, std::shared_ptr<const KeptNumbers> kept);

 private:
  static constexpr size_t kFiltersMax = 16;
  static constexpr size_t kWordsMax = size_t{4} << 20;  // 32 MiB in all

  struct Entry {
    std::string bytes;
    std::shared_ptr<const KeptNumbers> kept;
  };
  std::mutex mutex_;
  std::list<Entry> entries_;  // used last first
  size_t words_ = 0;
};

}  // namespace quire::db
