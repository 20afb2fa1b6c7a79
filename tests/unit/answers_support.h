// A database with a small manual and a connection with every extension a chat needs, for tests of ASK over models.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "extensions/chat/register.h"
#include "extensions/providers/register.h"
#include "quire/connection.h"
#include "sql/registry/registry.h"
#include "tests/unit/support/scripted_server.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::chat {

using Json = nlohmann::json;
using Reply = quire::testing::ScriptedServer::Reply;
using Row = std::map<std::string, Value>;

inline std::string Delta(const std::string& text) { return "data: " + Json{{"choices", {{{"delta", {{"content", text}}}}}}}.dump() + "\n\n"; }
inline const std::string kStop =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":400,\"completion_tokens\":20}}\n\ndata: [DONE]\n\n";
inline Reply Says(const std::string& text) { return {.body = Delta(text) + kStop}; }

class World {
 public:
  World() {
    registry = std::make_shared<sql::Registry>();
    REQUIRE(providers::RegisterProviders(registry.get()).ok());
    REQUIRE(RegisterChat(registry.get()).ok());
    Open();
    Run("CREATE COLLECTION docs");
    Run("INSERT INTO docs (id, uri, title, section, text) VALUES "
        "('port', 'install.md', 'Install', 'Install > Port', 'The server listens on port 8080 by default. Set the option --port to change the port of the server.'),"
        "('backup', 'backup.md', 'Backups', 'Backups > Schedule', 'Backups run at 02:30 every night. Backups are kept for 35 days and then deleted.'),"
        "('export', 'export.md', 'Export', 'Export > COCO', 'To export annotations as COCO, click Export and choose the format. See https://docs.example.com/export for details.'),"
        "('login', 'login.md', 'Login', 'Login > Password', 'Reset your password on the login page. An administrator cannot see your password.')");
    std::string filler;
    for (int i = 0; i < 30; ++i) {
      filler += (i == 0 ? "" : ", ") + ("('filler.md', 'Shade " + std::to_string(i) + " of the palette suits labels and projects.')");
    }
    Run("INSERT INTO docs (uri, text) VALUES " + filler);
  }
  void Open(Options options = {}) {
    connection.reset();
    database.reset();
    options.sync = Sync::kOff;
    auto opened = Database::Open(directory / "db", options);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    database = *std::move(opened);
    connection = std::make_unique<Connection>(database, registry);
  }

  Result<std::vector<Row>> Try(const std::string& statement, Parameters parameters = {}) {
    QUIRE_ASSIGN_OR_RETURN(const auto rows, connection->Execute(statement, std::move(parameters)));
    std::vector<Row> all;
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, rows->Next());
      if (!more) return all;
      Row& row = all.emplace_back();
      for (size_t i = 0; i < rows->columns().size(); ++i) row[rows->columns()[i].name] = rows->value(i);
    }
  }
  std::vector<Row> Run(const std::string& statement, Parameters parameters = {}) {
    auto rows = Try(statement, std::move(parameters));
    INFO(statement << ": " << rows.status().ToString());
    REQUIRE(rows.ok());
    return *std::move(rows);
  }
  // The one row.
  Row One(const std::string& statement) {
    auto rows = Run(statement);
    INFO(statement);
    REQUIRE(rows.size() == 1);
    return rows[0];
  }
  Row Ask(const std::string& rest) { return One("ASK " + rest); }

  // Makes the model `m` of an endpoint.
  void Serve(const quire::testing::ScriptedServer& server, const std::string& options = "retries = 0") {
    Run("CREATE MODEL m USING PROVIDER openai ENDPOINT '" + server.url() + "' NAME 'tiny' WITH (" + options + ")");
  }

  quire::testing::TemporaryDirectory directory;
  std::shared_ptr<sql::Registry> registry;
  std::shared_ptr<Database> database;
  std::unique_ptr<Connection> connection;
};

inline std::string Text(const Row& row, const std::string& column) {
  const auto found = row.find(column);
  REQUIRE(found != row.end());
  return found->second.is_null() ? "NULL" : found->second.ToString();
}
inline Json Parsed(const Row& row, const std::string& column) { return Json::parse(Text(row, column)); }

}  // namespace quire::chat
