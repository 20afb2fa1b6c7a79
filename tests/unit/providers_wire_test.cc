// Answers and errors of each provider as they are on the wire (tests/unit/wire), over a real socket.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "extensions/providers/register.h"
#include "tests/unit/support/scripted_server.h"

namespace quire::providers {
namespace {

using quire::testing::ScriptedServer;
using Json = nlohmann::json;

std::string Fixture(const std::string& name) {
  std::ifstream file(std::string(QUIRE_SOURCE_DIR) + "/tests/unit/wire/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a model of `provider` makes of a reply; what it told is in `heard`.
Result<sql::Generation> AskOver(const std::string& provider, const ScriptedServer::Reply& reply, std::string* heard) {
  const ScriptedServer server([&](const ScriptedServer::Request&, size_t) { return reply; });
  sql::Registry registry;
  REQUIRE(RegisterProviders(&registry).ok());
  const auto generator = registry.generator_providers().at(provider)(
      {.name = "m", .version = 1, .provider = provider, .options = {{"model", "m"}, {"retries", "0"}, {"endpoint", server.url()}}});
  REQUIRE(generator.ok());
  sql::GeneratorRequest request;
  request.messages = {{sql::GeneratorMessage::Role::kUser, "Which port?"}};
  if ((*generator)->takes_sources()) request.sources = {{.place = "guide/install.md", .title = "Install", .parts = {"The default port is 8080."}}};
  request.on_text = [heard](std::string_view text) { return *heard += text, true; };
  return (*generator)->Generate(request);
}

TEST_CASE("wire: an answer that does not come as a stream", "[providers]") {
  const std::string rest = " Gr\xC3\xB6\xC3\x9F" "e \xF0\x9F\x98\x80";
  for (const auto& [provider, text] : {std::pair<std::string, std::string>("openai", "The port is 8080 [1]."), {"ollama", "The port is 8080 [1]."},
                                       {"anthropic", "The port is 8080 by default. [1]"}}) {
    std::string body = Fixture(provider + ".json");
    if (provider != "ollama") body = Json::parse(body).dump(2);  // on many lines
    // In one piece, cut in the middle of a character, and byte by byte.
    for (const size_t size : {body.size(), body.find("\xC3\xB6") + 1, size_t{1}}) {
      ScriptedServer::Reply reply;
      for (size_t at = 0; at < body.size(); at += size) reply.pieces.push_back(body.substr(at, size));
      std::string heard;
      const auto generation = AskOver(provider, reply, &heard);
      INFO(provider << ": " << generation.status().ToString());
      REQUIRE(generation.ok());
      CHECK(generation->text == text + rest);
      CHECK(heard == generation->text);
      CHECK(generation->failure.ok());
      CHECK(generation->end == sql::Generation::End::kWhole);
      CHECK(generation->tokens_in == 19);
      CHECK(generation->tokens_out == 10);
    }
  }
}

TEST_CASE("wire: an answer of which the rest never comes is no whole answer", "[providers]") {
  for (const std::string provider : {"openai", "ollama", "anthropic"}) {
    const std::string stream = Fixture(provider == "ollama" ? "ollama.ndjson" : provider + ".sse");
    std::string all;
    REQUIRE(AskOver(provider, {.body = stream}, &all).ok());
    size_t broken = 0;
    for (size_t end = 0; end < stream.size(); end += 1 + stream.size() / 40) {
      std::string heard;
      const auto generation = AskOver(provider, {.body = stream.substr(0, end)}, &heard);
      INFO(provider << " up to " << end);
      if (!generation.ok()) {
        CHECK(heard.empty());
        continue;
      }
      CHECK(heard == generation->text);
      CHECK(all.rfind(heard, 0) == 0);
      if (generation->failure.ok()) CHECK(heard == all);
      broken += generation->failure.ok() ? 0 : 1;
    }
    CHECK(broken > 5);
  }
}

TEST_CASE("wire: what each provider says went wrong", "[providers]") {
  std::istringstream lines(Fixture("errors.jsonl"));
  size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Json error = Json::parse(line);
    std::string heard;
    const auto generation = AskOver(error["provider"], {.status = error["status"], .body = error["body"]}, &heard);
    INFO(line);
    REQUIRE_FALSE(generation.ok());
    CHECK(generation.status().code() == Code::kUnavailable);
    const std::string message(generation.status().message());
    CHECK(message.substr(0, error["says"].get<std::string>().size()) == error["says"]);
    CHECK(message.size() < 600);
    CHECK(heard.empty());
  }
  CHECK(count == 20);
}

}  // namespace
}  // namespace quire::providers
