// What a model is given as sources: near duplicates once, neighbours as one, and citations that still stand in one chunk.
#include "tests/unit/answers_support.h"

namespace quire::chat {
namespace {

using quire::testing::ScriptedServer;

const std::string kAsk = "'How do I rotate the turbine blades of the windmill?' FROM docs USING MODEL m WITH (k = 2)";

// A document in five chunks; the second and the fourth hold the words of the question, the third none of them.
void AddWindmill(World* world, const std::string& section = "", const std::string& extra_sections = "") {
  world->Run("ALTER COLLECTION docs ADD COLUMN team TEXT");
  const auto add = [&](int place, const std::string& of_section, const std::string& text, const std::string& team = "green") {
    world->Run("INSERT INTO docs (id, uri, title, section, ordinal, text, team) VALUES ('mill" + std::to_string(place) + "', 'mill.md', 'Manual', '" +
               of_section + "', " + std::to_string(place) + ", '" + text + "', '" + team + "')");
  };
  add(0, "", "This manual is for operators.");
  add(1, section.empty() ? "Turn" : section, "To rotate the turbine blades of the windmill, unlock the brake.");
  add(2, extra_sections.empty() ? "Wait" : section, "Then wait for 40 seconds until the lamp is green.", "blue");
  add(3, section.empty() ? "Crank" : section, "Now rotate the windmill and its turbine blades with the crank.");
  add(4, extra_sections.empty() ? "End" : section, "Close the door when everything is done.");
}

std::map<std::string, std::vector<std::string>> StepsOf(World* world, const std::string& ask) {
  std::map<std::string, std::vector<std::string>> steps;
  for (const Row& row : world->Run("EXPLAIN ASK " + ask)) steps[Text(row, "step")].push_back(Text(row, "detail"));
  return steps;
}

// The text between the fences of source `number`, of what was sent last.
std::string SourceSent(const ScriptedServer& server, int number) {
  const Json messages = Json::parse(server.requests().back().body)["messages"];
  const std::string user = messages.back()["content"];
  const size_t begin = user.find(" n=\"" + std::to_string(number) + "\"");
  if (begin == std::string::npos) return "";
  return user.substr(begin, user.find("</source-", begin) - begin);
}

TEST_CASE("answers: the gap between two hits is filled, and what it says is cited where it stands", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Says("Then wait for 40 seconds until the lamp is green [1]."); });
  World world;
  world.Serve(server);
  AddWindmill(&world);
  const Row row = world.Ask(kAsk);
  const std::string sent = SourceSent(server, 1);
  const size_t first = sent.find("unlock the brake."), middle = sent.find("40 seconds"), last = sent.find("with the crank.");
  CHECK(first < middle);
  CHECK(middle < last);
  REQUIRE(last != std::string::npos);
  CHECK(sent.find("Close the door") == std::string::npos);
  CHECK(Parsed(row, "sentences").at(0)["verdict"] == "supported");
  const Json citation = Parsed(row, "citations").at(0);
  CHECK(citation["n"] == 1);
  CHECK(citation["chunk"] == "mill2");
  CHECK(citation["quote"] == "Then wait for 40 seconds until the lamp is green");
  const auto steps = StepsOf(&world, kAsk);
  REQUIRE(steps.count("joined") == 1);
  INFO(steps.at("joined").at(0));
  CHECK(steps.at("joined").at(0).find("[mill2] (it stands between two hits)") != std::string::npos);
}

TEST_CASE("answers: a joined source that is given apart, cut to sentences, and cited natively", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) {
    return Reply{.body = R"({"type":"message","role":"assistant","content":[{"type":"text","text":"Then wait for 40 seconds until the lamp is green.","citations":[
        {"type":"search_result_location","cited_text":"x","source":"mill.md","title":"Turn","search_result_index":0,"start_block_index":1,"end_block_index":2}]}],
        "stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":9}})"};
  });
  World world;
  world.Run("CREATE MODEL m USING PROVIDER anthropic ENDPOINT '" + server.url() + "' NAME 'tiny'");
  AddWindmill(&world);
  const Row row = world.Ask(kAsk);
  const Json body = Json::parse(server.requests().at(0).body);
  const Json parts = body["messages"].back()["content"][0]["content"];
  REQUIRE(parts.size() == 3);
  CHECK(parts[1]["text"] == "Then wait for 40 seconds until the lamp is green.\n\n");
  CHECK(Text(row, "answer") == "Then wait for 40 seconds until the lamp is green. [1]");
  CHECK(Parsed(row, "citations").at(0)["chunk"] == "mill2");
  CHECK(Parsed(row, "sentences").at(0)["verdict"] == "supported");
}

