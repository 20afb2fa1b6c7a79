#include "extensions/providers/openai_generator.h"

#include <atomic>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "extensions/providers/answer_stream.h"
#include "extensions/providers/generator_settings.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

using Json = nlohmann::json;
using End = sql::Generation::End;

// What servers differ in. Found out by a refusal, then kept.
constexpr unsigned kCompletionTokens = 1;  // max_completion_tokens in place of max_tokens
constexpr unsigned kNoTemperature = 2;
constexpr unsigned kNoSeed = 4;
constexpr unsigned kNoStreamOptions = 8;

// The quirk that a refusal tells of, or 0. Servers name the field in `param`, or only in their message.
unsigned QuirkOf(const HttpResponse& response) {
  if (response.status != 400 && response.status != 422) return 0;
  const std::string& body = response.body;
  if (body.find("max_completion_tokens") != std::string::npos) return kCompletionTokens;
  if (body.find("temperature") != std::string::npos || body.find("top_p") != std::string::npos) return kNoTemperature;
  if (body.find("stream_options") != std::string::npos) return kNoStreamOptions;
  return body.find("seed") != std::string::npos ? kNoSeed : 0;
}

End EndOf(const std::string& reason) {
  return reason == "length" ? End::kLength : reason == "content_filter" ? End::kFiltered : End::kWhole;
}

int64_t Count(const Json& object, const char* name) {
  return object.contains(name) && object[name].is_number_integer() ? object[name].get<int64_t>() : -1;
}

// Text, or parts of it: [{"type": "text", "text": "..."}].
void WriteContent(const Json& content, AnswerStream* stream) {
  if (content.is_string()) return stream->Write(content.get_ref<const std::string&>());
  if (!content.is_array()) return;
  for (const Json& part : content) {
    if (part.is_object() && part.contains("text") && part["text"].is_string()) stream->Write(part["text"].get_ref<const std::string&>());
  }
}

Status Decode(const Json& message, AnswerStream* stream) {
  if (message.contains("usage") && message["usage"].is_object()) {
    stream->SetTokensIn(Count(message["usage"], "prompt_tokens"));
    stream->SetTokensOut(Count(message["usage"], "completion_tokens"));
  }
  if (!message.contains("choices") || !message["choices"].is_array() || message["choices"].empty()) return {};
  const Json& choice = message["choices"][0];
  if (!choice.is_object()) return {};
  for (const char* name : {"delta", "message"}) {  // of a stream, and of a server that does not
    if (choice.contains(name) && choice[name].is_object() && choice[name].contains("content")) {
      WriteContent(choice[name]["content"], stream);
    }
  }
  if (choice.contains("finish_reason") && choice["finish_reason"].is_string()) {
    stream->End(EndOf(choice["finish_reason"].get_ref<const std::string&>()));
  }
  return {};
}

class OpenAiGenerator final : public sql::Generator {
 public:
  explicit OpenAiGenerator(GeneratorSettings settings) : settings_(std::move(settings)) {}

  Result<sql::Generation> Generate(const sql::GeneratorRequest& request) const override {
    QUIRE_ASSIGN_OR_RETURN(const std::string key, ReadKey(settings_.key_variable));
    for (int tries = 0;; ++tries) {
      const unsigned quirks = quirks_.load(std::memory_order_relaxed);
      StreamedRequest streamed{.retries = settings_.retries, .decode = OpenAiDecoder(), .key = key};
      streamed.http.url = settings_.endpoint + "/chat/completions";
      streamed.http.headers = {"Content-Type: application/json", "Accept: text/event-stream"};
      if (!key.empty()) streamed.http.headers.push_back("Authorization: Bearer " + key);
      streamed.http.timeout = settings_.timeout;
      streamed.http.body = BodyOf(request, quirks);
      HttpResponse refusal;
      Result<sql::Generation> generation = StreamAnswer(client_, std::move(streamed), request, &refusal);
      const unsigned quirk = generation.ok() ? 0 : QuirkOf(refusal);
      if (quirk == 0 || (quirks & quirk) != 0 || tries > 3) return generation;
      quirks_.fetch_or(quirk, std::memory_order_relaxed);
    }
  }

 private:
  std::string BodyOf(const sql::GeneratorRequest& request, unsigned quirks) const {
    Json body = {{"model", settings_.model}, {"stream", true}};
    Json messages = Json::array();
    if (!request.system.empty()) messages.push_back({{"role", "system"}, {"content", request.system}});
    for (const sql::GeneratorMessage& message : request.messages) {
      const bool user = message.role == sql::GeneratorMessage::Role::kUser;
      messages.push_back({{"role", user ? "user" : "assistant"}, {"content", message.text}});
    }
    body["messages"] = std::move(messages);
    body[(quirks & kCompletionTokens) != 0 ? "max_completion_tokens" : "max_tokens"] = request.answer_tokens;
    if ((quirks & kNoStreamOptions) == 0) body["stream_options"] = {{"include_usage", true}};
    if ((quirks & kNoTemperature) == 0) {
      if (settings_.temperature) body["temperature"] = *settings_.temperature;
      if (settings_.top_p) body["top_p"] = *settings_.top_p;
    }
    if ((quirks & kNoSeed) == 0 && settings_.seed) body["seed"] = *settings_.seed;
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const GeneratorSettings settings_;
  mutable HttpClient client_;
  mutable std::atomic<unsigned> quirks_{0};
};

}  // namespace

DecodeMessage OpenAiDecoder() { return Decode; }

Result<std::shared_ptr<const sql::Generator>> MakeOpenAiGenerator(const sql::ModelDefinition& definition) {
  const char* base = std::getenv("OPENAI_BASE_URL");
  const bool own = base != nullptr && *base != '\0';
  QUIRE_ASSIGN_OR_RETURN(
      GeneratorSettings settings,
      ReadGeneratorSettings(definition, {.endpoint = own ? base : "https://api.openai.com/v1", .key_variable = "OPENAI_API_KEY"}));
  return std::shared_ptr<const sql::Generator>(std::make_shared<OpenAiGenerator>(std::move(settings)));
}

}  // namespace quire::providers
