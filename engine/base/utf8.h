// UTF-8: validity and boundaries. Everything beyond (normalisation, case, classes) is utf8proc's, in engine/text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quire {

// Byte offset of the first invalid sequence (overlong, surrogate, above U+10FFFF, cut short), or npos if there is none.
size_t FindInvalidUtf8(std::string_view text);

// The longest prefix of at most `limit` bytes that ends at a character boundary. REQUIRES: `text` is valid.
std::string_view Utf8Prefix(std::string_view text, size_t limit);

// `text` fit to be shown: control characters but \n and \t as \xNN, invalid bytes as U+FFFD.
std::string Printable(std::string_view text);

}  // namespace quire
