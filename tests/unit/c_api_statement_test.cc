// The C ABI as it is meant to be used.
#include <limits>
#include <thread>

#include "tests/unit/c_api_support.h"

using quire::testing::CApiFixture;
using quire::testing::kToNul;
using Lines = std::vector<std::string>;

TEST_CASE("c api: versions and names", "[c_api]") {
  CHECK(std::string(quire_version()) == QUIRE_VERSION);
  CHECK(quire_version_number() == QUIRE_VERSION_NUMBER);
  CHECK(quire_abi_version() == QUIRE_ABI_VERSION);
  CHECK(std::string(quire_code_name(QUIRE_NOT_FOUND)) == "not_found");
  CHECK(std::string(quire_code_name(QUIRE_ROW)) == "row");
  CHECK(std::string(quire_code_name(77)) == "unknown");
  CHECK(std::string(quire_code_name(-1)) == "unknown");
}

TEST_CASE_METHOD(CApiFixture, "c api: values of every type go in and come out", "[c_api]") {
  Exec(
      "CREATE COLLECTION v (i INTEGER, r REAL, b BOOLEAN, d DATE, t TIMESTAMP, tags TEXT[], j JSON, n TEXT)"
      " WITH (embedder = 'none', dim = 3)");
  quire_statement* insert =
      Prepare("INSERT INTO v (id, embedding, i, r, b, d, t, tags, j, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  REQUIRE(quire_parameter_count(insert) == 10);
  const float vector[] = {1, 0.5F, -2};
  const char* tags[] = {"a", "b \"c\""};
  CHECK(quire_bind_text(insert, 1, "a\0b", 3) == QUIRE_OK);
  CHECK(quire_bind_vector(insert, 2, vector, 3) == QUIRE_OK);
  CHECK(quire_bind_int64(insert, 3, std::numeric_limits<int64_t>::min()) == QUIRE_OK);
  CHECK(quire_bind_double(insert, 4, 2.75) == QUIRE_OK);
  CHECK(quire_bind_boolean(insert, 5, 17) == QUIRE_OK);
  CHECK(quire_bind_text(insert, 6, "2026-01-31", kToNul) == QUIRE_OK);
  CHECK(quire_bind_text(insert, 7, "2026-01-31T10:00:00Z", kToNul) == QUIRE_OK);
  CHECK(quire_bind_text_array(insert, 8, tags, 2) == QUIRE_OK);
  CHECK(quire_bind_text(insert, 9, "{\"a\": 1} tail", 8) == QUIRE_OK);
  CHECK(quire_bind_null(insert, 10) == QUIRE_OK);
  REQUIRE(quire_step(insert) == QUIRE_DONE);
  CHECK(quire_changes(connection()) == 1);
  quire_finalize(insert);

  quire_statement* select = Prepare("SELECT id, embedding, i, r, b, d, t, tags, j, n FROM v");
  REQUIRE(quire_step(select) == QUIRE_ROW);
  REQUIRE(quire_column_count(select) == 10);
  const quire_type types[] = {QUIRE_TYPE_TEXT,    QUIRE_TYPE_VECTOR, QUIRE_TYPE_INTEGER,   QUIRE_TYPE_REAL,
                              QUIRE_TYPE_BOOLEAN, QUIRE_TYPE_DATE,   QUIRE_TYPE_TIMESTAMP, QUIRE_TYPE_TEXT_ARRAY,
                              QUIRE_TYPE_JSON,    QUIRE_TYPE_NULL};
  for (int i = 0; i < 10; ++i) CHECK(quire_column_type(select, i) == types[i]);
  CHECK(quire_column_declared_type(select, 9) == QUIRE_TYPE_TEXT);
  CHECK(std::string(quire_column_name(select, 3)) == "r");
  size_t size = 99;
  CHECK(std::string(quire_column_text(select, 0, &size), 3) == std::string("a\0b", 3));
  CHECK(size == 3);
  const float* stored = quire_column_vector(select, 1, &size);
  REQUIRE(size == 3);
  CHECK(std::vector<float>(stored, stored + 3) == std::vector<float>{1, 0.5F, -2});
  CHECK(std::string(quire_column_text(select, 1, nullptr)) == "[1, 0.5, -2]");
  CHECK(quire_column_int64(select, 2) == std::numeric_limits<int64_t>::min());
  CHECK(quire_column_double(select, 3) == 2.75);
  CHECK(quire_column_int64(select, 3) == 2);
  CHECK(quire_column_int64(select, 4) == 1);
  CHECK(std::string(quire_column_text(select, 4, nullptr)) == "true");
  CHECK(std::string(quire_column_text(select, 5, nullptr)) == "2026-01-31");
  CHECK(quire_column_int64(select, 6) == 1769853600000000);
  CHECK(std::string(quire_column_text(select, 7, nullptr)) == "[\"a\",\"b \\\"c\\\"\"]");
  CHECK(quire_column_text(select, 9, &size) == nullptr);
  CHECK(size == 0);
  CHECK(quire_column_int64(select, 9) == 0);
  CHECK(quire_step(select) == QUIRE_DONE);
  CHECK(quire_column_count(select) == 10);
  CHECK(quire_column_type(select, 0) == QUIRE_TYPE_NULL);
  quire_finalize(select);
}

TEST_CASE_METHOD(CApiFixture, "c api: reals out of the range of integers", "[c_api]") {
  quire_statement* select = Prepare("SELECT ?");
  for (const auto& [real, integer] : std::vector<std::pair<double, int64_t>>{
           {1e300, std::numeric_limits<int64_t>::max()}, {-1e300, std::numeric_limits<int64_t>::min()}, {-2.9, -2}}) {
    CHECK(quire_bind_double(select, 1, real) == QUIRE_OK);
    REQUIRE(quire_step(select) == QUIRE_ROW);
    CHECK(quire_column_int64(select, 0) == integer);
    CHECK(quire_step(select) == QUIRE_DONE);
  }
  quire_finalize(select);
}

TEST_CASE_METHOD(CApiFixture, "c api: named parameters, reset, and running again", "[c_api]") {
  Exec(
      "CREATE COLLECTION docs (year INTEGER); INSERT INTO docs (id, text, year) VALUES ('a', 'x', 1), ('b', 'y', 2),"
      " ('c', 'z', 3);");
  CHECK(quire_changes(connection()) == 3);
  quire_statement* select = Prepare("SELECT id FROM docs WHERE year >= :from AND year < ? ORDER BY year");
  REQUIRE(quire_parameter_count(select) == 2);
  CHECK(std::string(quire_parameter_name(select, 1)).empty());
  CHECK(std::string(quire_parameter_name(select, 2)) == "from");
  REQUIRE(quire_parameter_index(select, "from") == 2);
  CHECK(quire_bind_int64(select, 2, 2) == QUIRE_OK);
  CHECK(quire_bind_int64(select, 1, 9) == QUIRE_OK);
  CHECK(Rows(select) == Lines{"b", "c"});
  CHECK(Rows(select) == Lines{"b", "c"});  // runs again
  REQUIRE(quire_step(select) == QUIRE_ROW);
  CHECK(quire_bind_int64(select, 2, 3) == QUIRE_OK);  // for the next run
  REQUIRE(quire_step(select) == QUIRE_ROW);
  CHECK(std::string(quire_column_text(select, 0, nullptr)) == "c");
  CHECK(quire_reset(select) == QUIRE_OK);
  CHECK(Rows(select) == Lines{"c"});
  CHECK(quire_clear_bindings(select) == QUIRE_OK);
  CHECK(quire_step(select) == QUIRE_INVALID_ARGUMENT);
  CHECK(message() == "parameter 1 has no value");
  quire_finalize(select);
}

TEST_CASE_METHOD(CApiFixture, "c api: prepare takes one statement at a time", "[c_api]") {
  const std::string script = " -- first\nSELECT 1; SELECT ';' ; -- the end\n";
  Lines rows;
  for (size_t at = 0; at < script.size();) {
    quire_statement* statement = nullptr;
    size_t tail = 0;
    REQUIRE(quire_prepare(connection(), script.data() + at, static_cast<int64_t>(script.size() - at), &statement,
                          &tail) == QUIRE_OK);
    REQUIRE(tail > 0);
    at += tail;
    if (statement == nullptr) continue;
    for (const std::string& row : Rows(statement)) rows.push_back(row);
    quire_finalize(statement);
  }
  CHECK(rows == Lines{"1", ";"});
}

TEST_CASE_METHOD(CApiFixture, "c api: a failure has code, message, hint and place", "[c_api]") {
  size_t byte = 0, line = 0, column = 0;
  CHECK(quire_error_code(connection()) == QUIRE_OK);
  CHECK(message().empty());
  CHECK(quire_error_position(connection(), &byte, &line, &column) == 0);
  CHECK(quire_exec(connection(), "SELECT 1;\n\nSELECT '\xc3\xa9', SELEC 2", kToNul) == QUIRE_SYNTAX_ERROR);
  CHECK(quire_error_code(connection()) == QUIRE_SYNTAX_ERROR);
  CHECK_FALSE(message().empty());
  REQUIRE(quire_error_position(connection(), &byte, &line, &column) == 1);
  CHECK(line == 3);
  CHECK(byte >= 24);
  CHECK(column == byte - 11);  // line 3 begins at byte 11, and one character before the place has two bytes
  CHECK(quire_error_position(connection(), nullptr, nullptr, nullptr) == 1);
  Exec("CREATE COLLECTION docs");
  CHECK_FALSE(message().empty());  // stays until the next failure
  CHECK(quire_exec(connection(), "SELECT * FROM dosc", kToNul) == QUIRE_NOT_FOUND);
  CHECK(std::string(quire_error_hint(connection())).find("docs") != std::string::npos);
  quire_statement* statement = nullptr;
  CHECK(quire_prepare(connection(), "SELECT FROM WHERE", kToNul, &statement, nullptr) == QUIRE_SYNTAX_ERROR);
  CHECK(statement == nullptr);
}

TEST_CASE_METHOD(CApiFixture, "c api: transactions, and sessions beside each other", "[c_api]") {
  Exec("CREATE COLLECTION docs");
  quire_connection* other = nullptr;
  REQUIRE(quire_connect(connection(), &other) == QUIRE_OK);
  Exec("BEGIN; INSERT INTO docs (id, text) VALUES ('a', 'x')");
  CHECK(quire_in_transaction(connection()) == 1);
  CHECK(quire_in_transaction(other) == 0);
  quire_statement* count = nullptr;
  REQUIRE(quire_prepare(other, "SELECT count(*) FROM docs", kToNul, &count, nullptr) == QUIRE_OK);
  CHECK(quire_statement_connection(count) == other);
  CHECK(Rows(count) == Lines{"0"});
  Exec("COMMIT");
  CHECK(Rows(count) == Lines{"1"});
  quire_finalize(count);
  quire_close(other);
  CHECK(Rows("SELECT count(*) FROM docs") == Lines{"1"});
}

TEST_CASE_METHOD(CApiFixture, "c api: ASK answers as a row, COPY loads, notices are told", "[c_api]") {
  Exec(
      "CREATE COLLECTION docs; INSERT INTO docs (id, uri, title, text) VALUES"
      " ('a', 'a.md', 'Passwords', 'To reset your password, open Settings and choose Reset password.')");
  quire_statement* ask = Prepare("ASK ? FROM docs");
  CHECK(quire_bind_text(ask, 1, "How do I reset my password?", kToNul) == QUIRE_OK);
  REQUIRE(quire_step(ask) == QUIRE_ROW);
  bool has_answer = false;
  for (int i = 0; i < quire_column_count(ask); ++i) has_answer |= std::string(quire_column_name(ask, i)) == "answer";
  CHECK(has_answer);
  CHECK(quire_step(ask) == QUIRE_DONE);
  quire_finalize(ask);
  CHECK(quire_exec(connection(), "COPY docs FROM '/nowhere/at/all.md'", kToNul) == QUIRE_NOT_FOUND);
  quire_statement* drop = Prepare("DROP COLLECTION IF EXISTS nothing");
  CHECK(quire_step(drop) == QUIRE_DONE);
  REQUIRE(quire_notice_count(drop) == 1);
  CHECK(std::string(quire_notice(drop, 0)).find("nothing") != std::string::npos);
  CHECK(std::string(quire_notice(drop, 1)).empty());
  quire_finalize(drop);
}

TEST_CASE_METHOD(CApiFixture, "c api: an interrupt from another thread ends the statement", "[c_api]") {
  Exec("CREATE COLLECTION docs (n INTEGER)");
  Exec("BEGIN");
  quire_statement* insert = Prepare("INSERT INTO docs (text, n) VALUES ('x y z', ?)");
  for (int i = 0; i < 200; ++i) {
    REQUIRE(quire_bind_int64(insert, 1, i) == QUIRE_OK);
    REQUIRE(quire_step(insert) == QUIRE_DONE);
  }
  quire_finalize(insert);
  Exec("COMMIT");
  quire_statement* select = Prepare("SELECT n FROM docs");
  REQUIRE(quire_step(select) == QUIRE_ROW);
  std::thread([&] { CHECK(quire_interrupt(connection()) == QUIRE_OK); }).join();
  CHECK(quire_step(select) == QUIRE_CANCELLED);
  CHECK(quire_error_code(connection()) == QUIRE_CANCELLED);
  CHECK(Rows(select).size() == 200);
  quire_finalize(select);
}

TEST_CASE_METHOD(CApiFixture, "c api: a directory that is missing, and one that is read only", "[c_api]") {
  quire_options options;
  quire_options_init(&options);
  options.create_if_missing = 0;
  quire_connection* none = nullptr;
  CHECK(quire_open("/nowhere/at/all", &options, &none) == QUIRE_NOT_FOUND);
  REQUIRE(none != nullptr);
  CHECK(std::string(quire_error_message(none)).find("/nowhere/at/all") != std::string::npos);
  CHECK(quire_exec(none, "SELECT 1", kToNul) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_error_code(none) == QUIRE_NOT_FOUND);
  quire_close(none);
  Exec("CREATE COLLECTION docs; CHECKPOINT");
  options.read_only = 1;
  quire_connection* reader = nullptr;
  REQUIRE(quire_open(path().c_str(), &options, &reader) == QUIRE_OK);
  CHECK(quire_exec(reader, "DROP COLLECTION docs", kToNul) == QUIRE_READ_ONLY);
  CHECK(quire_exec(reader, "SELECT count(*) FROM docs", kToNul) == QUIRE_OK);
  quire_close(reader);
}

TEST_CASE_METHOD(CApiFixture, "c api: an answer comes as events, and can be stopped by them", "[c_api]") {
  REQUIRE(quire_exec(connection(),
                     "CREATE COLLECTION docs; INSERT INTO docs (uri, text) VALUES"
                     " ('a.md', 'To reset your password, open Settings and choose Reset password.')",
                     kToNul) == QUIRE_OK);
  struct Heard {
    std::vector<int> kinds;
    std::string text;
    bool stop = false;
  } heard;
  const auto listen = [](void* context, int kind, const char* text, size_t size) {
    auto* self = static_cast<Heard*>(context);
    self->kinds.push_back(kind);
    if (kind == QUIRE_ANSWER_TEXT) self->text.append(text, size);
    return self->stop ? 1 : 0;
  };
  REQUIRE(quire_answer(connection(), listen, &heard) == QUIRE_OK);
  const char* ask = "ASK 'How do I reset my password?' FROM docs";
  CHECK(quire_exec(connection(), ask, kToNul) == QUIRE_OK);
  REQUIRE(heard.kinds.size() >= 3);
  CHECK(heard.kinds.front() == QUIRE_ANSWER_SOURCES);
  CHECK(heard.kinds.back() == QUIRE_ANSWER_DONE);
  CHECK(heard.text.find("Reset password.") != std::string::npos);
  heard.stop = true;
  CHECK(quire_exec(connection(), ask, kToNul) == QUIRE_CANCELLED);
  heard = {};
  REQUIRE(quire_answer(connection(), nullptr, nullptr) == QUIRE_OK);
  CHECK(quire_exec(connection(), ask, kToNul) == QUIRE_OK);
  CHECK(heard.kinds.empty());
}
