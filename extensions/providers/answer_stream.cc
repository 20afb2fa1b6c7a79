#include "extensions/providers/answer_stream.h"

#include <algorithm>

#include "engine/base/utf8.h"
#include "extensions/providers/answer_reader.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

using End = sql::Generation::End;

constexpr size_t kBytesOfAToken = 32;  // no tokenizer has tokens that are longer on average

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
  AnswerReader reader(streamed.framing, streamed.decode, streamed.key, &stream);
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
  if (one_message) {  // as one event: it may stand on many lines, which JSON has between its parts only
    std::replace_if(body.begin(), body.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    reader.Feed("data: " + body + "\n\n");
  }
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
