#include <catch2/catch.hpp>

#include "quire/connection.h"
#include "sql/registry/registry.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire {
namespace {

// Tells what it was called with, and reports progress.
class FakeSource : public sql::DocumentSource {
 public:
  Result<sql::CopyReport> Copy(const sql::CopyRequest& request, const sql::Session& session) const override {
    if (session.progress) session.progress({"documents", 1, 2});
    if (request.source == "missing") return Status(Code::kNotFound, "no such file");
    auto transaction = session.database.Begin();
    Chunk chunk;
    chunk.uri = request.source;
    chunk.text = request.options.count("format") != 0 ? request.options.at("format").text() : "plain";
    QUIRE_RETURN_IF_ERROR(transaction->Insert(request.collection, std::move(chunk)));
    QUIRE_RETURN_IF_ERROR(transaction->Commit());
    return sql::CopyReport{1, 1, 0, {"one thing was left out"}};
  }
};

// An answer of a shape that no answer has.
class BrokenProvider : public sql::AnswerProvider {
 public:
  Result<sql::RowSet> Ask(const sql::AskRequest&, const sql::Session&) const override {
    return sql::RowSet{{{"a", Type::kText}, {"b", Type::kText}}, {{Value::Text("only one")}}};
  }
};

class ConnectionFixture {
 public:
  ConnectionFixture() {
    auto registry = std::make_shared<sql::Registry>();
    REQUIRE(registry->SetDocumentSource(std::make_unique<FakeSource>()).ok());
    REQUIRE(registry->SetAnswerProvider(std::make_unique<BrokenProvider>()).ok());
    auto database = Database::Open(directory_ / "db", {.sync = Sync::kOff, .background_threads = 0});
    REQUIRE(database.ok());
    connection_ = std::make_unique<Connection>(std::shared_ptr<Database>(*std::move(database)), std::move(registry));
    Do("CREATE COLLECTION docs (year INTEGER)");
  }

  // All rows, or the failure.
  Result<std::vector<std::string>> Run(std::string_view statement, Parameters parameters = {}) {
    QUIRE_ASSIGN_OR_RETURN(rows_, connection_->Execute(statement, std::move(parameters)));
    std::vector<std::string> lines;
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, rows_->Next());
      if (!more) return lines;
      std::string line;
      for (size_t i = 0; i < rows_->columns().size(); ++i) line += (i == 0 ? "" : "|") + rows_->value(i).ToString();
      lines.push_back(line);
    }
  }

  std::vector<std::string> Do(std::string_view statement, Parameters parameters = {}) {
    auto lines = Run(statement, std::move(parameters));
    if (!lines.ok()) FAIL(FormatError(lines.status(), statement));
    return *lines;
  }

  void Fill(int count) {
    Do("BEGIN");
    for (int i = 0; i < count; ++i) {
      Do("INSERT INTO docs (id, text, year) VALUES (?, ?, ?)",
         {.positional = {Value::Text("c" + std::to_string(i)), Value::Text("chunk number " + std::to_string(i)),
                         Value::Integer(i)}});
    }
    Do("COMMIT");
  }

  Connection& connection() { return *connection_; }
  Rows& rows() { return *rows_; }

 private:
  testing::TemporaryDirectory directory_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Rows> rows_;
};

TEST_CASE_METHOD(ConnectionFixture, "exec: COPY goes to the document source", "[exec]") {
  std::vector<uint64_t> progress;
  connection().OnProgress([&](const Progress& p) { progress.push_back(p.done); });
  CHECK(Do("COPY docs FROM 'a.md' (FORMAT markdown)") == std::vector<std::string>{"1|1|0"});
  CHECK(rows().changes() == 1);
  CHECK(rows().notices() == std::vector<std::string>{"one thing was left out"});
  CHECK(progress == std::vector<uint64_t>{1});
  CHECK(Do("SELECT uri, text FROM docs") == std::vector<std::string>{"a.md|markdown"});
  CHECK(Run("COPY docs FROM 'missing'").status().code() == Code::kNotFound);
  CHECK(Run("COPY docs FROM ''").status().code() == Code::kInvalidArgument);
}

