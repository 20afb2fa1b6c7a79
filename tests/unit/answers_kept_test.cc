// Answers as data: kept, asked for, explained after the documents changed, judged, given again, and talked on from.
#include "tests/unit/answers_support.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace quire::chat {
namespace {

using quire::testing::ScriptedServer;

const std::string kPort = "'Which port does the server listen on?' FROM docs";
const std::string kSaysPort = "The server listens on port 8080 by default [1].";

TEST_CASE("kept: each answer is a row, its quotes are rows", "[answers]") {
  World world;
  const Row first = world.Ask(kPort), second = world.Ask("'When do backups run every night?' FROM docs");
  CHECK(Text(first, "answer_id") == "1");
  CHECK(Text(second, "answer_id") == "2");
  const auto kept = world.Run("SELECT answer_id, question, collection, status, reason, model, version, prompt, conversation, text FROM quire_answers ORDER BY answer_id");
  REQUIRE(kept.size() == 2);
  CHECK(Text(kept[0], "question") == "Which port does the server listen on?");
  CHECK(Text(kept[0], "collection") == "docs");
  CHECK(Text(kept[0], "status") == "answered");
  CHECK(Text(kept[0], "model") == "extractive");
  CHECK(Text(kept[0], "prompt") == "NULL");
  CHECK(Text(kept[1], "text") == Text(second, "answer"));
  const Json citations = Parsed(second, "citations");
  const auto rows = world.Run("SELECT n, chunk, uri, section, start, \"end\", quote, verdict FROM quire_citations WHERE answer_id = 2 ORDER BY ordinal");
  REQUIRE(rows.size() == citations.size());
  CHECK(Text(rows[0], "uri") == "backup.md");
  CHECK(Text(rows[0], "quote") == citations[0]["quote"].get<std::string>());
  CHECK(Text(rows[0], "verdict") == "supported");
  CHECK(world.Run("SELECT id FROM quire_answers WHERE text MATCH 'backups' LIMIT 5").size() == 1);
}

TEST_CASE("kept: numbers go on after a restart, and after rows were deleted", "[answers]") {
  World world;
  for (int i = 1; i <= 5; ++i) CHECK(Text(world.Ask(kPort), "answer_id") == std::to_string(i));
  world.Run("DELETE FROM quire_answers WHERE answer_id = 3");
  world.Open();
  CHECK(Text(world.Ask(kPort), "answer_id") == "6");
  CHECK(world.Run("CHECK DATABASE").empty());
}

TEST_CASE("kept: or not, as one likes; a database that is only read keeps none", "[answers]") {
  World world;
  world.Run("SET keep_answers = off");
  CHECK(Text(world.Ask(kPort), "answer_id") == "NULL");
  world.Run("SET keep_answers = on");
  CHECK(Text(world.Ask(kPort + " WITH (keep = false)"), "answer_id") == "NULL");
  CHECK(world.Try("SELECT * FROM quire_answers").status().code() == Code::kNotFound);
  CHECK(Text(world.Ask(kPort), "answer_id") == "1");
  world.Open({.read_only = true});
  const Row row = world.Ask(kPort);
  CHECK(Text(row, "answer_id") == "NULL");
  CHECK(Text(row, "status") == "answered");
  CHECK(Text(row, "note") == "NULL");
}

TEST_CASE("kept: answers are never sources", "[answers]") {
  World world;
  world.Ask(kPort);
  const auto rows = world.Try("ASK 'port?' FROM quire_answers");
  CHECK(rows.status().code() == Code::kUnsupported);
  CHECK(rows.status().message() == "'quire_answers' holds what was answered: answers are never sources");
}

TEST_CASE("kept: within a transaction, and after it was rolled back", "[answers]") {
  World world;
  world.Run("BEGIN");
  CHECK(Text(world.Ask(kPort), "answer_id") == "1");
  world.Run("ROLLBACK");
  CHECK(world.Run("SELECT id FROM quire_answers").size() == 1);
}

std::string Explained(World& world, const std::string& step, const std::string& id = "1") {
  std::string all;
  for (const Row& row : world.Run("EXPLAIN ANSWER " + id)) {
    if (Text(row, "step") == step) all += Text(row, "detail") + "\n";
  }
  return all;
}

TEST_CASE("kept: EXPLAIN ANSWER after the documents changed", "[answers]") {
  World world;
  world.Ask("'Which port does the server listen on, and when do backups run every night?' FROM docs");
  CHECK(Explained(world, "question").find("Which port") == 0);
  CHECK(Explained(world, "source").find("install.md # Install > Port [port]: as it was") != std::string::npos);
  CHECK(Explained(world, "model").find("extractive version 1") == 0);
  world.Run("UPDATE docs SET text = 'The server listens on port 9090.' WHERE id = 'port'");
  world.Run("DELETE FROM docs WHERE id = 'backup'");
  CHECK(Explained(world, "source").find("[port]: changed since") != std::string::npos);
  CHECK(Explained(world, "source").find("[backup]: gone since") != std::string::npos);
  CHECK(Explained(world, "quote").find("The server listens on port 8080 by default.") != std::string::npos);  // as it was
  world.Run("DROP COLLECTION docs");
  CHECK(Explained(world, "source").find("gone, with its collection") != std::string::npos);
  CHECK(world.Try("EXPLAIN ANSWER 99").status().code() == Code::kNotFound);
  CHECK(world.Try("EXPLAIN ANSWER 'x'").status().code() == Code::kInvalidArgument);
}

TEST_CASE("kept: feedback", "[answers]") {
  World world;
  world.Ask(kPort);
  world.Run("FEEDBACK ON ANSWER 1 BAD CORRECTION 'It''s 8081.' REASON 'wrong source'");
  world.Run("FEEDBACK ON ANSWER 1 GOOD");
  const auto rows = world.Run("SELECT answer_id, rating, correction, reason, model FROM quire_feedback ORDER BY created_at");
  REQUIRE(rows.size() == 2);
  CHECK(Text(rows[0], "rating") == "bad");
  CHECK(Text(rows[0], "correction") == "It's 8081.");
  CHECK(Text(rows[0], "model") == "extractive");
  CHECK(Text(rows[1], "rating") == "good");
  CHECK(Explained(world, "feedback").find("rating: bad, correction: It's 8081., reason: wrong source") != std::string::npos);
  CHECK(world.Try("FEEDBACK ON ANSWER 7 GOOD").status().code() == Code::kNotFound);
}

TEST_CASE("kept: an answer is given again while its chunks, its prompt and its model are the same", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Says(kSaysPort); });
  World world;
  world.Serve(server);
  const std::string ask = kPort + " USING MODEL m";
  CHECK(Text(world.Ask(ask), "note") == "NULL");
  const Row again = world.Ask(ask);
  CHECK(Text(again, "note") == "as answer 1");
  CHECK(Text(again, "answer") == kSaysPort);
  CHECK(Text(again, "tokens_in") == "0");
  CHECK(Parsed(again, "citations").size() == 1);
  CHECK(server.requests().size() == 1);
  world.Ask(ask + " WITH (cache = false)");
  CHECK(server.requests().size() == 2);
  world.Run("UPDATE docs SET text = 'The server listens on port 8080 by default, as ever.' WHERE id = 'port'");
  CHECK(Text(world.Ask(ask), "note") == "NULL");
  CHECK(server.requests().size() == 3);
  world.Run("ALTER MODEL m SET (temperature = 0.1)");
  CHECK(Text(world.Ask(ask), "note") == "NULL");
  CHECK(Text(world.Ask(ask), "note") == "as answer 5");
  world.Run("FEEDBACK ON ANSWER 6 BAD");
  CHECK(Text(world.Ask(ask), "note") == "NULL");  // not what was called bad
}

