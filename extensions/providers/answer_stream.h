// AnswerStream: one request whose answer comes in pieces, read, told on and bounded.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "extensions/providers/http.h"
#include "sql/registry/generator.h"

namespace quire::providers {

inline constexpr size_t kAnswerBytesMax = size_t{1} << 20;   // of the text of an answer
inline constexpr size_t kStreamBytesMax = size_t{64} << 20;  // of all a server sends for it

// What a decoder of a provider's messages writes to.
class AnswerStream {
 public:
  explicit AnswerStream(const sql::GeneratorRequest& request);

  // A piece of the answer. Too much of it, or a listener who wants no more, ends the stream.
  void Write(std::string_view text);
  void SetTokensIn(int64_t tokens) { generation_.tokens_in = tokens; }
  void SetTokensOut(int64_t tokens) { generation_.tokens_out = tokens; }
  // The answer is whole, or why it is not. The first one counts, but for kWhole.
  void End(sql::Generation::End end);
  // Nothing comes any more.
  void Close() { closed_ = true; }

  const std::string& text() const { return generation_.text; }
  bool has_end() const { return has_end_; }
  bool closed() const { return closed_; }
  sql::Generation Take() { return std::move(generation_); }

 private:
  const sql::GeneratorRequest& request_;
  const size_t bytes_max_;
  sql::Generation generation_;
  bool has_end_ = false;
  bool closed_ = false;
};

// Takes one message of a server: of an event stream, or a line. Errors end the answer: kUnavailable.
using DecodeMessage = std::function<Status(const nlohmann::json& message, AnswerStream* stream)>;
enum class Framing : uint8_t { kEvents, kLines };

struct StreamedRequest {
  HttpRequest http{};
  RetryPolicy retries{};
  Framing framing = Framing::kEvents;
  DecodeMessage decode{};
  std::string key{};  // not to be seen in what fails
};

// Sends it and reads the answer to its end. Where `refusal` is not null, an answer with another status than 2xx is given there, with
// kUnavailable. Errors: as Generator::Generate.
Result<sql::Generation> StreamAnswer(HttpClient& client, StreamedRequest streamed, const sql::GeneratorRequest& request,
                                     HttpResponse* refusal);

}  // namespace quire::providers
