#include "extensions/ingest/text_scan.h"

#include <algorithm>
#include <cstring>

namespace quire::ingest {
namespace {

// Of eight bytes at a time (little-endian, as bytes.cc checks), each as bit 7 of its byte. Bytes above one that is zero may be taken for zero as well.
constexpr uint64_t kEach = 0x0101010101010101u;
constexpr uint64_t ZeroBytes(uint64_t eight) { return (eight - kEach) & ~eight & (kEach << 7); }
constexpr uint64_t ControlBytes(uint64_t eight) { return (eight - kEach * 0x20) & ~eight & (kEach << 7); }

// Whether eight bytes surely have no blanks but single spaces.
bool IsPlain(uint64_t eight, bool after_blank) {
  const uint64_t spaces = ZeroBytes(eight ^ (kEach * ' '));
  return (spaces & ((spaces << 8) | (after_blank ? 0x80 : 0))) == 0 && ControlBytes(eight) == 0;
}

}  // namespace

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
  // Not by find_first_of(), which is a search for each byte.
  for (size_t at = start; at < text.size(); ++at) {
    if (text[at] == '\n') return at + 1;
    if (text[at] == '\r') return at + (at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1);
  }
  return text.size();
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
  char* to = out->data() + had;
  bool after_blank = false;
  for (size_t at = 0; at < text.size();) {
    uint64_t eight = 0;
    if (at + sizeof eight <= text.size()) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if (IsPlain(eight, after_blank)) {
        std::memcpy(to, &eight, sizeof eight);
        to += sizeof eight;
        at += sizeof eight;
        after_blank = to[-1] == ' ';
        continue;
      }
    }
    for (const size_t end = std::min(at + sizeof eight, text.size()); at < end; ++at) {
      const bool blank = IsBlank(text[at]);
      *to = blank ? ' ' : text[at];
      to += blank && after_blank ? 0 : 1;
      after_blank = blank;
    }
  }
  out->resize(static_cast<size_t>(to - out->data()));
}

}  // namespace quire::ingest