TEST_CASE("kept: a conversation goes on", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Says(kSaysPort); });
  World world;
  world.Serve(server);
  const std::string with = " USING MODEL m WITH (conversation = 'c42')";
  world.Ask(kPort + with);
  const Row row = world.Ask("'And how can I change it?' FROM docs" + with);
  CHECK(Text(row, "query") != "NULL");
  REQUIRE(server.requests().size() == 2);
  const Json messages = Json::parse(server.requests()[1].body)["messages"];
  REQUIRE(messages.size() == 4);
  CHECK(messages[1]["content"] == "Which port does the server listen on?");
  CHECK(messages[2]["role"] == "assistant");
  CHECK(messages[2]["content"].get<std::string>().find("[1]") == std::string::npos);  // numbers of other sources
  world.Ask("'Which port does the server listen on?' FROM docs USING MODEL m WITH (conversation = 'another', cache = false)");
  CHECK(Json::parse(server.requests()[2].body)["messages"].size() == 2);
  world.Ask("'And how can I change it?' FROM docs USING MODEL m WITH (history = "
            "'[{\"role\":\"user\",\"content\":\"Which port does the server listen on?\"},{\"role\":\"assistant\",\"content\":\"8080\"}]')");
  CHECK(Json::parse(server.requests()[3].body)["messages"][2]["content"] == "8080");
}

