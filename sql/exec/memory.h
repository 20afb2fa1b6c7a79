// MemoryBudget: what the operators of one statement may hold at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "quire/status.h"
#include "sql/bind/source.h"

namespace quire::sql {

class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t limit_bytes) : limit_(limit_bytes) {}
  // Errors: kResourceExhausted naming `what`, the limit and its setting.
  Status Take(uint64_t bytes, std::string_view what);

 private:
  uint64_t limit_;
  uint64_t taken_ = 0;
};

// About what a value or a row takes in memory.
uint64_t BytesOf(const Value& value);
uint64_t BytesOf(const Row& row);

// "256MB" and back: a number of bytes, perhaps with B, KB, MB or GB (of 1024). Errors: kInvalidArgument.
Result<uint64_t> ParseBytes(const Value& value);
std::string FormatBytes(uint64_t bytes);

}  // namespace quire::sql
