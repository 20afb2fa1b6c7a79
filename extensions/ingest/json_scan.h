// Scanning JSON text without parsing it: where values end. Brackets are counted, not matched; nothing recurses.
#pragma once

#include <cstddef>
#include <string_view>

namespace quire::ingest {

// The first byte at or after `at` that is neither blank nor a comma.
size_t SkipJsonBlanks(std::string_view text, size_t at);
// The byte after the string that begins at `at`.
size_t EndOfJsonString(std::string_view text, size_t at);
// The byte after the value that begins at `at`; `at` itself before a bracket that closes.
size_t EndOfJsonValue(std::string_view text, size_t at);

}  // namespace quire::ingest
