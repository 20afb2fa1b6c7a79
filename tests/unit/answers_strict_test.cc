// Strict mode: a sentence is told once it was checked, and nothing else is; code is told without marks.
#include "tests/unit/answers_support.h"

namespace quire::chat {
namespace {

using quire::testing::ScriptedServer;
using Clock = std::chrono::steady_clock;

const std::string kStrict = "'Which port does the server listen on?' FROM docs USING MODEL m WITH (mode = 'strict')";
const std::string kListens = "The server listens on port 8080 by default [1].";
const std::string kSet = "Set the option --port to change the port of the server [1].";

struct Told {
  std::string text{}, done{};
  std::vector<std::pair<std::string, Clock::time_point>> pieces{};
};

Row AskAndListen(World* world, const std::string& ask, Told* told) {
  world->connection->OnAnswer([told](const AnswerEvent& event) {
    if (event.kind == AnswerEvent::Kind::kDone) told->done = event.text;
    if (event.kind != AnswerEvent::Kind::kText) return;
    told->text += event.text;
    told->pieces.emplace_back(std::string(event.text), Clock::now());
  });
  Row row = world->Ask(ask);
  world->connection->OnAnswer({});
  return row;
}

TEST_CASE("strict: each sentence is told when the next one begins", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) {
    return Reply{.pieces = {Delta("The server listens on port "), Delta("8080 by default [1]. It is "), Delta("wonderfully purple and smells of fish [1]. "), Delta(kSet), kStop},
                 .pause_ms = 150};
  });
  World world;
  world.Serve(server);
  Told told;
  const Row row = AskAndListen(&world, kStrict, &told);
  REQUIRE(told.pieces.size() == 2);
  CHECK(told.pieces[0].first == kListens);
  CHECK(told.pieces[1].second - told.pieces[0].second > std::chrono::milliseconds(100));
  CHECK(told.text == kListens + " " + kSet);
  CHECK(told.text == Text(row, "answer"));
  CHECK(told.done == "partial");
  CHECK(Text(row, "reason") == "unsupported");
}

TEST_CASE("strict: what breaks off after a sentence was told is partial, and no other model is asked", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Reply{.body = Delta(kListens + " And then there") + Delta(" is a thing that nobody ever heard of")}; });
  World world;
  world.Serve(server);
  Told told;
  const Row row = AskAndListen(&world, kStrict, &told);
  CHECK(Text(row, "model") == "m");
  CHECK(Text(row, "status") == "partial");
  CHECK(Text(row, "reason") == "provider_error");
  CHECK(Text(row, "answer") == kListens);
  CHECK(told.text == kListens);
}

TEST_CASE("strict: nothing is told of what is not supported", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) {
    return Says("The server listens on port 9090 by default [1]. Cats are wonderful animals. Dogs are loyal friends of ours. NOT_IN_SOURCES");
  });
  World world;
  world.Serve(server);
  Told told;
  const Row row = AskAndListen(&world, kStrict, &told);
  CHECK(Text(row, "status") == "refused");
  CHECK(told.text == Text(row, "answer"));
  CHECK(told.text.find("9090") == std::string::npos);
}

TEST_CASE("strict: a list item goes with its marker, a block of code with its fences", "[answers]") {
  World world;
  world.Run("INSERT INTO docs (id, uri, section, text) VALUES ('run', 'run.md', 'Listen', 'Which port the server listens on is set so:\n\n```bash\nquire-server --port 8080\n```\n')");
  std::string said;
  const ScriptedServer server([&](const ScriptedServer::Request&, size_t) { return Says(said); });
  world.Serve(server);
  said = "- Cats are wonderful animals that purr.\n- The server listens on port 8080 by default.\n- Dogs bark all night long.\n";
  CHECK(Text(world.Ask(kStrict), "answer").find("- The server listens on port 8080 by default") == 0);
  CHECK(Text(world.Ask(kStrict), "answer").find("Dogs") == std::string::npos);
  said = "Do this:\n\n```bash\nquire-server --port 8080\n```\n\nThe server listens on port 8080 by default.";
  const std::string answer = Text(world.Ask(kStrict + " "), "answer");
  INFO(answer);
  CHECK(answer.find("```bash\nquire-server --port 8080\n```\n[") == 0);
  said = "The server listens on port 8080 by default [1].\n\n```bash\nrm -rf /srv\n```\n";
  CHECK(Text(world.Ask(kStrict), "answer").find("```") == std::string::npos);
}

TEST_CASE("strict: marks in code are taken out of it, and none is put in", "[answers]") {
  World world;
  world.Run("INSERT INTO docs (id, uri, section, text) VALUES ('run', 'run.md', 'Listen', "
            "'Which port the server listens on is set so:\n\n```bash\nquire-server --port 8080\necho ${ports[1]} [2]\n```\n')");
  std::string said;
  const ScriptedServer server([&](const ScriptedServer::Request&, size_t) { return Says(said); });
  world.Serve(server, "retries = 0, temperature = 0.3");
  const std::string ask = "'Which port does the server listen on?' FROM docs USING MODEL m WITH (cache = false)";
  for (const char* mark : {" [1]", " # [1]", "  [1][2]", " // [1, 2]"}) {
    said = std::string("So:\n\n```bash\nquire-server --port 8080") + mark + "\necho ${ports[1]} [2]\n```\n";
    const Row row = world.Ask(ask);
    INFO(Text(row, "answer"));
    CHECK(Text(row, "answer").find("```bash\nquire-server --port 8080\necho ${ports[1]} [2]\n```\n[") != std::string::npos);
    const Json sentences = Parsed(row, "sentences");
    CHECK(sentences.back()["verdict"] == "supported");
    CHECK(sentences.back()["text"] == "quire-server --port 8080\necho ${ports[1]} [2]");
  }
  said = "So:\n\n```\nmake me a sandwich [1]\n```\n";  // in no source: it stays as it was written
  CHECK(Text(world.Ask(ask), "answer").find("make me a sandwich [1]") != std::string::npos);
}

}  // namespace
}  // namespace quire::chat
