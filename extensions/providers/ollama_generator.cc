#include "extensions/providers/ollama_generator.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "extensions/providers/answer_stream.h"
#include "extensions/providers/generator_settings.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

using Json = nlohmann::json;
using End = sql::Generation::End;

// OLLAMA_HOST as its own programs read it: the scheme and the port may be missing, and 0.0.0.0 is what a server listens at.
std::string HostOf(const char* variable) {
  std::string host = variable == nullptr ? "" : variable;
  if (host.empty()) return "http://127.0.0.1:11434";
  if (host.find("://") == std::string::npos) host = "http://" + host;
  const size_t begin = host.find("://") + 3;
  if (host.compare(begin, 7, "0.0.0.0") == 0) host.replace(begin, 7, "127.0.0.1");
  const bool http = host.rfind("http://", 0) == 0;
  return http && host.find(':', begin) == std::string::npos ? host + ":11434" : host;
}

Status Decode(const Json& message, AnswerStream* stream) {
  if (message.contains("message") && message["message"].is_object()) {
    const Json content = message["message"].value("content", Json());
    if (content.is_string()) stream->Write(content.get_ref<const std::string&>());
  }
  if (!message.contains("done") || message["done"] != true) return {};
  const auto count = [&](const char* name) { return message.contains(name) && message[name].is_number_integer() ? message[name].get<int64_t>() : -1; };
  stream->SetTokensIn(count("prompt_eval_count"));
  stream->SetTokensOut(count("eval_count"));
  stream->End(message.contains("done_reason") && message["done_reason"] == "length" ? End::kLength : End::kWhole);
  return {};
}

class OllamaGenerator final : public sql::Generator {
 public:
  explicit OllamaGenerator(GeneratorSettings settings) : settings_(std::move(settings)) {}

  Result<sql::Generation> Generate(const sql::GeneratorRequest& request) const override {
    QUIRE_ASSIGN_OR_RETURN(const std::string key, ReadKey(settings_.key_variable));
    StreamedRequest streamed{.retries = settings_.retries, .framing = Framing::kLines, .decode = OllamaDecoder(), .key = key};
    streamed.http.url = settings_.endpoint + "/api/chat";
    streamed.http.headers = {"Content-Type: application/json"};
    if (!key.empty()) streamed.http.headers.push_back("Authorization: Bearer " + key);
    streamed.http.timeout = settings_.timeout;
    streamed.http.body = BodyOf(request);
    return StreamAnswer(client_, std::move(streamed), request, nullptr);
  }

 private:
  std::string BodyOf(const sql::GeneratorRequest& request) const {
    Json options = {{"num_ctx", request.context_tokens}, {"num_predict", request.answer_tokens}};
    if (settings_.temperature) options["temperature"] = *settings_.temperature;
    if (settings_.top_p) options["top_p"] = *settings_.top_p;
    if (settings_.seed) options["seed"] = *settings_.seed;
    Json messages = Json::array();
    if (!request.system.empty()) messages.push_back({{"role", "system"}, {"content", request.system}});
    for (const sql::GeneratorMessage& message : request.messages) {
      const bool user = message.role == sql::GeneratorMessage::Role::kUser;
      messages.push_back({{"role", user ? "user" : "assistant"}, {"content", message.text}});
    }
    const Json body = {{"model", settings_.model}, {"messages", std::move(messages)}, {"stream", true}, {"options", std::move(options)}};
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const GeneratorSettings settings_;
  mutable HttpClient client_;
};

}  // namespace

DecodeMessage OllamaDecoder() { return Decode; }

Result<std::shared_ptr<const sql::Generator>> MakeOllamaGenerator(const sql::ModelDefinition& definition) {
  QUIRE_ASSIGN_OR_RETURN(GeneratorSettings settings,
                         ReadGeneratorSettings(definition, {.endpoint = HostOf(std::getenv("OLLAMA_HOST")), .key_variable = ""}));
  return std::shared_ptr<const sql::Generator>(std::make_shared<OllamaGenerator>(std::move(settings)));
}

}  // namespace quire::providers
