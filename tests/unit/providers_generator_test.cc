// Generators over a real socket: what they send, how they read each provider's stream, and everything that goes wrong.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "extensions/providers/answer_stream.h"
#include "extensions/providers/register.h"
#include "tests/unit/support/scripted_server.h"

namespace quire::providers {
namespace {

using quire::testing::ScriptedServer;
using Json = nlohmann::json;
using Reply = ScriptedServer::Reply;
using Options = std::vector<std::pair<std::string, std::string>>;
using End = sql::Generation::End;

std::string Fixture(const std::string& name) {
  std::ifstream file(std::string(QUIRE_SOURCE_DIR) + "/tests/unit/wire/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::shared_ptr<const sql::Generator> Make(const std::string& provider, Options options) {
  sql::Registry registry;
  REQUIRE(RegisterProviders(&registry).ok());
  options.emplace_back("model", "m");
  options.emplace_back("retries", "0");
  auto made = registry.generator_providers().at(provider)({.name = "support", .version = 1, .provider = provider, .options = options});
  INFO(made.status().ToString());
  REQUIRE(made.ok());
  return *made;
}

sql::GeneratorRequest Question() {
  sql::GeneratorRequest request;
  request.system = "Be brief.";
  request.messages = {{sql::GeneratorMessage::Role::kUser, "Earlier?"},
                      {sql::GeneratorMessage::Role::kAssistant, "Yes."},
                      {sql::GeneratorMessage::Role::kUser, "Which port?"}};
  request.answer_tokens = 300;
  request.context_tokens = 4096;
  return request;
}

// An endpoint that answers every request with one reply, and a generator that asks there.
struct Endpoint {
  explicit Endpoint(Reply reply, const std::string& provider = "openai", Options options = {})
      : server([reply](const ScriptedServer::Request&, size_t) { return reply; }) {
    options.emplace_back("endpoint", server.url());
    generator = Make(provider, std::move(options));
  }
  Result<sql::Generation> Ask() {
    sql::GeneratorRequest request = Question();
    request.on_text = [this](std::string_view text) { return heard += text, true; };
    return generator->Generate(request);
  }
  Json Sent(size_t number = 0) const { return Json::parse(server.requests().at(number).body); }

  ScriptedServer server;
  std::shared_ptr<const sql::Generator> generator;
  std::string heard;
};

std::string Delta(const std::string& text) { return R"(data: {"choices":[{"delta":{"content":")" + text + "\"}}]}\n\n"; }
const std::string kStop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

TEST_CASE("openai: the recorded stream, in pieces of every size", "[providers]") {
  const std::string stream = Fixture("openai.sse");
  for (const size_t size : {size_t{1}, size_t{3}, size_t{50}, stream.size()}) {
    Reply reply;
    for (size_t at = 0; at < stream.size(); at += size) reply.pieces.push_back(stream.substr(at, size));
    Endpoint endpoint(reply);
    const auto generation = endpoint.Ask();
    INFO(generation.status().ToString());
    REQUIRE(generation.ok());
    CHECK(generation->text == "The port is 8080 [1]. Gr\xC3\xB6\xC3\x9F" "e \xF0\x9F\x98\x80");
    CHECK(endpoint.heard == generation->text);
    CHECK(generation->failure.ok());
    CHECK(generation->end == End::kWhole);
    CHECK(generation->tokens_in == 19);
    CHECK(generation->tokens_out == 10);
    const Json sent = endpoint.Sent();
    CHECK(sent["model"] == "m");
    CHECK(sent["stream"] == true);
    CHECK(sent["stream_options"]["include_usage"] == true);
    CHECK(sent["temperature"] == 0);
    CHECK(sent["max_tokens"] == 300);
    CHECK(sent["messages"] == Json::parse(R"([{"role":"system","content":"Be brief."},{"role":"user","content":"Earlier?"},
                                              {"role":"assistant","content":"Yes."},{"role":"user","content":"Which port?"}])"));
    CHECK(endpoint.server.requests()[0].head.rfind("POST /chat/completions", 0) == 0);
  }
}

TEST_CASE("openai: a server that does not stream", "[providers]") {
  Endpoint endpoint({.body = R"({"choices":[{"message":{"content":[{"type":"text","text":"8080"}]},"finish_reason":"length"}],"usage":{"prompt_tokens":1}})"});
  const auto generation = endpoint.Ask();
  REQUIRE(generation.ok());
  CHECK(generation->text == "8080");
  CHECK(generation->end == End::kLength);
  CHECK(generation->tokens_in == 1);
  CHECK(generation->tokens_out == -1);
}

TEST_CASE("openai: what a server does not take is asked for otherwise, once", "[providers]") {
  const ScriptedServer server([](const ScriptedServer::Request& request, size_t) -> Reply {
    const Json body = Json::parse(request.body);
    if (body.contains("max_tokens")) {
      return {.status = 400, .body = R"({"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.","param":"max_tokens"}})"};
    }
    if (body.contains("temperature")) return {.status = 400, .body = R"({"error":{"message":"Unsupported value","param":"temperature"}})"};
    return {.body = Delta("8080") + kStop};
  });
  const auto generator = Make("openai", {{"endpoint", server.url()}});
  CHECK(generator->Generate(Question())->text == "8080");
  CHECK(server.requests().size() == 3);
  CHECK(Json::parse(server.requests()[2].body)["max_completion_tokens"] == 300);
  CHECK(generator->Generate(Question())->text == "8080");
  CHECK(server.requests().size() == 4);  // and it is known from then on
  Endpoint stubborn({.status = 400, .body = R"({"error":{"message":"temperature"}})"});
  CHECK(stubborn.Ask().status().code() == Code::kUnavailable);
  CHECK(stubborn.server.requests().size() == 2);
}

TEST_CASE("openai: streams that break", "[providers]") {
  struct Case {
    Reply reply;
    std::string text;     // "": an error, whose message has `says`
    std::string says;     // of the failure; "": there is none
  };
  const Case cases[] = {
      {{.body = Delta("half")}, "half", "ended the stream before its answer was whole"},
      {{.body = Delta("half") + kStop + "data: [DONE]\n\n", .half = true}, "half", "cannot be reached"},
      {{.body = Delta("some") + "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n"}, "some", "broke off: overloaded"},
      {{.body = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n"}, "", "broke off: overloaded"},
      {{.body = Delta("some") + "data: {\"choi\n\n"}, "some", "sent what is no message"},
      {{.body = "data: nonsense\n\n"}, "", "sent what is no message: nonsense"},
      {{.body = "<html>hello</html>"}, "", "ended the stream before its answer was whole"},
      {{.body = kStop}, "", "gave an empty answer"},
      {{.body = "data: [DONE]\n\n"}, "", "gave an empty answer"},
      {{.body = ""}, "", "ended the stream"},
      {{.body = Delta("done") + kStop}, "done", ""},  // without [DONE]
      {{.body = Delta("done") + "data: [DONE]\n\n" + Delta("more")}, "done", ""},
      {{.body = "data: 7\n\n"}, "", "no message"},
      {{.body = "data: {\"choices\":7}\n\ndata: {\"choices\":[7]}\n\ndata: {\"choices\":[{\"delta\":7}]}\n\ndata: {\"usage\":7}\n\n" + Delta("x") + kStop}, "x", ""},
      {{.body = Delta("split \\ud83d") + kStop}, "", "no message"},  // half of a surrogate pair
      {{.body = "data: {\"choices\":[{\"delta\":{\"content\":\"cut \xF0\x9F\"}}]}\n\n" + kStop}, "cut \xEF\xBF\xBD", ""},
      {{.status = 401, .body = R"({"error":{"code":401,"message":"Invalid API Key"}})"}, "", "answered 401: Invalid API Key"},
      {{.status = 302, .body = "", .headers = "Location: http://127.0.0.1:1/\r\n"}, "", "answered 302"},
  };
  for (const Case& one : cases) {
    Endpoint endpoint(one.reply);
    const auto generation = endpoint.Ask();
    INFO(one.reply.body << " gave " << generation.status().ToString());
    if (one.text.empty()) {
      CHECK(generation.status().code() == Code::kUnavailable);
      CHECK(std::string(generation.status().message()).find(one.says) != std::string::npos);
      CHECK(endpoint.heard.empty());
      continue;
    }
    REQUIRE(generation.ok());
    CHECK(generation->text == one.text);
    CHECK(endpoint.heard == one.text);
    CHECK(generation->failure.ok() == one.says.empty());
    CHECK(std::string(generation->failure.message()).find(one.says) != std::string::npos);
    CHECK(endpoint.server.requests().size() == 1);
  }
}

TEST_CASE("generators try again before the first byte, and never after it", "[providers]") {
  for (const bool shown : {false, true}) {
    const ScriptedServer server([shown](const ScriptedServer::Request&, size_t number) -> Reply {
      if (number > 0) return {.body = Delta("second") + kStop};
      return shown ? Reply{.body = Delta("first"), .half = false} : Reply{.status = 503, .headers = "retry-after-ms: 1\r\n"};
    });
    sql::Registry registry;
    REQUIRE(RegisterProviders(&registry).ok());
    const auto generator = *registry.generator_providers().at("openai")({.name = "m", .options = {{"model", "m"}, {"endpoint", server.url()}}});
    const auto generation = generator->Generate(Question());
    REQUIRE(generation.ok());
    CHECK(generation->text == (shown ? "first" : "second"));
    CHECK(server.requests().size() == (shown ? 1 : 2));
  }
}

TEST_CASE("generators: 429 with each form of retry-after", "[providers]") {
  for (const char* header : {"retry-after-ms: 5\r\n", "retry-after: 0.01\r\n", "retry-after: 0\r\n", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", ""}) {
    const ScriptedServer server([header](const ScriptedServer::Request&, size_t number) {
      return number == 0 ? Reply{.status = 429, .headers = header} : Reply{.body = Delta("ok") + kStop};
    });
    sql::Registry registry;
    REQUIRE(RegisterProviders(&registry).ok());
    const auto generator = *registry.generator_providers().at("openai")({.name = "m", .options = {{"model", "m"}, {"endpoint", server.url()}}});
    CHECK(generator->Generate(Question())->text == "ok");
    CHECK(server.requests().size() == 2);
  }
  Endpoint told({.status = 500, .body = "{}", .headers = "x-should-retry: false\r\n"}, "openai", {});
  CHECK_FALSE(told.Ask().ok());
}

TEST_CASE("generators: one that hangs is left at the deadline, with what it had said", "[providers]") {
  Endpoint silent({.hangs = true}, "openai", {{"timeout_ms", "150"}});
  CHECK(silent.Ask().status().code() == Code::kUnavailable);
  Endpoint stuck({.hangs = true, .pieces = {Delta("half")}}, "openai", {{"timeout_ms", "1500"}});
  const auto generation = stuck.Ask();
  REQUIRE(generation.ok());
  CHECK(generation->text == "half");
  CHECK(std::string(generation->failure.message()).find("did not answer within 1500 ms") != std::string::npos);
}

TEST_CASE("generators: cancelled while it hangs, and stopped by who listens", "[providers]") {
  Endpoint stuck({.hangs = true, .pieces = {Delta("half")}});
  std::atomic<bool> cancelled{false};
  sql::GeneratorRequest request = Question();
  request.cancelled = &cancelled;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancelled = true;
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(stuck.generator->Generate(request).status().code() == Code::kCancelled);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  canceller.join();
  request = Question();
  request.on_text = [](std::string_view) { return false; };
  const auto stopped = stuck.generator->Generate(request);
  REQUIRE(stopped.ok());
  CHECK(stopped->end == End::kStopped);
  CHECK(stopped->text == "half");
}

TEST_CASE("generators: 1 GB is not taken", "[providers]") {
  const std::string megabyte = Delta(std::string(1 << 20, 'x'));
  Endpoint wordy({.pieces = {megabyte}, .times = 1024});
  const auto generation = wordy.Ask();
  REQUIRE(generation.ok());
  CHECK(generation->end == End::kLength);
  CHECK(generation->text.size() == 300 * 32);
  Endpoint chatter({.pieces = {": " + std::string(1 << 20, 'x') + "\n"}, .times = 1024});
  CHECK(chatter.Ask().status().code() == Code::kResourceExhausted);
  Endpoint line({.pieces = {std::string(1 << 20, 'x')}, .times = 1024});
  CHECK(line.Ask().status().code() == Code::kResourceExhausted);
}

TEST_CASE("generators: each piece is told within a moment of its arrival", "[providers]") {
  Endpoint endpoint({.pieces = {Delta("a"), Delta("b"), Delta("c"), kStop}, .pause_ms = 250});
  std::vector<std::chrono::steady_clock::time_point> times;
  sql::GeneratorRequest request = Question();
  request.on_text = [&](std::string_view) { return times.push_back(std::chrono::steady_clock::now()), true; };
  CHECK(endpoint.generator->Generate(request)->text == "abc");
  REQUIRE(times.size() == 3);
  CHECK(times[2] - times[0] > std::chrono::milliseconds(100));  // not gathered
}

TEST_CASE("ollama: the recorded stream", "[providers]") {
  Endpoint endpoint({.body = Fixture("ollama.ndjson")}, "ollama");
  const auto generation = endpoint.Ask();
  INFO(generation.status().ToString());
  REQUIRE(generation.ok());
  CHECK(generation->text == "The port is 8080 [1].");
  CHECK(generation->tokens_in == 26);
  CHECK(generation->tokens_out == 9);
  const Json sent = endpoint.Sent();
  CHECK(sent["options"]["num_ctx"] == 4096);
  CHECK(sent["options"]["num_predict"] == 300);
  CHECK(sent["messages"].size() == 4);
  CHECK(endpoint.server.requests()[0].head.rfind("POST /api/chat", 0) == 0);
  Endpoint missing({.status = 404, .body = R"({"error":"model 'm' not found"})"}, "ollama");
  CHECK(std::string(missing.Ask().status().message()) == "the endpoint answered 404: model 'm' not found");
  Endpoint broken({.body = R"({"message":{"content":"half"},"done":false})"}, "ollama");
  CHECK_FALSE(broken.Ask()->failure.ok());
}

TEST_CASE("anthropic: the recorded stream; native citations become numbers of sources, invented ones none", "[providers]") {
  Endpoint endpoint({.body = Fixture("anthropic.sse")}, "anthropic");
  REQUIRE(endpoint.generator->takes_sources());
  sql::GeneratorRequest request = Question();
  request.sources = {{.place = "a.md", .title = "A", .parts = {"One. ", "Two."}}, {.place = "guide/install.md", .title = "Install", .parts = {"The default port is 8080."}}};
  const auto generation = endpoint.generator->Generate(request);
  INFO(generation.status().ToString());
  REQUIRE(generation.ok());
  CHECK(generation->text == "By default the port is 8080 [2].");
  CHECK(generation->tokens_in == 312);
  CHECK(generation->tokens_out == 24);
  const Json sent = endpoint.Sent();
  CHECK(sent["system"] == "Be brief.");
  CHECK(sent["max_tokens"] == 300);
  REQUIRE(sent["messages"].size() == 3);
  const Json& content = sent["messages"][2]["content"];
  REQUIRE(content.size() == 3);
  CHECK(content[0] == Json::parse(R"({"type":"search_result","source":"a.md","title":"A","citations":{"enabled":true},
                                      "content":[{"type":"text","text":"One. "},{"type":"text","text":"Two."}]})"));
  CHECK(content[2] == Json::parse(R"({"type":"text","text":"Which port?"})"));
  CHECK(endpoint.server.requests()[0].head.find("anthropic-version: 2023-06-01") != std::string::npos);
  Endpoint overloaded({.body = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"}, "anthropic");
  CHECK(std::string(overloaded.Ask().status().message()) == "it broke off: Overloaded");
}

TEST_CASE("scripted: answers from an option or a file", "[providers]") {
  sql::Registry registry;
  REQUIRE(RegisterProviders(&registry).ok());
  const auto make = [&](Options options) { return registry.generator_providers().at("scripted")({.name = "s", .options = std::move(options)}); };
  const auto one = make({{"answer", "Gr\xC3\xB6\xC3\x9F" "e [1]."}, {"piece", "1"}});
  std::vector<std::string> pieces;
  sql::GeneratorRequest request;
  request.on_text = [&](std::string_view text) { return pieces.emplace_back(text), true; };
  CHECK((*one)->Generate(request)->text == "Gr\xC3\xB6\xC3\x9F" "e [1].");
  CHECK(make({}).status().code() == Code::kInvalidArgument);
  CHECK(make({{"answer", "x"}, {"wit", "1"}}).status().code() == Code::kInvalidArgument);
  CHECK(make({{"path", "/does/not/exist"}}).status().code() == Code::kNotFound);
}

TEST_CASE("a key is named, not held: it is sent, and seen nowhere", "[providers]") {
  const std::string canary = "sk-canary-5d41402abc4b2a76";
  setenv("QUIRE_TEST_KEY", canary.c_str(), 1);
  for (const char* provider : {"openai", "ollama", "anthropic"}) {
    for (const Reply& reply : {Reply{.status = 401, .body = R"({"error":{"message":"Incorrect API key: sk-canary-5d41402abc4b2a76"}})"},
                               Reply{.body = "data: {\"error\":{\"message\":\"bad sk-canary-5d41402abc4b2a76\"}}\n\n"},
                               Reply{.body = "{\"error\":\"sk-canary-5d41402abc4b2a76 is bad\"}\n"},
                               Reply{.body = "data: sk-canary-5d41402abc4b2a76\n\n"}, Reply{.body = "sk-canary-5d41402abc4b2a76\n"}}) {
      Endpoint endpoint(reply, provider, {{"api_key_env", "QUIRE_TEST_KEY"}});
      const auto generation = endpoint.Ask();
      REQUIRE_FALSE(generation.ok());
      CHECK(generation.status().ToString().find("canary") == std::string::npos);
      CHECK(endpoint.server.requests()[0].head.find(canary) != std::string::npos);
    }
  }
  unsetenv("QUIRE_TEST_KEY");
  Endpoint endpoint({.body = Delta("x") + kStop}, "openai", {{"api_key_env", "QUIRE_TEST_KEY"}});
  CHECK(endpoint.Ask().status().message() == "the environment variable QUIRE_TEST_KEY is not set");
  CHECK(endpoint.server.requests().empty());
}

TEST_CASE("a key of the environment goes to its own endpoint only", "[providers]") {
  setenv("OPENAI_API_KEY", "sk-canary-of-openai", 1);
  Endpoint elsewhere({.body = Delta("x") + kStop});
  CHECK(elsewhere.Ask().ok());
  CHECK(elsewhere.server.requests()[0].head.find("canary") == std::string::npos);
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Reply{.body = Delta("x") + kStop}; });
  setenv("OPENAI_BASE_URL", server.url("/v1/").c_str(), 1);
  CHECK(Make("openai", {})->Generate(Question()).ok());
  CHECK(server.requests()[0].head.rfind("POST /v1/chat/completions", 0) == 0);
  CHECK(server.requests()[0].head.find("Bearer sk-canary-of-openai") != std::string::npos);
  unsetenv("OPENAI_API_KEY");
  unsetenv("OPENAI_BASE_URL");
  const ScriptedServer host([](const ScriptedServer::Request&, size_t) { return Reply{.body = Fixture("ollama.ndjson")}; });
  setenv("OLLAMA_HOST", host.url().substr(7).c_str(), 1);
  CHECK(Make("ollama", {})->Generate(Question()).ok());
  unsetenv("OLLAMA_HOST");
}

TEST_CASE("generators: definitions that are wrong", "[providers]") {
  sql::Registry registry;
  REQUIRE(RegisterProviders(&registry).ok());
  const auto fails = [&](Options options) {
    const auto made = registry.generator_providers().at("openai")({.name = "m", .options = std::move(options)});
    return made.status().code() == Code::kInvalidArgument;
  };
  CHECK(fails({}));
  CHECK(fails({{"model", "m"}, {"endpoint", "ftp://x"}}));
  CHECK(fails({{"model", "m"}, {"endpoint", "http://user:word@x"}}));
  CHECK(fails({{"model", "m"}, {"temperature", "3"}}));
  CHECK(fails({{"model", "m"}, {"temperature", "hot"}}));
  CHECK(fails({{"model", "m"}, {"timeout_ms", "0"}}));
  CHECK(fails({{"model", "m"}, {"warmth", "1"}}));
  CHECK_FALSE(fails({{"model", "m"}, {"temperature", "default"}, {"top_p", "0.5"}, {"seed", "7"}}));
}

}  // namespace
}  // namespace quire::providers
