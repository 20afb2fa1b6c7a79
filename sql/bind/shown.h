// What a user wrote, short enough for a message.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/utf8.h"
#include "quire/value.h"

namespace quire::sql {

// `text`, cut with "..." beyond `limit` bytes.
inline std::string Shortened(std::string_view text, size_t limit = 60) {
  if (text.size() <= limit) return std::string(text);
  return std::string(Utf8Prefix(text, limit)) + "...";
}

inline std::string Shown(const Value& value) { return Shortened(value.ToString()); }

}  // namespace quire::sql
