#include "sql/registry/unicode.h"

#include <utf8proc.h>

namespace quire::sql {
namespace {

// Maps every character by `map`; bytes that are no UTF-8 stay as they are.
template <typename Map>
std::string MapCharacters(std::string_view text, Map map) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view character = TakeCharacter(&text);
    utf8proc_int32_t point = 0;
    const auto bytes = reinterpret_cast<const utf8proc_uint8_t*>(character.data());
    if (utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(character.size()), &point) <= 0) {
      out.append(character);
      continue;
    }
    utf8proc_uint8_t encoded[4];
    const utf8proc_ssize_t size = utf8proc_encode_char(map(point), encoded);
    out.append(reinterpret_cast<const char*>(encoded), static_cast<size_t>(size));
  }
  return out;
}

}  // namespace

std::string_view TakeCharacter(std::string_view* text) {
  const auto lead = static_cast<uint8_t>(text->front());
  size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (size > text->size()) size = 1;
  const std::string_view character = text->substr(0, size);
  text->remove_prefix(size);
  return character;
}

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) TakeCharacter(&text);
  return count;
}

std::string_view SkipCharacters(std::string_view text, size_t count) {
  for (; count > 0 && !text.empty(); --count) TakeCharacter(&text);
  return text;
}

std::string ToLower(std::string_view text) { return MapCharacters(text, utf8proc_tolower); }
std::string ToUpper(std::string_view text) { return MapCharacters(text, utf8proc_toupper); }

}  // namespace quire::sql
