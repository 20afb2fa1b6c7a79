#include "sql/parse/text_width.h"

#include <utf8proc.h>

namespace quire::sql {
namespace {

struct Character {
  size_t bytes;
  size_t columns;
};

// REQUIRES: `text` is not empty.
Character FirstCharacter(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {1, first < 0x20 || first == 0x7f ? size_t{0} : size_t{1}};
  utf8proc_int32_t code = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (length <= 0) return {1, 1};
  return {static_cast<size_t>(length), static_cast<size_t>(utf8proc_charwidth(code))};
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    columns += character.columns;
    text.remove_prefix(character.bytes);
  }
  return columns;
}

std::string_view DisplayPrefix(std::string_view text, size_t columns) {
  size_t bytes = 0;
  size_t used = 0;
  while (bytes < text.size()) {
    const Character character = FirstCharacter(text.substr(bytes));
    used += character.columns;
    if (used > columns) break;
    bytes += character.bytes;
  }
  return text.substr(0, bytes);
}

}  // namespace quire::sql
