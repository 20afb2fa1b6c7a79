// Keys of the attribute index: what stands between the column's prefix (engine/storage/keys.h) and the block.
// Format: engine/doc/attribute_index.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/filter/attribute_index.h"

namespace quire::filter {

// First byte of an encoded value.
inline constexpr char kNullTag = '\x00', kValueTag = '\x01';

inline constexpr size_t kOrderedTextBytes = 128;  // of a text that its key keeps
inline constexpr size_t kTextHashBytes = 16;      // that end the key of a longer one
inline constexpr size_t kBlockBytes = 2;          // that end every key
inline constexpr uint32_t kBlockShift = 16;       // a number's block is number >> kBlockShift

// What all texts longer than kOrderedTextBytes that begin like `value` have in common; between them, order is unknown.
// REQUIRES: !IsOrderExact(value).
std::string LongTextStem(const Value& value);

// The first key after all that begin with `prefix`. REQUIRES: a byte of it is not 0xFF.
std::string PrefixEnd(std::string prefix);

// A stored key taken apart.
struct BitmapKey {
  uint32_t collection = 0;
  uint16_t column = 0;
  uint16_t block = 0;
  std::string_view value;  // encoded, borrowed from the key
};
// Errors: kCorruption.
Result<BitmapKey> ParseBitmapKey(std::string_view key);

}  // namespace quire::filter
