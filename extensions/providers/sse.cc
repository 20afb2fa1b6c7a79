#include "extensions/providers/sse.h"

namespace quire::providers {
namespace {

Status TooLong(std::string_view what) {
  return Status(Code::kResourceExhausted,
                "the stream has " + std::string(what) + " of more than " + std::to_string(kLineBytesMax >> 20) + " MiB");
}

}  // namespace

Status LineCutter::Feed(std::string_view bytes, Take take) {
  while (!bytes.empty()) {
    if (after_return_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_return_ = false;
    const size_t end = bytes.find_first_of("\r\n");
    const bool whole = end != std::string_view::npos;
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() > kLineBytesMax) return TooLong("a line");
    bytes.remove_prefix(whole ? end : bytes.size());
    if (!whole) {
      line_ += part;
      return {};
    }
    after_return_ = bytes.front() == '\r';
    bytes.remove_prefix(1);
    if (line_.empty()) {
      QUIRE_RETURN_IF_ERROR(take(part));
    } else {
      line_ += part;
      const std::string line = std::move(line_);
      line_.clear();
      QUIRE_RETURN_IF_ERROR(take(line));
    }
  }
  return {};
}

Status LineCutter::End(Take take) {
  const std::string line = std::move(line_);
  line_.clear();
  return line.empty() ? Status() : take(line);
}

Status SseParser::Feed(std::string_view bytes, Take take) {
  return lines_.Feed(bytes, [&](std::string_view line) { return TakeLine(line, take); });
}

Status SseParser::End(Take take) {
  QUIRE_RETURN_IF_ERROR(lines_.End([&](std::string_view line) { return TakeLine(line, take); }));
  return Dispatch(take);
}

Status SseParser::TakeLine(std::string_view line, Take take) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (!begun_ && line.substr(0, kMark.size()) == kMark) line.remove_prefix(kMark.size());
  begun_ = true;
  if (line.empty()) return Dispatch(take);
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (field == "event") name_ = value;
  if (field != "data") return {};
  if (data_.size() + value.size() > kLineBytesMax) return TooLong("an event");
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
  return {};
}

Status SseParser::Dispatch(Take take) {
  const std::string name = std::move(name_), data = std::move(data_);
  const bool has_data = has_data_;
  name_.clear();
  data_.clear();
  has_data_ = false;
  if (!has_data) return {};
  return take({.name = name.empty() ? std::string_view("message") : std::string_view(name), .data = data});
}

}  // namespace quire::providers
