// Characters of UTF-8 text: what the text functions and LIKE count and fold. REQUIRES of every text: valid UTF-8; bytes
// that are not are taken one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace quire::sql {

// The longest text that an operator or function makes; as long as the longest a chunk may have.
inline constexpr size_t kMaxTextBytes = size_t{64} << 20;

// Takes the first character off the front of `text`. REQUIRES: !text->empty().
std::string_view TakeCharacter(std::string_view* text);

size_t CountCharacters(std::string_view text);

// `text` without its first `count` characters; empty if it has fewer.
std::string_view SkipCharacters(std::string_view text, size_t count);

// Each character by its simple (one to one) case mapping.
std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);

}  // namespace quire::sql