TEST_CASE_METHOD(ConnectionFixture, "exec: a row of the wrong width from an extension is an error", "[exec]") {
  CHECK(Run("ASK 'x' FROM docs").status().code() == Code::kInternal);
  CHECK(Do("SELECT 1") == std::vector<std::string>{"1"});
}

TEST_CASE_METHOD(ConnectionFixture, "exec: rows are computed as they are pulled, and see the moment of Execute",
                 "[exec]") {
  Fill(10);
  auto rows = connection().Execute("SELECT id FROM docs");
  REQUIRE(rows.ok());
  REQUIRE((*rows)->columns().size() == 1);
  CHECK((*rows)->columns()[0].type == Type::kText);
  REQUIRE(*(*rows)->Next());
  CHECK((*rows)->value(0) == Value::Text("c0"));
  auto transaction = connection().database().Begin();
  REQUIRE(transaction->Delete("docs", "c5").ok());
  REQUIRE(transaction->Commit().ok());
  int count = 1;
  while (*(*rows)->Next()) ++count;
  CHECK(count == 10);
  CHECK_FALSE(*(*rows)->Next());
  CHECK(Do("SELECT count(*) FROM docs") == std::vector<std::string>{"9"});
}

TEST_CASE_METHOD(ConnectionFixture, "exec: an interrupt ends the rows, and the session goes on", "[exec]") {
  Fill(10);
  for (const char* statement :
       {"SELECT id FROM docs", "SELECT id FROM docs ORDER BY year", "SELECT id FROM docs WHERE length(text) > 1",
        "SELECT max(year) FROM docs", "SELECT id FROM docs WHERE text SIMILAR 'chunk' LIMIT 3"}) {
    INFO(statement);
    auto rows = connection().Execute(statement);
    REQUIRE(rows.ok());
    connection().Interrupt();
    CHECK((*rows)->Next().status().code() == Code::kCancelled);
    CHECK_FALSE(*(*rows)->Next());
    CHECK(Do("SELECT count(*) FROM docs") == std::vector<std::string>{"10"});
  }
}

TEST_CASE_METHOD(ConnectionFixture, "exec: a conflict ends the transaction", "[exec]") {
  Fill(1);
  Do("BEGIN");
  Do("UPDATE docs SET year = 5 WHERE id = 'c0'");
  auto other = connection().database().Begin();
  REQUIRE(other->Delete("docs", "c0").ok());
  REQUIRE(other->Commit().ok());
  CHECK(Run("COMMIT").status().code() == Code::kConflict);
  CHECK_FALSE(connection().in_transaction());
  CHECK(Do("SELECT count(*) FROM docs") == std::vector<std::string>{"0"});
}

TEST_CASE_METHOD(ConnectionFixture, "exec: a destroyed connection drops its transaction", "[exec]") {
  {
    Connection second(std::shared_ptr<Database>(&connection().database(), [](Database*) {}));
    REQUIRE(second.Execute("BEGIN").ok());
    REQUIRE(second.Execute("INSERT INTO docs (text) VALUES ('x')").ok());
    CHECK(second.in_transaction());
    CHECK_FALSE(connection().in_transaction());
  }
  CHECK(Do("SELECT count(*) FROM docs") == std::vector<std::string>{"0"});
}

TEST_CASE_METHOD(ConnectionFixture, "exec: EXPLAIN ANALYZE counts the rows of each operator", "[exec]") {
  Fill(10);
  const std::vector<std::string> lines =
      Do("EXPLAIN ANALYZE SELECT id FROM docs WHERE year > 3 ORDER BY year DESC LIMIT 2");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].rfind("Project id  (2 rows, ", 0) == 0);
  CHECK(lines[1].rfind("  Top 2 by year DESC; read late: id  (2 rows, ", 0) == 0);
  CHECK(lines[1].find(" ms, 2 chunks, ") != std::string::npos);
  CHECK(lines[2].rfind("    Scan docs filter: year > 3  (6 rows, ", 0) == 0);
  CHECK(lines[2].find("chunks, ") == std::string::npos);
}

