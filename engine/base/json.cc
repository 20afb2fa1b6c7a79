#include "engine/base/json.h"

#include <charconv>
#include <cmath>
#include <cstdint>

#include "engine/base/utf8.h"

namespace quire {

void AppendJsonString(std::string* out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out->push_back('"');
  while (!text.empty()) {
    const size_t valid = std::min(FindInvalidUtf8(text), text.size());
    for (const char c : text.substr(0, valid)) {
      switch (c) {
        case '"': *out += "\\\""; break;
        case '\\': *out += "\\\\"; break;
        case '\n': *out += "\\n"; break;
        case '\r': *out += "\\r"; break;
        case '\t': *out += "\\t"; break;
        default: {
          const auto byte = static_cast<uint8_t>(c);
          if (byte < 0x20) {
            *out += {'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
          } else {
            out->push_back(c);
          }
        }
      }
    }
    if (valid == text.size()) break;
    *out += "\xef\xbf\xbd";
    text.remove_prefix(valid + 1);
  }
  out->push_back('"');
}

void AppendJsonNumber(std::string* out, double value) {
  if (!std::isfinite(value)) {
    *out += "null";
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out->append(buffer, end);
}

}  // namespace quire
