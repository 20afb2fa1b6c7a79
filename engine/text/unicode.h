// Unicode as the analyzer needs it: classes of characters, grapheme clusters, folding. utf8proc behind a seam.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quire::text {

inline constexpr size_t kMaxTermBytes = 64;
inline constexpr size_t kFoldedFrom = 256;  // bytes of a word that Fold() looks at

enum class CharClass : uint8_t {
  kSeparator,  // what stands between words; also every invalid byte
  kWord,       // letters and digits
  kExtend,     // marks and format characters: part of the word before them, never the start of one
  kUnspaced,   // letters of scripts written without spaces: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese
};

struct Character {
  int32_t code = -1;  // -1: invalid
  uint8_t bytes = 1;
  CharClass kind = CharClass::kSeparator;
};

// The character at `offset`. An invalid byte is a separator of one byte. REQUIRES: offset < text.size().
Character CharacterAt(std::string_view text, size_t offset);

// Whether a byte is an ASCII letter or digit.
constexpr bool IsAsciiWord(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}
constexpr bool IsAscii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

// The end of the grapheme cluster that begins at `offset`, marks and format characters included.
// REQUIRES: offset < text.size().
size_t ClusterEnd(std::string_view text, size_t offset);

// Whether a term is exactly one cluster of an unspaced script.
bool IsLoneUnspaced(std::string_view term);

// Writes NFKC_Casefold of `word` to `out` (room for kMaxTermBytes) and gives its length: at most kMaxTermBytes, cut
// at a character boundary. Only the first kFoldedFrom bytes of `word` are looked at, so that the cost is bounded:
// reordering marks is quadratic in their number. REQUIRES: `word` is valid UTF-8.
size_t Fold(std::string_view word, char* out);

}  // namespace quire::text
