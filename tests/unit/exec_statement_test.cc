#include <catch2/catch.hpp>

#include "quire/connection.h"
#include "sql/registry/registry.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire {
namespace {

class StatementFixture {
 public:
  StatementFixture() {
    auto database = Database::Open(directory_ / "db", {.sync = Sync::kOff, .background_threads = 0});
    REQUIRE(database.ok());
    connection_ = std::make_unique<Connection>(std::shared_ptr<Database>(*std::move(database)));
    REQUIRE(connection_->Execute("CREATE COLLECTION docs (year INTEGER)").ok());
  }

  Statement Prepare(std::string_view text) {
    auto statement = connection_->Prepare(text);
    if (!statement.ok()) FAIL(FormatError(statement.status(), text));
    return *std::move(statement);
  }

  // All rows, or the failure.
  static Result<std::vector<std::string>> Run(Statement& statement) {
    QUIRE_ASSIGN_OR_RETURN(const std::unique_ptr<Rows> rows, statement.Execute());
    return Drain(*rows);
  }
  static Result<std::vector<std::string>> Drain(Rows& rows) {
    std::vector<std::string> lines;
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, rows.Next());
      if (!more) return lines;
      std::string line;
      for (size_t i = 0; i < rows.columns().size(); ++i) line += (i == 0 ? "" : "|") + rows.value(i).ToString();
      lines.push_back(line);
    }
  }
  static std::vector<std::string> Do(Statement& statement) {
    auto lines = Run(statement);
    if (!lines.ok()) FAIL(FormatError(lines.status(), statement.text()));
    return *lines;
  }

  void Insert(int count) {
    Statement insert = Prepare("INSERT INTO docs (id, text, year) VALUES (?, ?, ?)");
    for (int i = 0; i < count; ++i) {
      REQUIRE(insert.Bind(1, Value::Text("c" + std::to_string(i))).ok());
      REQUIRE(insert.Bind(2, Value::Text("chunk number " + std::to_string(i))).ok());
      REQUIRE(insert.Bind(3, Value::Integer(i)).ok());
      Do(insert);
    }
  }

  Connection& connection() { return *connection_; }

 private:
  testing::TemporaryDirectory directory_;
  std::unique_ptr<Connection> connection_;
};

TEST_CASE_METHOD(StatementFixture, "statement: runs many times with other values", "[exec]") {
  Insert(20);
  Statement select = Prepare("SELECT id FROM docs WHERE year = ?");
  for (int i = 0; i < 20; ++i) {
    REQUIRE(select.Bind(1, Value::Integer(i)).ok());
    CHECK(Do(select) == std::vector<std::string>{"c" + std::to_string(i)});
  }
  CHECK(Do(select) == std::vector<std::string>{"c19"});  // values stay
  REQUIRE(select.Bind(1, Value::Null()).ok());
  CHECK(Do(select).empty());
}

TEST_CASE_METHOD(StatementFixture, "statement: every style of parameter, its index and its name", "[exec]") {
  Statement mixed = Prepare("SELECT :b, ?, $a, ?1, $2, :b, '?', 'x:y' -- :not ?");
  REQUIRE(mixed.parameter_count() == 4);
  CHECK(mixed.parameter_name(1).empty());
  CHECK(mixed.parameter_name(2).empty());
  CHECK(mixed.parameter_name(3) == "b");
  CHECK(mixed.parameter_name(4) == "a");
  CHECK(mixed.FindParameter("a") == 4);
  CHECK(mixed.FindParameter("A") == 0);
  CHECK(mixed.FindParameter("") == 0);
  for (size_t i = 1; i <= 4; ++i) REQUIRE(mixed.Bind(i, Value::Integer(static_cast<int64_t>(i))).ok());
  CHECK(Do(mixed) == std::vector<std::string>{"3|1|4|1|2|3|?|x:y"});
}

TEST_CASE_METHOD(StatementFixture, "statement: a parameter without a value is an error with its place", "[exec]") {
  Statement select = Prepare("SELECT ? + 1, :name");
  Status status = Run(select).status();
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.position() == 7);
  CHECK(select.Columns().status().code() == Code::kInvalidArgument);
  REQUIRE(select.Bind(1, Value::Integer(1)).ok());
  status = Run(select).status();
  CHECK(status.message() == "parameter :name has no value");
  CHECK(status.position() == 14);
  REQUIRE(select.Bind("name", Value::Text("x")).ok());
  CHECK(Do(select) == std::vector<std::string>{"2|x"});
  select.ClearBindings();
  CHECK(Run(select).status().code() == Code::kInvalidArgument);
}

TEST_CASE_METHOD(StatementFixture, "statement: values for parameters that are not there", "[exec]") {
  Statement select = Prepare("SELECT ?");
  CHECK(select.Bind(0, Value()).code() == Code::kInvalidArgument);
  CHECK(select.Bind(2, Value()).code() == Code::kInvalidArgument);
  CHECK(select.Bind("a", Value()).code() == Code::kInvalidArgument);
  CHECK(select.parameter_name(0).empty());
  CHECK(select.parameter_name(99).empty());
  CHECK(connection().Prepare("SELECT ?2").status().code() == Code::kInvalidArgument);
  CHECK(connection().Prepare("SELECT ?65536").status().code() == Code::kSyntaxError);
}

TEST_CASE_METHOD(StatementFixture, "statement: the columns without running it", "[exec]") {
  Statement select = Prepare("SELECT id, year AS y, 1.5 FROM docs WHERE year > ?");
  REQUIRE(select.Bind(1, Value::Integer(0)).ok());
  const auto columns = select.Columns();
  REQUIRE(columns.ok());
  REQUIRE(columns->size() == 3);
  CHECK((*columns)[0].name == "id");
  CHECK((*columns)[0].type == Type::kText);
  CHECK((*columns)[1].name == "y");
  CHECK((*columns)[1].type == Type::kInteger);
  CHECK((*columns)[2].type == Type::kReal);
  CHECK(Prepare("DELETE FROM docs").Columns()->empty());
}

