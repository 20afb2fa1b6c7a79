// Reading the bytes of one file.
#pragma once

#include <cstdint>
#include <string>

#include "quire/status.h"

namespace quire::ingest {

inline constexpr uint64_t kFileBytesMax = uint64_t{64} << 20;

// All bytes of a regular file. Errors: kIoError (also for what is no regular file: nothing blocks),
// kResourceExhausted above `bytes_max`.
Result<std::string> ReadFileBytes(const std::string& path, uint64_t bytes_max = kFileBytesMax);

}  // namespace quire::ingest
