#include "extensions/providers/answer_reader.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "extensions/providers/wire.h"

namespace quire::providers {

AnswerReader::AnswerReader(Framing framing, DecodeMessage decode, std::string key, AnswerStream* stream)
    : framing_(framing), decode_(std::move(decode)), key_(std::move(key)), stream_(stream) {}

bool AnswerReader::Feed(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kStreamBytesMax) {
    failure_ = Status(Code::kResourceExhausted, "the answer's stream is larger than " + std::to_string(kStreamBytesMax >> 20) + " MiB");
  } else if (framing_ == Framing::kLines) {
    failure_ = lines_.Feed(bytes, [this](std::string_view line) { return TakeMessage(line); });
  } else {
    failure_ = events_.Feed(bytes, [this](const SseEvent& event) { return TakeMessage(event.data); });
  }
  return failure_.ok() && !stream_->closed();
}

void AnswerReader::Finish() {
  if (!failure_.ok() || stream_->closed()) return;
  failure_ = framing_ == Framing::kLines ? lines_.End([this](std::string_view line) { return TakeMessage(line); })
                                         : events_.End([this](const SseEvent& event) { return TakeMessage(event.data); });
}

Status AnswerReader::TakeMessage(std::string_view text) {
  if (stream_->closed()) return {};
  if (text.find_first_not_of(" \t") == std::string_view::npos) return {};
  if (text == "[DONE]") return stream_->End(sql::Generation::End::kWhole), stream_->Close(), Status();
  const auto message = nlohmann::json::parse(ValidUtf8(text), nullptr, false);
  if (!message.is_object()) {
    return Status(Code::kUnavailable, "it sent what is no message: " + MessageOf(text, key_));
  }
  if (message.contains("error") && !message["error"].is_null()) {
    return Status(Code::kUnavailable, "it broke off: " + MessageOf(text, key_));
  }
  return decode_(message, stream_);
}

}  // namespace quire::providers
