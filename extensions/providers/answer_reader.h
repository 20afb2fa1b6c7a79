// AnswerReader: an answer out of the bytes of a server, in whatever pieces they arrive.
#pragma once

#include <string>
#include <string_view>

#include "extensions/providers/answer_stream.h"
#include "extensions/providers/sse.h"

namespace quire::providers {

class AnswerReader {
 public:
  // Writes to `stream`, which must live as long. `key` is not seen in what fails.
  AnswerReader(Framing framing, DecodeMessage decode, std::string key, AnswerStream* stream);

  // False: no more is wanted, for the answer is whole or failure() says why not.
  bool Feed(std::string_view bytes);
  // The bytes are over.
  void Finish();
  // kUnavailable (no message, or the server says that it failed), kResourceExhausted.
  const Status& failure() const { return failure_; }

 private:
  Status TakeMessage(std::string_view text);

  const Framing framing_;
  const DecodeMessage decode_;
  const std::string key_;
  AnswerStream* const stream_;
  LineCutter lines_;
  SseParser events_;
  size_t bytes_ = 0;
  Status failure_;
};

}  // namespace quire::providers
