// An embedder behind an endpoint: what it asks, what it takes, and what it refuses.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "extensions/providers/openai_embedder.h"
#include "tests/unit/support/scripted_server.h"

namespace quire::providers {
namespace {

using Json = nlohmann::json;
using quire::testing::ScriptedServer;

EmbedderDefinition Definition(const std::string& url, std::vector<std::pair<std::string, std::string>> more = {}) {
  EmbedderDefinition definition{.name = "e", .provider = "openai"};
  definition.options = {{"endpoint", url + "/v1/"}, {"model", "m"}, {"dims", "3"}, {"retries", "0"}};
  definition.options.insert(definition.options.end(), more.begin(), more.end());
  return definition;
}

// One vector a text: its length, its first byte, 1; in reverse order, numbered.
ScriptedServer::Reply Vectors(const ScriptedServer::Request& request, size_t) {
  const Json input = Json::parse(request.body).at("input");
  Json data = Json::array();
  for (size_t i = input.size(); i-- > 0;) {
    const std::string text = input[i];
    data.push_back({{"index", i}, {"embedding", {text.size(), static_cast<int>(text[0]), 1}}});
  }
  return {.body = Json({{"object", "list"}, {"data", data}}).dump()};
}

std::vector<float> Embed(const Embedder& embedder, std::vector<std::string_view> texts, Embedder::Role role = Embedder::Role::kDocument) {
  std::vector<float> vectors(texts.size() * embedder.identity().dim);
  const Status status = embedder.Embed(texts, role, vectors);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return vectors;
}

Status Refusal(const std::string& body, int status = 200) {
  const ScriptedServer server([&](const ScriptedServer::Request&, size_t) { return ScriptedServer::Reply{.status = status, .body = body}; });
  const auto embedder = MakeOpenAiEmbedder(Definition(server.url())).value();
  std::vector<float> vectors(6);
  return embedder->Embed(std::vector<std::string_view>{"a", "b"}, Embedder::Role::kDocument, vectors);
}

TEST_CASE("openai embedder: batches, prefixes, order, and no text twice", "[providers]") {
  const ScriptedServer server(Vectors);
  const auto embedder =
      MakeOpenAiEmbedder(Definition(server.url(), {{"batch", "2"}, {"query_prefix", "q: "}, {"document_prefix", "d: "}})).value();
  CHECK(embedder->batch() == 2);
  CHECK(embedder->identity().dim == 3);
  CHECK(Embed(*embedder, {"one", "", "three", "  ", "x"}) ==
        std::vector<float>{6, 'd', 1, 0, 0, 0, 8, 'd', 1, 0, 0, 0, 4, 'd', 1});
  REQUIRE(server.requests().size() == 2);
  CHECK(server.requests()[0].head.rfind("POST /v1/embeddings ", 0) == 0);
  CHECK(Json::parse(server.requests()[0].body).at("model") == "m");
  CHECK(Embed(*embedder, {"one"}, Embedder::Role::kQuery) == std::vector<float>{6, 'q', 1});
  CHECK(server.requests().size() == 3);
  CHECK(Embed(*embedder, {"three", "x"}).size() == 6);  // known
  CHECK(server.requests().size() == 3);
  const auto identity = embedder->identity();
  CHECK(MakeOpenAiEmbedder(Definition(server.url(), {{"query_prefix", "other"}})).value()->identity().config != identity.config);
}

TEST_CASE("openai embedder: base64 is read, and a long text is cut at a character", "[providers]") {
  const ScriptedServer server([](const ScriptedServer::Request& request, size_t) {
    const Json body = Json::parse(request.body);
    CHECK(body.at("encoding_format") == "base64");
    CHECK(body.at("dimensions") == 3);
    CHECK(body.at("input")[0] == "aaaaaaaaaaaaaaa");
    return ScriptedServer::Reply{.body = R"({"data":[{"index":0,"embedding":"AACAPwAAAMAAAAA/"}]})"};
  });
  const auto embedder = MakeOpenAiEmbedder(Definition(server.url(), {{"encoding", "base64"}, {"send_dims", "true"}, {"max_bytes", "16"}})).value();
  CHECK(Embed(*embedder, {"aaaaaaaaaaaaaaa\xC3\xA4" "aaa"}) == std::vector<float>{1, -2, 0.5});
}

TEST_CASE("openai embedder: what is not whole and right is refused", "[providers]") {
  const std::string good = R"({"index":0,"embedding":[1,2,3]})";
  const auto of = [](const std::string& data) { return "{\"data\":[" + data + "]}"; };
  CHECK(Refusal(of(good + R"(,{"index":1,"embedding":[4,5,6]})")).ok());
  for (const std::string& body : {
           of(good), of(good + "," + good), of(good + R"(,{"index":7,"embedding":[1,2,3]})"), of(good + R"(,{"index":1})"),
           of(good + R"(,{"index":1,"embedding":[1,2]})"), of(good + R"(,{"index":1,"embedding":[1,2,1e999]})"),
           of(good + R"(,{"index":1,"embedding":[1,2,null]})"), of(good + R"(,{"index":1,"embedding":["NaN",2,3]})"),
           of(good + R"(,{"index":1,"embedding":"AACA?wAAAMAAAAA/"})"), of(good + R"(,{"index":1,"embedding":"AADAfwAAAMAAAAA/"})"),
           of(good + R"(,{"index":1,"embedding":"AACAPw=="})"), of(good + R"(,{"index":-1,"embedding":[1,2,3]})"),
           std::string("[]"), std::string("{\"data\":3}"), std::string("half of {\"da"), std::string()}) {
    INFO(body);
    CHECK(Refusal(body).code() == Code::kUnavailable);
  }
  CHECK(Refusal(of(good + R"(,{"index":1,"embedding":[1,2]})")).message() == "embedder 'e': the endpoint sent 2 dimensions, expected 3");
  CHECK(Refusal(R"({"error":{"message":"no such model"}})", 404).message() == "embedder 'e': the endpoint answered 404: no such model");
  CHECK(Refusal(R"({"error":"bad"})", 400).message().find(": bad") != std::string_view::npos);
  CHECK(Refusal("<html>", 502).message().find("<html>") != std::string_view::npos);
}

TEST_CASE("openai embedder: keys come from the environment and are not shown", "[providers]") {
  const ScriptedServer server([](const ScriptedServer::Request& request, size_t number) {
    return request.head.find("Authorization: Bearer s3cret") != std::string::npos && number < 1
               ? Vectors(request, number)
               : ScriptedServer::Reply{.status = 401, .body = R"({"error":{"message":"wrong key"}})"};
  });
  const auto embedder = MakeOpenAiEmbedder(Definition(server.url(), {{"api_key_env", "QUIRE_TEST_KEY"}})).value();
  unsetenv("QUIRE_TEST_KEY");
  std::vector<float> vector(3);
  const std::vector<std::string_view> text = {"text"}, other = {"other"};
  const Status unset = embedder->Embed(text, Embedder::Role::kDocument, vector);
  CHECK(unset.message() == "embedder 'e': the environment variable QUIRE_TEST_KEY is not set");
  setenv("QUIRE_TEST_KEY", "s3cret", 1);
  CHECK(embedder->Embed(text, Embedder::Role::kDocument, vector).ok());
  const Status wrong = embedder->Embed(other, Embedder::Role::kDocument, vector);
  CHECK(wrong.message().find("wrong key") != std::string_view::npos);
  CHECK(wrong.ToString().find("s3cret") == std::string::npos);
  unsetenv("QUIRE_TEST_KEY");
}

TEST_CASE("openai embedder: the budget holds", "[providers]") {
  const ScriptedServer server(Vectors);
  const auto embedder = MakeOpenAiEmbedder(Definition(server.url(), {{"budget", "2"}})).value();
  Embed(*embedder, {"a", "b"});
  Embed(*embedder, {"a"});  // kept: costs nothing
  std::vector<float> vector(3);
  CHECK(embedder->Embed(std::vector<std::string_view>{"c"}, Embedder::Role::kDocument, vector).code() == Code::kResourceExhausted);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("openai embedder: options that are wrong are refused when it is made", "[providers]") {
  const auto refused = [](std::vector<std::pair<std::string, std::string>> options) {
    EmbedderDefinition definition{.name = "e", .provider = "openai"};
    definition.options = std::move(options);
    return MakeOpenAiEmbedder(definition).status().code() == Code::kInvalidArgument;
  };
  CHECK(refused({{"model", "m"}}));
  CHECK(refused({{"dims", "3"}}));
  CHECK(refused({{"model", "m"}, {"dims", "0"}}));
  CHECK(refused({{"model", "m"}, {"dims", "3x"}}));
  CHECK(refused({{"model", "m"}, {"dims", "3"}, {"endpoint", "localhost:1"}}));
  CHECK(refused({{"model", "m"}, {"dims", "3"}, {"endpoint", "http://a:b@localhost"}}));
  CHECK(refused({{"model", "m"}, {"dims", "3"}, {"colour", "red"}}));
  CHECK(refused({{"model", "m"}, {"dims", "3"}, {"encoding", "int8"}}));
  CHECK_FALSE(refused({{"model", "m"}, {"dims", "3"}}));
}

}  // namespace
}  // namespace quire::providers