TEST_CASE_METHOD(StatementFixture, "statement: the catalog may change between two runs", "[exec]") {
  Insert(3);
  Statement select = Prepare("SELECT * FROM docs ORDER BY year LIMIT 1");
  Statement insert = Prepare("INSERT INTO docs (id, year, text) VALUES ('n', ?, 't')");
  REQUIRE(insert.Bind(1, Value::Integer(-5)).ok());
  const size_t before = select.Columns()->size();
  REQUIRE(connection().database().AddColumns("docs", {{"owner", Type::kText}}).ok());
  CHECK(select.Columns()->size() == before + 1);
  CHECK(Do(select).size() == 1);
  REQUIRE(connection().Execute("DROP COLLECTION docs").ok());
  CHECK(Run(select).status().code() == Code::kNotFound);
  CHECK(Run(insert).status().code() == Code::kNotFound);
  // Made again with another type of the same column, in another place.
  REQUIRE(connection().Execute("CREATE COLLECTION docs (owner TEXT, year TEXT)").ok());
  REQUIRE(insert.Bind(1, Value::Text("MCMXCIX")).ok());
  Do(insert);
  Statement again = Prepare("SELECT year, owner FROM docs");
  CHECK(Do(again) == std::vector<std::string>{"MCMXCIX|NULL"});
}

TEST_CASE_METHOD(StatementFixture, "statement: a failing run leaves it usable", "[exec]") {
  Statement insert = Prepare("INSERT INTO docs (id, text) VALUES (?, ?)");
  REQUIRE(insert.Bind(1, Value::Text("a")).ok());
  REQUIRE(insert.Bind(2, Value::Text("x")).ok());
  Do(insert);
  CHECK(Run(insert).status().code() == Code::kAlreadyExists);
  REQUIRE(insert.Bind(1, Value::Text("b")).ok());
  Do(insert);
  Statement count = Prepare("SELECT count(*) FROM docs");
  CHECK(Do(count) == std::vector<std::string>{"2"});
}

TEST_CASE_METHOD(StatementFixture, "statement: transactions, and rows that outlive the statement", "[exec]") {
  Statement begin = Prepare("BEGIN"), rollback = Prepare("ROLLBACK");
  for (int i = 0; i < 2; ++i) {
    Do(begin);
    Insert(2);
    Do(rollback);
  }
  Insert(5);
  std::unique_ptr<Rows> rows;
  {
    Statement select = Prepare("SELECT id FROM docs WHERE year >= ? ORDER BY year");
    REQUIRE(select.Bind(1, Value::Integer(3)).ok());
    rows = *select.Execute();
    REQUIRE(select.Bind(1, Value::Integer(0)).ok());
    CHECK(Do(select).size() == 5);
    Statement moved = std::move(select);
    CHECK(Do(moved).size() == 5);
  }
  CHECK(*Drain(*rows) == std::vector<std::string>{"c3", "c4"});
}

TEST_CASE_METHOD(StatementFixture, "statement: the catalog counts what a transaction changed", "[exec]") {
  Insert(5);
  Statement chunks = Prepare("SELECT chunks FROM quire_collections WHERE name = 'docs'");
  const auto run = [&](std::string_view text) {
    Statement statement = Prepare(text);
    Do(statement);
    return Do(chunks).front();
  };
  CHECK(run("BEGIN") == "5");
  CHECK(run("INSERT INTO docs (id, text) VALUES ('n1', 'x'), ('n2', 'x')") == "7");
  CHECK(run("INSERT INTO docs (id, text) VALUES ('c0', 'x'), ('n3', 'x') ON CONFLICT (id) DO UPDATE") == "8");
  CHECK(run("INSERT INTO docs (id, text) VALUES ('n3', 'y') ON CONFLICT (id) DO NOTHING") == "8");
  CHECK(run("UPDATE docs SET year = 1") == "8");
  CHECK(run("DELETE FROM docs WHERE id IN ('c1', 'n1', 'c9')") == "6");
  CHECK(run("INSERT INTO docs (id, text) VALUES ('c1', 'again')") == "7");
  CHECK(run("COMMIT") == "7");
  CHECK(run("SELECT 1") == "7");
}

TEST_CASE_METHOD(StatementFixture, "statement: vectors and searches as parameters", "[exec]") {
  REQUIRE(connection().Execute("CREATE COLLECTION v WITH (embedder = 'none', dim = 2)").ok());
  Statement insert = Prepare("INSERT INTO v (id, embedding) VALUES (:id, :vector)");
  for (int i = 0; i < 4; ++i) {
    REQUIRE(insert.Bind("id", Value::Text(std::to_string(i))).ok());
    REQUIRE(insert.Bind("vector", Value::Vector({1, static_cast<float>(i)})).ok());
    Do(insert);
  }
  Statement nearest = Prepare("SELECT id FROM v WHERE embedding SIMILAR ? LIMIT ?");
  REQUIRE(nearest.Bind(1, Value::Vector({1, 3})).ok());
  REQUIRE(nearest.Bind(2, Value::Integer(2)).ok());
  CHECK(Do(nearest) == std::vector<std::string>{"3", "2"});
  REQUIRE(nearest.Bind(1, Value::Vector({1, 2, 3})).ok());
  CHECK_FALSE(Run(nearest).ok());
}

}  // namespace
}  // namespace quire
