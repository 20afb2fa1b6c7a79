// Any bytes as a statement over collections that are there: bound and planned, or refused with a place inside the text. Nothing
// but subqueries is run.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "quire/connection.h"
#include "sql/parse/lexer.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Connection;
using quire::Status;

void Require(const Status& status) {
  if (!status.ok()) std::abort();
}

// In a directory that goes with the process.
class World {
 public:
  World() {
    auto database = quire::Database::Open(directory_ / "db", {.sync = quire::Sync::kOff, .background_threads = 0});
    Require(database.status());
    connection_ = std::make_unique<Connection>(std::shared_ptr<quire::Database>(*std::move(database)));
    for (const char* statement : {"CREATE COLLECTION docs (product TEXT, year INTEGER, published DATE, tags TEXT[], "
                                  "price REAL, draft BOOLEAN, extra JSON)",
                                  "CREATE COLLECTION v (label TEXT) WITH (embedder = 'none', dim = 3)",
                                  "INSERT INTO docs (id, uri, text, year, tags, extra) VALUES ('a', 'a.md', 'Reset "
                                  "your password', 2024, ['x'], '{\"a\":1}'),"
                                  " ('b', 'b.md', 'Export as CSV', NULL, NULL, NULL)",
                                  "INSERT INTO v (id, embedding) VALUES ('p', '[1,0,0]'), ('q', '[0,1,0]')"}) {
      Require(connection_->Execute(statement).status());
    }
  }
  Connection& connection() { return *connection_; }

 private:
  quire::testing::TemporaryDirectory directory_;
  std::unique_ptr<Connection> connection_;
};

void CheckPlace(const Status& status, std::string_view text) {
  if (status.ok()) return;
  if (status.position() != Status::kNoPosition && status.position() > text.size()) std::abort();
  if (quire::FormatError(status, text).empty()) std::abort();
  if (status.code() == quire::Code::kInternal || status.code() == quire::Code::kCorruption) std::abort();
}

bool RunsUnderExplain(std::string_view text) {
  quire::sql::Lexer lexer(text);
  const quire::sql::Token first = lexer.Next();
  const std::string word = quire::sql::AsciiUpper(text.substr(first.start, first.end - first.start));
  return word == "ANALYZE" || word == "ASK";  // the one runs the statement, the other one asks an extension
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto statement = world.connection().Prepare(text);
  CheckPlace(statement.status(), text);
  if (statement.ok()) {
    for (size_t i = 1; i <= statement->parameter_count(); ++i) {
      Require(statement->Bind(i, i % 2 == 0 ? quire::Value::Integer(2) : quire::Value::Text("reset")));
    }
    CheckPlace(statement->Columns().status(), text);
  }
  if (RunsUnderExplain(text)) return 0;
  const std::string explain = "EXPLAIN " + std::string(text);
  CheckPlace(world.connection().Execute(explain).status(), explain);
  return 0;
}
