#include "extensions/chat/plain_text.h"

#include <algorithm>

#include "extensions/chat/facts.h"

namespace quire::chat {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

struct Plain {
  std::string_view written;
  char plain;
};
constexpr Plain kPlain[] = {{"\u2018", '\''}, {"\u2019", '\''}, {"\u201C", '"'}, {"\u201D", '"'}, {"\u00A0", ' '}};

// Bytes of the markers of quotes and lists at the start of a line.
size_t MarkerBytes(std::string_view line) {
  size_t at = 0;
  while (at < line.size() && std::string_view(" \t>").find(line[at]) != std::string_view::npos) ++at;
  if (at + 1 < line.size() && std::string_view("-*+").find(line[at]) != std::string_view::npos && line[at + 1] == ' ') {
    return at + 2;
  }
  size_t digits = at;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
  const bool ordered = digits > at && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')');
  return ordered && line[digits + 1] == ' ' ? digits + 2 : at;
}

// Whether the underscore at `at` is emphasis, not part of a name.
bool IsEmphasis(std::string_view text, size_t at) {
  const bool before = at > 0 && (IsWordByte(text[at - 1]) || text[at - 1] == '_');
  const bool after = at + 1 < text.size() && (IsWordByte(text[at + 1]) || text[at + 1] == '_');
  return before != after;
}

bool EndsWithin(std::string_view text, size_t end, char last) {
  if (end >= text.size()) return false;
  if (IsWordByte(last) && (IsWordByte(text[end]) || text[end] == '_')) return true;
  return last >= '0' && last <= '9' && text[end] == '.' && end + 1 < text.size() && IsWordByte(text[end + 1]);
}

}  // namespace

PlainText::PlainText(std::string_view text) {
  plain_.reserve(text.size());
  const auto add = [&](char c, size_t start, size_t end) {
    if (c == ' ' && (plain_.empty() || plain_.back() == ' ')) return;
    plain_ += c;
    origin_.push_back(static_cast<uint32_t>(start));
    behind_.push_back(static_cast<uint32_t>(end));
  };
  for (size_t at = 0; at < text.size();) {
    if (at == 0 || text[at - 1] == '\n') {
      const size_t line = std::min(text.find('\n', at), text.size());
      if (const size_t marker = MarkerBytes(text.substr(at, line - at)); marker > 0) {
        add(' ', at, at + marker);
        at += marker;
        continue;
      }
    }
    const char c = text[at];
    const auto* quote = std::find_if(std::begin(kPlain), std::end(kPlain), [&](const Plain& p) {
      return text.substr(at, p.written.size()) == p.written;
    });
    const size_t size = quote == std::end(kPlain) ? 1 : quote->written.size();
    const bool dropped = c == '*' || c == '`' || (c == '_' && IsEmphasis(text, at));
    if (quote != std::end(kPlain)) {
      add(quote->plain, at, at + size);
    } else if (kSpace.find(c) != std::string_view::npos) {
      add(' ', at, at + 1);
    } else if (!dropped) {
      add(c, at, at + 1);
    }
    at += size;
  }
}

std::optional<ByteSpan> PlainText::Find(std::string_view text) const {
  const PlainText wanted(text);
  std::string_view needle = wanted.plain_;
  while (!needle.empty() && std::string_view(" .:;,").find(needle.back()) != std::string_view::npos) needle.remove_suffix(1);
  while (!needle.empty() && needle.front() == ' ') needle.remove_prefix(1);
  if (needle.empty()) return std::nullopt;
  for (size_t at = plain_.find(needle); at != std::string::npos; at = plain_.find(needle, at + 1)) {
    const size_t end = at + needle.size();
    const bool begins_within = at > 0 && IsWordByte(needle.front()) && (IsWordByte(plain_[at - 1]) || plain_[at - 1] == '_');
    if (begins_within || EndsWithin(plain_, end, needle.back())) continue;
    return ByteSpan{origin_[at], behind_[end - 1]};
  }
  return std::nullopt;
}

std::optional<ByteSpan> PlainText::FindLines(std::string_view text) const {
  std::optional<ByteSpan> all;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, end - start);
    start = end + 1;
    if (line.find_first_not_of(kSpace) == std::string_view::npos) continue;
    const auto span = Find(line);
    if (!span) return std::nullopt;
    all = all ? ByteSpan{std::min(all->start, span->start), std::max(all->end, span->end)} : *span;
  }
  return all;
}

}  // namespace quire::chat
