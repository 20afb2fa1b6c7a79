#include "extensions/ingest/text_scan.h"

namespace quire::ingest {

std::string ToLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = LowerAscii(c);
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::string ExtensionOf(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string() : ToLower(name.substr(dot + 1));
}

size_t NextLine(std::string_view text, size_t start) {
  const size_t end = text.find_first_of("\r\n", start);
  if (end == std::string_view::npos) return text.size();
  return end + (text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n' ? 2 : 1);
}

std::vector<size_t> LineStarts(std::string_view text) {
  const bool has_returns = text.find('\r') != std::string_view::npos;
  std::vector<size_t> starts;
  starts.reserve(text.size() / 32 + 1);
  for (size_t at = 0; at < text.size();) {
    starts.push_back(at);
    if (has_returns) {
      at = NextLine(text, at);
    } else {
      const size_t end = text.find('\n', at);
      at = end == std::string_view::npos ? text.size() : end + 1;
    }
  }
  return starts;
}

void AppendUtf8(std::string* out, uint32_t code) {
  const auto push = [out](uint32_t byte) { out->push_back(static_cast<char>(static_cast<uint8_t>(byte))); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xC0 | code >> 6), push(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    push(0xE0 | code >> 12), push(0x80 | (code >> 6 & 0x3F)), push(0x80 | (code & 0x3F));
  } else {
    push(0xF0 | code >> 18), push(0x80 | (code >> 12 & 0x3F)), push(0x80 | (code >> 6 & 0x3F));
    push(0x80 | (code & 0x3F));
  }
}

void AppendCollapsed(std::string* out, std::string_view text) {
  text = Trim(text);
  const size_t had = out->size();
  out->resize(had + text.size());
  char* at = out->data() + had;
  bool space = false;
  for (const char c : text) {
    if (IsBlank(c)) {
      space = true;
      continue;
    }
    if (space) *at++ = ' ';
    space = false;
    *at++ = c;
  }
  out->resize(static_cast<size_t>(at - out->data()));
}

}  // namespace quire::ingest
