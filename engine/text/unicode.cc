#include "engine/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "engine/base/utf8.h"

namespace quire::text {
namespace {

struct CodeRange {
  int32_t first;
  int32_t last;
};

// Sorted. Letters of scripts that put no spaces between words, and the signs that belong to them (Unicode 15 blocks).
constexpr CodeRange kUnspacedRanges[] = {
    {0x0E00, 0x0EFF},    // Thai, Lao
    {0x1000, 0x109F},    // Myanmar
    {0x1100, 0x11FF},    // Hangul Jamo
    {0x1780, 0x17FF},    // Khmer
    {0x3005, 0x3007},    // iteration marks, ideographic zero
    {0x3021, 0x3029},    // Hangzhou numerals
    {0x3031, 0x3035},    // kana repeat marks
    {0x3038, 0x303C},    // Hangzhou numerals, masu
    {0x3041, 0x318F},    // kana, Bopomofo, Hangul compatibility Jamo
    {0x31A0, 0x31BF},    // Bopomofo extended
    {0x31F0, 0x31FF},    // Katakana extensions
    {0x3400, 0x4DBF},    // Han extension A
    {0x4E00, 0x9FFF},    // Han
    {0xA960, 0xA97F},    // Hangul Jamo extended A
    {0xAC00, 0xD7FF},    // Hangul syllables, Jamo extended B
    {0xF900, 0xFAFF},    // Han compatibility
    {0xFF66, 0xFFDC},    // half-width kana and Hangul
    {0x1AFF0, 0x1B16F},  // kana supplements
    {0x20000, 0x3FFFD},  // Han extensions B and later
};

bool IsUnspaced(int32_t code) {
  if (code < kUnspacedRanges[0].first) return false;
  const CodeRange* range = std::upper_bound(std::begin(kUnspacedRanges), std::end(kUnspacedRanges), code,
                                            [](int32_t c, const CodeRange& r) { return c < r.first; });
  return code <= std::prev(range)->last;
}

CharClass ClassOf(int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      if (code == 0xFF9E || code == 0xFF9F) return CharClass::kExtend;  // half-width voicing marks are called letters
      return IsUnspaced(code) ? CharClass::kUnspaced : CharClass::kWord;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF: return CharClass::kExtend;
    default: return CharClass::kSeparator;
  }
}

// Letters that NFKC_Casefold leaves alone and that make up nearly all of unspaced text.
bool FoldsToItself(int32_t code) {
  return (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0xAC00 && code <= 0xD7A3) ||
         (code >= 0x3041 && code <= 0x3096) || (code >= 0x30A1 && code <= 0x30FA);
}

const utf8proc_uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const utf8proc_uint8_t*>(text.data()); }

}  // namespace

Character CharacterAt(std::string_view text, size_t offset) {
  const char lead = text[offset];
  if (IsAscii(lead)) return {lead, 1, IsAsciiWord(lead) ? CharClass::kWord : CharClass::kSeparator};
  const std::string_view rest = text.substr(offset, 4);
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t bytes = utf8proc_iterate(Bytes(rest), static_cast<utf8proc_ssize_t>(rest.size()), &code);
  if (bytes <= 0) return {};
  return {code, static_cast<uint8_t>(bytes), ClassOf(code)};
}

size_t ClusterEnd(std::string_view text, size_t offset) {
  Character previous = CharacterAt(text, offset);
  utf8proc_int32_t state = 0;
  offset += previous.bytes;
  while (offset < text.size()) {
    const Character next = CharacterAt(text, offset);
    if (next.kind == CharClass::kSeparator) break;
    const bool boundary = utf8proc_grapheme_break_stateful(previous.code, next.code, &state);
    if (boundary && next.kind != CharClass::kExtend) break;
    offset += next.bytes;
    previous = next;
  }
  return offset;
}

bool IsLoneUnspaced(std::string_view term) {
  return !term.empty() && CharacterAt(term, 0).kind == CharClass::kUnspaced && ClusterEnd(term, 0) == term.size();
}

size_t Fold(std::string_view word, char* out) {
  word = Utf8Prefix(word, kFoldedFrom);
  if (word.size() == 3 && FoldsToItself(CharacterAt(word, 0).code)) {
    std::memcpy(out, word.data(), word.size());
    return word.size();
  }
  // No character of 3 bytes becomes more than 18, none of fewer bytes more than 3: 256 bytes always fit.
  std::array<utf8proc_int32_t, 2048> codes;
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                           UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const utf8proc_ssize_t count = utf8proc_decompose(Bytes(word), static_cast<utf8proc_ssize_t>(word.size()),
                                                    codes.data(), codes.size() - 1, kOptions);
  if (count <= 0 || static_cast<size_t>(count) >= codes.size()) return 0;
  const utf8proc_ssize_t bytes = utf8proc_reencode(codes.data(), count, kOptions);
  if (bytes <= 0) return 0;
  const std::string_view folded = Utf8Prefix(
      std::string_view(reinterpret_cast<const char*>(codes.data()), static_cast<size_t>(bytes)), kMaxTermBytes);
  std::memcpy(out, folded.data(), folded.size());
  return folded.size();
}

}  // namespace quire::text