TEST_CASE("kept: a follow-up is rewritten by the model where that is wished", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request& request, size_t) {
    const bool rewrites = request.body.find("Rewrite the last question") != std::string::npos;
    return Says(rewrites ? "For how many days are backups kept?" : "Backups are kept for 35 days and then deleted [1].");
  });
  World world;
  world.Serve(server);
  world.Ask("'When do backups run every night?' FROM docs USING MODEL m WITH (conversation = 'c')");
  const Row row = world.Ask("'For how long?' FROM docs USING MODEL m WITH (conversation = 'c', rewrite = 'model')");
  CHECK(Text(row, "query").find("For how many days are backups kept?") == 0);
  CHECK(Text(row, "answer").find("35 days") != std::string::npos);
  CHECK(server.requests().size() == 3);
  CHECK(Text(world.One("SELECT question FROM quire_answers WHERE answer_id = 2"), "question") == "For how long?");
}

TEST_CASE("models: made, listed, changed while they serve, rolled back, dropped", "[answers]") {
  World world;
  CHECK(world.Run("SHOW MODELS").empty());
  world.Run("CREATE MODEL support USING PROVIDER scripted WITH (answer = 'The server listens on port 8080 by default [1].')");
  CHECK(world.Try("CREATE MODEL Support USING PROVIDER scripted WITH (answer = 'x')").status().code() == Code::kAlreadyExists);
  world.Run("CREATE MODEL IF NOT EXISTS support USING PROVIDER scripted WITH (answer = 'x')");
  CHECK(world.Try("CREATE MODEL extractive USING PROVIDER scripted WITH (answer = 'x')").status().code() == Code::kAlreadyExists);
  CHECK(world.Try("CREATE MODEL a USING PROVIDER nobody").status().message() == "model 'a': there is no provider 'nobody'");
  CHECK(world.Try("CREATE MODEL a USING PROVIDER openai").status().code() == Code::kInvalidArgument);
  CHECK(world.Try("CREATE MODEL a USING PROVIDER openai NAME 'x' WITH (context = 3)").status().code() == Code::kInvalidArgument);
  const auto version = [&] { return Text(world.Ask(kPort + " USING MODEL SUPPORT WITH (cache = false)"), "version"); };
  CHECK(version() == "1");
  world.Run("ALTER MODEL support ADD VERSION USING PROVIDER scripted WITH (answer = 'Set the option --port to change the port of the server [1].')");
  CHECK(version() == "1");
  world.Run("ALTER MODEL support PROMOTE VERSION 2");
  CHECK(version() == "2");
  world.Run("ALTER MODEL support SET (piece = 3)");
  CHECK(version() == "3");
  world.Open();
  CHECK(version() == "3");
  world.Run("ALTER MODEL support ROLLBACK");
  CHECK(version() == "2");
  world.Run("ALTER MODEL support ROLLBACK");
  CHECK(version() == "1");  // not back to what was rolled back
  CHECK(world.Try("ALTER MODEL support ROLLBACK").status().code() == Code::kNotFound);
  CHECK(world.Try("ALTER MODEL support PROMOTE VERSION 9").status().code() == Code::kNotFound);
  CHECK(world.Try("ALTER MODEL support ADD VERSION 2 USING PROVIDER scripted WITH (answer = 'x')").status().code() == Code::kAlreadyExists);
  world.Run("ALTER MODEL support ADD VERSION 7 USING PROVIDER scripted WITH (answer = 'x')");
  const auto models = world.Run("SHOW MODELS");
  REQUIRE(models.size() == 4);
  CHECK(Text(models[0], "state") == "serving");
  CHECK(Text(models[2], "options").find("piece = 3") != std::string::npos);
  CHECK(Text(models[3], "version") == "7");
  CHECK(Text(models[3], "state") == "ready");
  CHECK(world.Run("SELECT name, version, state FROM quire_models").size() == 4);
  world.Run("SET model = 'support'");
  CHECK(Text(world.Ask(kPort), "model") == "support");
  CHECK(Text(world.Ask(kPort + " USING MODEL extractive"), "model") == "extractive");
  world.Run("DROP MODEL support");
  CHECK(world.Try("ASK " + kPort).status().code() == Code::kNotFound);
  CHECK(world.Try("DROP MODEL support").status().code() == Code::kNotFound);
  world.Run("DROP MODEL IF EXISTS support");
  CHECK(world.Run("SHOW MODELS").empty());
}

