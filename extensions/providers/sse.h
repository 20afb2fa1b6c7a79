// Streams of lines and of server-sent events, cut from bytes as they arrive, in whatever pieces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/function_ref.h"
#include "quire/status.h"

namespace quire::providers {

inline constexpr size_t kLineBytesMax = size_t{4} << 20;  // of a line, and of the data of an event

// Cuts bytes into lines, which end with LF, CRLF or CR. An UTF-8 character that is split between reads is whole in its line.
class LineCutter {
 public:
  using Take = function_ref<Status(std::string_view line)>;  // without its end
  // Errors: those of `take`; kResourceExhausted for a line above kLineBytesMax. Nothing is taken after one.
  Status Feed(std::string_view bytes, Take take);
  // The bytes are over: the last line, if it has no end.
  Status End(Take take);

 private:
  std::string line_;
  bool after_return_ = false;
};

struct SseEvent {
  std::string_view name{};  // "message" where the stream does not say
  std::string_view data{};  // its data lines, with \n between
};

// Events as the HTML standard defines them: comments are passed over, `id` and `retry` mean nothing here, an event without data
// is none. Unlike there, an event that the end of the stream cuts off is given: servers forget the last empty line.
class SseParser {
 public:
  using Take = function_ref<Status(const SseEvent& event)>;
  // Errors: those of `take`; kResourceExhausted for a line or data above kLineBytesMax.
  Status Feed(std::string_view bytes, Take take);
  Status End(Take take);

 private:
  Status TakeLine(std::string_view line, Take take);
  Status Dispatch(Take take);

  LineCutter lines_;
  bool begun_ = false;  // the first line, which may have a byte order mark, was seen
  std::string name_;
  std::string data_;
  bool has_data_ = false;
};

}  // namespace quire::providers