TEST_CASE_METHOD(ConnectionFixture, "exec: EXPLAIN ANALYZE counts what a search reads", "[exec]") {
  Fill(100);
  const std::string by_vector =
      Do("EXPLAIN ANALYZE SELECT id FROM docs ORDER BY embedding <=> (SELECT embedding FROM docs WHERE id = 'c3') LIMIT 2").back();
  INFO(by_vector);
  CHECK(by_vector.find("  Search docs vector k=2") == 0);
  CHECK(by_vector.find(" ms, 4 blocks, ") != std::string::npos);  // of 32 codes
  CHECK(by_vector.find(" refined, 2 chunks, ") != std::string::npos);
  CHECK(by_vector.find(" bytes)") != std::string::npos);
  const std::string by_words = Do("EXPLAIN ANALYZE SELECT id FROM docs WHERE text MATCH 'number' LIMIT 2").back();
  INFO(by_words);
  CHECK(by_words.find(" ms, 1 blocks, 2 chunks, ") != std::string::npos);
}

TEST_CASE_METHOD(ConnectionFixture, "exec: EXPLAIN RETRIEVAL names every candidate", "[exec]") {
  Fill(5);
  const std::vector<std::string> lines =
      Do("EXPLAIN RETRIEVAL SELECT id FROM docs WHERE text SIMILAR 'chunk number 3' AND year > 1 LIMIT 3");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].rfind("1|c3|", 0) == 0);
  CHECK(rows().columns().size() == 10);
  CHECK(rows().columns()[3].name == "vector_rank");
}

TEST_CASE_METHOD(ConnectionFixture, "exec: a search with min_score alone tells when it was cut", "[exec]") {
  Do("CREATE COLLECTION v WITH (embedder = 'none', dim = 1)");
  auto transaction = connection().database().Begin();
  for (uint32_t i = 0; i <= kMaxResults; ++i) {
    REQUIRE(transaction->Insert("v", {.id = std::to_string(i), .text = "x", .embedding = {1}}).ok());
  }
  REQUIRE(transaction->Commit().ok());
  CHECK(Do("SELECT count(*) FROM v WHERE SIMILAR(embedding, '[1]', min_score => 0)") ==
        std::vector<std::string>{std::to_string(kMaxResults)});
  REQUIRE(rows().notices().size() == 1);
  CHECK(rows().notices()[0].find("only the nearest 10000 rows") == 0);
}

TEST_CASE_METHOD(ConnectionFixture, "exec: statements end with or without a semicolon, and hold one", "[exec]") {
  CHECK(Do("SELECT 1;") == std::vector<std::string>{"1"});
  CHECK(Run("SELECT 1; SELECT 2").status().code() == Code::kSyntaxError);
  CHECK(Run("").status().code() == Code::kSyntaxError);
  CHECK(Connection::FirstStatement("SELECT ';'; SELECT 2") == 11);
  CHECK(Connection::FirstStatement("SELECT 1") == 0);
}

TEST_CASE("exec: a database that is read only takes no changes", "[exec]") {
  const testing::TemporaryDirectory directory;
  {
    auto database = Database::Open(directory / "db", {});
    REQUIRE(database.ok());
    REQUIRE((*database)->CreateCollection({.name = "docs"}).ok());
  }
  auto database = Database::Open(directory / "db", {.read_only = true});
  REQUIRE(database.ok());
  Connection connection(std::shared_ptr<Database>(*std::move(database)));
  for (const char* statement :
       {"INSERT INTO docs (text) VALUES ('x')", "UPDATE docs SET title = 'x'", "DELETE FROM docs",
        "CREATE COLLECTION x", "DROP COLLECTION docs", "COPY docs FROM 'x'", "VACUUM", "CHECKPOINT"}) {
    INFO(statement);
    CHECK(connection.Execute(statement).status().code() == Code::kReadOnly);
  }
  CHECK(connection.Execute("SELECT count(*) FROM docs").ok());
}

}  // namespace
}  // namespace quire