TEST_CASE("answers: what fills a gap passes the filter", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Says("Unlock the brake [1]."); });
  World world;
  world.Serve(server);
  AddWindmill(&world);
  world.Ask("'How do I rotate the turbine blades of the windmill?' FROM docs WHERE team = 'green' USING MODEL m WITH (k = 2)");
  CHECK(server.requests().at(0).body.find("40 seconds") == std::string::npos);
  CHECK(SourceSent(server, 2).find("the") != std::string::npos);
}

TEST_CASE("answers: two hits of a section bring all of it, if it is not long", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Says("Unlock the brake [1]."); });
  World world;
  world.Serve(server);
  AddWindmill(&world, "Turning", "same");
  world.Ask(kAsk);
  CHECK(SourceSent(server, 1).find("Close the door") != std::string::npos);
  CHECK(StepsOf(&world, kAsk).at("joined").at(0).find("[mill4] (two hits fall in its section)") != std::string::npos);
  world.Run("UPDATE docs SET text = :text WHERE id = 'mill4'", {.named = {{"text", Value::Text("Close the door. " + std::string(7000, 'x'))}}});
  world.Ask(kAsk);
  CHECK(server.requests().back().body.find("Close the door") == std::string::npos);
  CHECK(SourceSent(server, 1).find("40 seconds") != std::string::npos);  // it is a gap all the same
}

TEST_CASE("answers: a joined source that does not fit is given in parts", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Says("Unlock the brake [1]."); });
  World world;
  AddWindmill(&world);
  world.Run("UPDATE docs SET text = :text WHERE id = 'mill2'", {.named = {{"text", Value::Text("Then wait. " + std::string(4000, 'x'))}}});
  world.Serve(server, "retries = 0, context = 1000, max_tokens = 100");
  world.Ask(kAsk);
  CHECK(server.requests().at(0).body.find("Then wait") == std::string::npos);
  CHECK(SourceSent(server, 1).find("rotate the") != std::string::npos);
  CHECK(SourceSent(server, 2).find("mill.md") != std::string::npos);
}

TEST_CASE("answers: chunks of unknown place are not joined", "[answers]") {
  World world;
  for (const char* text : {"To rotate the turbine blades of the windmill, unlock the brake.", "Now rotate the windmill and its turbine blades with the crank."}) {
    world.Run(std::string("INSERT INTO docs (uri, section, text) VALUES ('mill.md', 'Same', '") + text + "')");
  }
  CHECK(StepsOf(&world, "'How do I rotate the turbine blades of the windmill?' FROM docs").count("joined") == 0);
}

TEST_CASE("answers: near duplicates are one candidate, and EXPLAIN ASK says so", "[answers]") {
  World world;
  const std::string text = "To rotate the turbine blades of the windmill, unlock the brake, wait for a moment and turn the crank slowly to the left";
  world.Run("INSERT INTO docs (id, uri, text) VALUES ('a', 'a.md', '" + text + ".'), ('b', 'b.md', '" + text + " side.'), "
            "('c', 'c.md', 'The windmill has turbine blades that rotate in the wind, which is another thing.')");
  const auto steps = StepsOf(&world, "'How do I rotate the turbine blades of the windmill?' FROM docs");
  std::string dropped;
  for (const std::string& detail : steps.at("dropped")) dropped += detail + "\n";
  INFO(dropped);
  const bool first = dropped.find("b: its text is nearly that of [a]") != std::string::npos, second = dropped.find("a: its text is nearly that of [b]") != std::string::npos;
  CHECK(first != second);
  CHECK(steps.at("candidate").size() >= 2);
  CHECK(dropped.find("c: its text") == std::string::npos);
}

}  // namespace
}  // namespace quire::chat