TEST_CASE("kept: asked from many threads while the model changes, each answer has a number of its own and a version that served", "[answers]") {
  World world;
  world.Run("CREATE MODEL m USING PROVIDER scripted WITH (answer = 'The server listens on port 8080 by default [1].', piece = 4)");
  world.Run("ALTER MODEL m ADD VERSION USING PROVIDER scripted WITH (answer = 'Set the option --port to change the port of the server [1].')");
  std::mutex mutex;
  std::set<int64_t> numbers;
  std::vector<std::string> faults;
  std::atomic<int> running{4};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      Connection connection(world.database, world.registry);
      for (int i = 0; i < 12; ++i) {
        const auto rows = connection.Execute("ASK " + kPort + " USING MODEL m WITH (cache = false)");
        const bool more = rows.ok() && *(*rows)->Next();
        std::lock_guard lock(mutex);
        if (!more) {
          faults.push_back(rows.status().ToString());
          continue;
        }
        const bool first = (*rows)->value(8).integer() == 1;  // the version, and what it says
        const bool says_first = (*rows)->value(3).text().find("8080") != std::string::npos;
        if (first != says_first || (*rows)->value(1).text() != "answered") faults.push_back((*rows)->value(3).text());
        if (!numbers.insert((*rows)->value(0).integer()).second) faults.push_back("a number twice");
      }
      --running;
    });
  }
  for (int i = 0; running > 0; ++i) world.Run(i % 2 == 0 ? "ALTER MODEL m PROMOTE VERSION 2" : "ALTER MODEL m PROMOTE VERSION 1");
  for (std::thread& thread : threads) thread.join();
  CHECK(faults == std::vector<std::string>());
  CHECK(numbers.size() == 48);
  CHECK(world.Run("SELECT id FROM quire_answers").size() == 48);
}

TEST_CASE("models: CALIBRATE and SHOW CALIBRATION reach the extension", "[answers]") {
  World world;
  CHECK(world.Run("SHOW CALIBRATION FROM docs").empty());
  CHECK(world.Run("CALIBRATE docs TARGET REFUSAL 0.8").size() == 1);
  CHECK(world.Run("SHOW CALIBRATION FROM docs").size() == 1);
  CHECK(world.Try("CALIBRATE docs TARGET REFUSAL 1.5").status().code() == Code::kInvalidArgument);
}

TEST_CASE("models: options of ASK that are wrong", "[answers]") {
  World world;
  const auto code = [&](const std::string& with) { return world.Try("ASK " + kPort + " WITH (" + with + ")").status().code(); };
  CHECK(code("conversation = 7") == Code::kTypeMismatch);
  CHECK(code("conversation = ''") == Code::kInvalidArgument);
  CHECK(code("mode = 'loose'") == Code::kInvalidArgument);
  CHECK(code("rewrite = 'me'") == Code::kInvalidArgument);
  CHECK(code("max_cost = -1") == Code::kTypeMismatch);
  CHECK(code("cache = 'perhaps'") == Code::kInvalidArgument);
  CHECK(code("warmth = 1") == Code::kInvalidArgument);
}

}  // namespace
}  // namespace quire::chat
