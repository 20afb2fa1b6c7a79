// The FORMAT key: which release wrote a database, and in which format. Page: engine/doc/key_schema.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quire/status.h"

namespace quire::storage {

// Raised by any change that an older release would misread, a new family included.
inline constexpr uint32_t kFormatNumber = 1;
// The value begins so: what tells a Quire database from another program's RocksDB.
inline constexpr std::string_view kFormatMagic = "QUIRE";

// The value of kFormatKey: magic, u32 format number (little-endian), release. What a later format appends is ignored.
std::string EncodeFormat(uint32_t number, std::string_view release);
// The release this library was built as.
std::string_view Release();

// Whether this release can read what wrote `value`. Errors: kUnsupported naming both format numbers; kInvalidArgument
//   if it is not the value of a Quire database.
Status CheckFormat(const std::string& path, std::string_view value);

// That the directory is someone else's. kInvalidArgument.
Status NotADatabase(const std::string& path);

}  // namespace quire::storage
