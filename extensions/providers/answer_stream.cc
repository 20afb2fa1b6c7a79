#include "extensions/providers/answer_stream.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/utf8.h"
#include "extensions/providers/sse.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

using Json = nlohmann::json;
using End = sql::Generation::End;

constexpr size_t kBytesOfAToken = 32;  // no tokenizer has tokens that are longer on average

// Reads one answer from the bytes of a body.
class AnswerReader {
 public:
  AnswerReader(const StreamedRequest& streamed, AnswerStream* stream) : streamed_(streamed), stream_(stream) {}

  // False: no more is wanted.
  bool Feed(std::string_view bytes) {
    bytes_ += bytes.size();
    if (bytes_ > kStreamBytesMax) {
      failure_ = Status(Code::kResourceExhausted, "the answer's stream is larger than " + std::to_string(kStreamBytesMax >> 20) + " MiB");
    } else if (streamed_.framing == Framing::kLines) {
      failure_ = lines_.Feed(bytes, [this](std::string_view line) { return TakeMessage(line); });
    } else {
      failure_ = events_.Feed(bytes, [this](const SseEvent& event) { return TakeMessage(event.data); });
    }
    return failure_.ok() && !stream_->closed();
  }
  // The body is over.
  void Finish() {
    if (!failure_.ok() || stream_->closed()) return;
    failure_ = streamed_.framing == Framing::kLines ? lines_.End([this](std::string_view line) { return TakeMessage(line); })
                                                    : events_.End([this](const SseEvent& event) { return TakeMessage(event.data); });
  }
  const Status& failure() const { return failure_; }

 private:
  Status TakeMessage(std::string_view text) {
    if (stream_->closed()) return {};
    if (text.find_first_not_of(" \t") == std::string_view::npos) return {};
    if (text == "[DONE]") return stream_->End(End::kWhole), stream_->Close(), Status();
    const Json message = Json::parse(ValidUtf8(text), nullptr, false);
    if (!message.is_object()) {
      return Status(Code::kUnavailable, "it sent what is no message: " + MessageOf(text, streamed_.key));
    }
    if (message.contains("error") && !message["error"].is_null()) {
      return Status(Code::kUnavailable, "it broke off: " + MessageOf(text, streamed_.key));
    }
    return streamed_.decode(message, stream_);
  }

  const StreamedRequest& streamed_;
  AnswerStream* stream_;
  LineCutter lines_;
  SseParser events_;
  size_t bytes_ = 0;
  Status failure_;
};

// A server that does not stream, though it was asked to, sends one message.
bool IsOneMessage(std::string_view body) {
  const size_t begin = body.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && body[begin] == '{';
}

}  // namespace

AnswerStream::AnswerStream(const sql::GeneratorRequest& request)
    : request_(request),
      bytes_max_(std::clamp(static_cast<size_t>(std::max<int64_t>(request.answer_tokens, 0)) * kBytesOfAToken, size_t{4096},
                            kAnswerBytesMax)) {}

void AnswerStream::Write(std::string_view text) {
  if (closed_ || text.empty()) return;
  const size_t room = bytes_max_ - generation_.text.size();
  const std::string_view piece = Utf8Prefix(text, room);
  generation_.text += piece;
  if (!piece.empty() && request_.on_text && !request_.on_text(piece)) {
    End(End::kStopped);
    Close();
  } else if (piece.size() < text.size()) {
    End(End::kLength);
    Close();
  }
}

void AnswerStream::End(sql::Generation::End end) {
  if (!has_end_ || generation_.end == sql::Generation::End::kWhole) generation_.end = end;
  has_end_ = true;
}

Result<sql::Generation> StreamAnswer(HttpClient& client, StreamedRequest streamed, const sql::GeneratorRequest& request,
                                     HttpResponse* refusal) {
  AnswerStream stream(request);
  AnswerReader reader(streamed, &stream);
  bool first = true, one_message = false;
  std::string body;
  streamed.http.cancelled = request.cancelled;
  streamed.http.on_data = [&](std::string_view bytes) {
    if (first) one_message = streamed.framing == Framing::kEvents && IsOneMessage(bytes);
    first = false;
    if (!one_message) return reader.Feed(bytes);
    body += bytes;
    return body.size() <= kStreamBytesMax;
  };
  const Result<HttpResponse> response = client.SendAgain(streamed.http, streamed.retries);
  if (response.ok() && (response->status < 200 || response->status > 299)) {
    if (refusal != nullptr) *refusal = *response;
    return Status(Code::kUnavailable, "the endpoint answered " + std::to_string(response->status) + ": " +
                                          MessageOf(response->body, streamed.key));
  }
  if (one_message) reader.Feed("data: " + body + "\n\n");
  if (response.ok()) reader.Finish();
  Status failure = reader.failure();
  if (failure.ok() && !response.ok() && !stream.closed() && !stream.has_end()) failure = response.status();
  if (failure.ok() && !stream.has_end()) failure = Status(Code::kUnavailable, "the endpoint ended the stream before its answer was whole");
  sql::Generation generation = stream.Take();
  if (generation.text.empty() && generation.end != End::kStopped) {
    return failure.ok() ? Status(Code::kUnavailable, "the endpoint gave an empty answer") : failure;
  }
  if (failure.code() == Code::kCancelled) return failure;
  generation.failure = std::move(failure);
  return generation;
}

}  // namespace quire::providers
