#include "extensions/providers/anthropic_generator.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "extensions/providers/answer_stream.h"
#include "extensions/providers/generator_settings.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

using Json = nlohmann::json;
using End = sql::Generation::End;

Json Member(const Json& object, const char* name) { return object.is_object() ? object.value(name, Json()) : Json(); }

// One message of the API, read event by event.
class MessageReader {
 public:
  explicit MessageReader(size_t sources) : sources_(sources) {}

  Status Take(const Json& event, AnswerStream* stream) {
    const Json type = Member(event, "type");
    if (type == "message_start") TakeUsage(Member(Member(event, "message"), "usage"), stream);
    if (type == "message_delta") {
      TakeUsage(Member(event, "usage"), stream);
      TakeEnd(Member(Member(event, "delta"), "stop_reason"), stream);
    }
    if (type == "content_block_delta") TakeDelta(Member(event, "delta"), stream);
    if (type == "content_block_stop") WriteCitations(stream);
    if (type == "message_stop") {
      if (!stream->has_end()) stream->End(End::kWhole);
      stream->Close();
    }
    if (type == "message") TakeWhole(event, stream);
    return {};
  }

 private:
  static void TakeUsage(const Json& usage, AnswerStream* stream) {
    const Json in = Member(usage, "input_tokens"), out = Member(usage, "output_tokens");
    if (in.is_number_integer()) stream->SetTokensIn(in.get<int64_t>());
    if (out.is_number_integer()) stream->SetTokensOut(out.get<int64_t>());
  }
  static void TakeEnd(const Json& reason, AnswerStream* stream) {
    if (reason.is_string()) stream->End(reason == "max_tokens" ? End::kLength : reason == "refusal" ? End::kFiltered : End::kWhole);
  }
  void TakeDelta(const Json& delta, AnswerStream* stream) {
    const Json text = Member(delta, "text");
    if (Member(delta, "type") == "text_delta" && text.is_string()) stream->Write(text.get_ref<const std::string&>());
    if (Member(delta, "type") == "citations_delta") TakeCitation(Member(delta, "citation"));
  }
  void TakeCitation(const Json& citation) {
    const Json index = Member(citation, "search_result_index");
    if (index.is_number_unsigned() && index.get<uint64_t>() < sources_) cited_.insert(index.get<uint64_t>() + 1);
  }
  // Behind the block that they belong to.
  void WriteCitations(AnswerStream* stream) {
    std::string numbers;
    for (const uint64_t number : cited_) numbers += "[" + std::to_string(number) + "]";
    cited_.clear();
    if (!numbers.empty()) stream->Write(" " + numbers);
  }
  // A server that does not stream, though it was asked to.
  void TakeWhole(const Json& message, AnswerStream* stream) {
    TakeUsage(Member(message, "usage"), stream);
    for (const Json& block : Member(message, "content")) {
      const Json text = Member(block, "text");
      if (text.is_string()) stream->Write(text.get_ref<const std::string&>());
      for (const Json& citation : Member(block, "citations")) TakeCitation(citation);
      WriteCitations(stream);
    }
    TakeEnd(Member(message, "stop_reason"), stream);
  }

  const size_t sources_;
  std::set<uint64_t> cited_;  // by the block that is being read
};

class AnthropicGenerator final : public sql::Generator {
 public:
  explicit AnthropicGenerator(GeneratorSettings settings) : settings_(std::move(settings)) {}

  bool takes_sources() const override { return true; }

  Result<sql::Generation> Generate(const sql::GeneratorRequest& request) const override {
    QUIRE_ASSIGN_OR_RETURN(const std::string key, ReadKey(settings_.key_variable));
    StreamedRequest streamed{.retries = settings_.retries, .decode = AnthropicDecoder(request.sources.size()), .key = key};
    streamed.http.url = settings_.endpoint + "/v1/messages";
    streamed.http.headers = {"Content-Type: application/json", "anthropic-version: 2023-06-01"};
    if (!key.empty()) streamed.http.headers.push_back("x-api-key: " + key);
    streamed.http.timeout = settings_.timeout;
    streamed.http.body = BodyOf(request);
    return StreamAnswer(client_, std::move(streamed), request, nullptr);
  }

 private:
  static Json SearchResult(const sql::GeneratorSource& source) {
    Json parts = Json::array();
    for (const std::string& part : source.parts) parts.push_back({{"type", "text"}, {"text", part}});
    return {{"type", "search_result"}, {"source", source.place}, {"title", source.title}, {"content", std::move(parts)},
            {"citations", {{"enabled", true}}}};
  }

  std::string BodyOf(const sql::GeneratorRequest& request) const {
    Json messages = Json::array();
    for (size_t i = 0; i < request.messages.size(); ++i) {
      const sql::GeneratorMessage& message = request.messages[i];
      const bool user = message.role == sql::GeneratorMessage::Role::kUser;
      Json content = Json::array();
      if (i + 1 == request.messages.size()) {
        for (const sql::GeneratorSource& source : request.sources) content.push_back(SearchResult(source));
      }
      content.push_back({{"type", "text"}, {"text", message.text}});
      messages.push_back({{"role", user ? "user" : "assistant"}, {"content", std::move(content)}});
    }
    Json body = {{"model", settings_.model}, {"max_tokens", request.answer_tokens}, {"messages", std::move(messages)}, {"stream", true}};
    if (!request.system.empty()) body["system"] = request.system;
    if (settings_.temperature) body["temperature"] = *settings_.temperature;
    if (settings_.top_p) body["top_p"] = *settings_.top_p;
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const GeneratorSettings settings_;
  mutable HttpClient client_;
};

}  // namespace

DecodeMessage AnthropicDecoder(size_t sources) {
  return [reader = MessageReader(sources)](const Json& event, AnswerStream* stream) mutable { return reader.Take(event, stream); };
}

Result<std::shared_ptr<const sql::Generator>> MakeAnthropicGenerator(const sql::ModelDefinition& definition) {
  const char* base = std::getenv("ANTHROPIC_BASE_URL");
  const bool own = base != nullptr && *base != '\0';
  QUIRE_ASSIGN_OR_RETURN(
      GeneratorSettings settings,
      ReadGeneratorSettings(definition, {.endpoint = own ? base : "https://api.anthropic.com", .key_variable = "ANTHROPIC_API_KEY"}));
  return std::shared_ptr<const sql::Generator>(std::make_shared<AnthropicGenerator>(std::move(settings)));
}

}  // namespace quire::providers
