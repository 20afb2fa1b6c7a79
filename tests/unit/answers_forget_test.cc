// FORGET DOCUMENT and kept answers: what they hold of a document leaves the database with it.
#include "tests/unit/answers_support.h"

namespace quire::chat {
namespace {

using quire::testing::ScriptedServer;

const std::string kPort = "'Which port does the server listen on?' FROM docs";
const std::string kBackups = "'When do backups run every night?' FROM docs";

// Bytes of all files of the database as they lie there: the log and what is not compressed.
std::string FilesOf(World* world) {
  std::string bytes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world->directory.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    bytes.append((std::istreambuf_iterator<char>(file)), {});
  }
  return bytes;
}

TEST_CASE("forget: answers that quote the document, their quotes and what was said of them", "[answers]") {
  World world;
  world.Ask(kPort);
  world.Ask(kBackups);
  world.Run("FEEDBACK ON ANSWER 1 BAD CORRECTION 'port 8080 is the default, but ours is 9000' REASON 'wrong'");
  CHECK(FilesOf(&world).find("ours is 9000") != std::string::npos);
  const size_t quotes = world.Run("SELECT id FROM quire_citations WHERE uri = 'install.md'").size();
  REQUIRE(quotes > 0);
  const Row receipt = world.One("FORGET DOCUMENT 'install.md' FROM docs");
  CHECK(Text(receipt, "chunks") == "1");
  CHECK(receipt.at("answers").integer() >= 1);
  CHECK(Text(receipt, "quotes") == std::to_string(quotes));
  CHECK(Text(receipt, "found") == "0");
  const Row first = world.One("SELECT answer_id, question, text, status, sources, sentences, model, tokens_out FROM quire_answers WHERE answer_id = 1");
  CHECK(Text(first, "status") == "forgotten");
  CHECK(Text(first, "text").empty());
  CHECK(Text(first, "sentences") == "[]");
  CHECK(Text(first, "question") == "Which port does the server listen on?");
  CHECK(first.at("tokens_out").integer() > 0);
  CHECK(Text(first, "sources").find("install.md") == std::string::npos);
  CHECK(world.Run("SELECT id FROM quire_citations WHERE uri = 'install.md'").empty());
  const Row feedback = world.One("SELECT rating, correction, reason FROM quire_feedback");
  CHECK(Text(feedback, "rating") == "bad");
  CHECK(Text(feedback, "correction") == "NULL");
  const Row second = world.One("SELECT text, sources FROM quire_answers WHERE answer_id = 2");
  CHECK(Text(second, "sources").find("install.md") == std::string::npos);
  CHECK(world.Run("EXPLAIN ANSWER 1").size() > 3);
  CHECK(world.Run("CHECK DATABASE").empty());
  CHECK(world.Run("SELECT id FROM quire_answers WHERE text MATCH 'port' LIMIT 5").empty());
  const std::string bytes = FilesOf(&world);
  CHECK(bytes.find("listens on port 8080") == std::string::npos);
  CHECK(bytes.find("ours is 9000") == std::string::npos);
}

TEST_CASE("forget: the search of the files finds what is left in kept answers", "[answers]") {
  World world;
  world.Ask(kPort);
  const auto receipt = world.database->ForgetDocument("docs", "install.md", {});  // without the extension's part
  REQUIRE(receipt.ok());
  std::string found;
  for (const std::string& line : receipt->found) found += line + "\n";
  INFO(found);
  CHECK(found.find("quire_answers") != std::string::npos);
  CHECK(found.find("quire_citations") != std::string::npos);
}

TEST_CASE("forget: an answer that did not use the document keeps its text", "[answers]") {
  World world;
  world.Ask(kBackups + " WITH (k = 1)");
  world.Run("FORGET DOCUMENT 'login.md' FROM docs");
  const Row row = world.One("SELECT text, status FROM quire_answers");
  CHECK(Text(row, "status") == "answered");
  CHECK(Text(row, "text").find("02:30") != std::string::npos);
}

TEST_CASE("forget: a document of the same name in another collection is another one", "[answers]") {
  World world;
  world.Run("UPDATE docs SET uri = 'guide/installation.md' WHERE id = 'port'");
  world.Ask(kPort);
  world.Run("CREATE COLLECTION other");
  world.Run("INSERT INTO other (uri, text) VALUES ('guide/installation.md', 'Something else stands here.')");
  const Row receipt = world.One("FORGET DOCUMENT 'guide/installation.md' FROM other");
  CHECK(Text(receipt, "chunks") == "1");
  CHECK(Text(receipt, "answers") == "0");
  CHECK(Text(receipt, "quotes") == "0");
  CHECK(receipt.at("found").integer() > 0);  // the name is still in docs and in what was answered from it
  CHECK(Text(world.One("SELECT status FROM quire_answers"), "status") == "answered");
}

TEST_CASE("forget: an answer that a model wrote from the document is not given again, nor talked on from", "[answers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return Says("Every night at 02:30 [1]. The server listens on port 8080 by default [2]."); });
  World world;
  world.Serve(server);
  const std::string ask = "'Which port does the server listen on, and when do backups run?' FROM docs USING MODEL m WITH (conversation = 'c')";
  world.Ask(ask);
  CHECK(Text(world.One("FORGET DOCUMENT 'backup.md' FROM docs"), "answers") == "1");
  world.Ask("'And which port was it?' FROM docs USING MODEL m WITH (conversation = 'c')");
  CHECK(server.requests().back().body.find("02:30") == std::string::npos);
  CHECK(Text(world.One("SELECT text FROM quire_answers WHERE answer_id = 1"), "text").empty());
}

TEST_CASE("forget: with nothing kept, and without the extension's collections", "[answers]") {
  World world;
  const Row receipt = world.One("FORGET DOCUMENT 'login.md' FROM docs");
  CHECK(Text(receipt, "answers") == "0");
  CHECK(Text(receipt, "found") == "0");
}

}  // namespace
}  // namespace quire::chat
