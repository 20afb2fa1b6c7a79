#include "extensions/ingest/json_scan.h"

#include "extensions/ingest/text_scan.h"

namespace quire::ingest {

size_t SkipJsonBlanks(std::string_view text, size_t at) {
  while (at < text.size() && (IsBlank(text[at]) || text[at] == ',')) ++at;
  return at;
}

size_t EndOfJsonString(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

size_t EndOfJsonValue(std::string_view text, size_t at) {
  size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = EndOfJsonString(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']' || c == '}' || IsBlank(c))) return at;
    ++at;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return at;
  }
  return at;
}

}  // namespace quire::ingest
