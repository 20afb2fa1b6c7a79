// Small ASCII and line helpers that the readers share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::ingest {

inline bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string ToLower(std::string_view text);  // ASCII letters only
std::string_view Trim(std::string_view text);
// What follows the last '.' of the file name, lower-case; empty: none.
std::string ExtensionOf(std::string_view path);

// Byte offset of each line's first byte. Lines end with \n, \r or \r\n, as CommonMark has it.
std::vector<size_t> LineStarts(std::string_view text);
// Offset of the byte after the line that begins at `start`, its ending included; text.size() at the end.
size_t NextLine(std::string_view text, size_t start);

// Appends a character as UTF-8. REQUIRES: code <= 0x10FFFF and no surrogate.
void AppendUtf8(std::string* out, uint32_t code);

// Appends `text` with runs of blanks as one space, and none at either end.
void AppendCollapsed(std::string* out, std::string_view text);

}  // namespace quire::ingest
