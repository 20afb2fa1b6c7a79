// Settings of long test runs, from the environment.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace quire::testing {

// The number a variable holds; `otherwise` where it is not set.
inline uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace quire::testing
