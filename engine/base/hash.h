// Content hashes: XXH3, seedless.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quire/chunk.h"

namespace quire {

uint64_t Hash64(std::string_view bytes);
Hash128 HashOf128(std::string_view bytes);
// Lower-case hex: 32 digits, 16 digits.
std::string ToHex(const Hash128& hash);
std::string ToHex(uint64_t hash);

}  // namespace quire
