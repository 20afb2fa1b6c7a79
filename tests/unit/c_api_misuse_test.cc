// The C ABI as it is not meant to be used: error codes, never a crash. Most of this is for the address sanitizer to see.
#include <cstring>
#include <thread>

#include "tests/unit/c_api_support.h"

using quire::testing::CApiFixture;
using quire::testing::kToNul;

namespace {

// Every function that takes a statement, on one that is none.
void UseDead(quire_statement* statement) {
  CHECK(quire_statement_connection(statement) == nullptr);
  CHECK(quire_parameter_count(statement) == 0);
  CHECK(quire_parameter_index(statement, "a") == 0);
  CHECK(std::string(quire_parameter_name(statement, 1)).empty());
  CHECK(quire_bind_null(statement, 1) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_boolean(statement, 1, 1) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_int64(statement, 1, 1) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_double(statement, 1, 1) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_text(statement, 1, "a", kToNul) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_blob(statement, 1, "abcd", 4) == QUIRE_INVALID_ARGUMENT);
  const float vector[] = {1};
  CHECK(quire_bind_vector(statement, 1, vector, 1) == QUIRE_INVALID_ARGUMENT);
  const char* items[] = {"a"};
  CHECK(quire_bind_text_array(statement, 1, items, 1) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_clear_bindings(statement) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_step(statement) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_reset(statement) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_column_type(statement, 0) == QUIRE_TYPE_NULL);
  CHECK(quire_column_int64(statement, 0) == 0);
  CHECK(quire_column_double(statement, 0) == 0);
  size_t size = 7;
  CHECK(quire_column_text(statement, 0, &size) == nullptr);
  CHECK(size == 0);
  CHECK(quire_column_vector(statement, 0, &size) == nullptr);
}

void UseDead(quire_connection* connection) {
  quire_statement* statement = nullptr;
  size_t tail = 7;
  CHECK(quire_exec(connection, "SELECT 1", kToNul) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_prepare(connection, "SELECT 1", kToNul, &statement, &tail) == QUIRE_INVALID_ARGUMENT);
  CHECK(statement == nullptr);
  CHECK(tail == 0);
  quire_connection* other = nullptr;
  CHECK(quire_connect(connection, &other) == QUIRE_INVALID_ARGUMENT);
  CHECK(other == nullptr);
  CHECK(quire_interrupt(connection) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_progress(connection, nullptr, nullptr) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_answer(connection, nullptr, nullptr) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_in_transaction(connection) == 0);
  CHECK(quire_changes(connection) == 0);
  CHECK(quire_error_code(connection) == QUIRE_INVALID_ARGUMENT);
  CHECK_FALSE(std::string(quire_error_message(connection)).empty());
  CHECK(std::string(quire_error_hint(connection)).empty());
  CHECK(quire_error_position(connection, nullptr, nullptr, nullptr) == 0);
}

template <typename To>
To* Forged(uintptr_t number) {
  return reinterpret_cast<To*>(number);
}

}  // namespace

TEST_CASE_METHOD(CApiFixture, "c api: handles that are none", "[c_api]") {
  UseDead(static_cast<quire_statement*>(nullptr));
  UseDead(static_cast<quire_connection*>(nullptr));
  quire_close(nullptr);
  quire_finalize(nullptr);
  quire_options_init(nullptr);
  CHECK(quire_column_count(nullptr) == 0);
  CHECK(quire_notice_count(nullptr) == 0);
  int local = 0;
  for (const uintptr_t number : {uintptr_t{1}, uintptr_t{0x7fff'ffff'ffff'ffff}, ~uintptr_t{0}, uintptr_t{3} << 27 | 3,
                                 reinterpret_cast<uintptr_t>(&local), reinterpret_cast<uintptr_t>(connection()) + 8}) {
    UseDead(Forged<quire_statement>(number));
    UseDead(Forged<quire_connection>(number));
  }
  // The one for the other.
  UseDead(Forged<quire_statement>(reinterpret_cast<uintptr_t>(connection())));
  quire_statement* statement = Prepare("SELECT 1");
  UseDead(Forged<quire_connection>(reinterpret_cast<uintptr_t>(statement)));
  quire_close(Forged<quire_connection>(reinterpret_cast<uintptr_t>(statement)));
  CHECK(Rows(statement).size() == 1);
  quire_finalize(statement);
}

TEST_CASE_METHOD(CApiFixture, "c api: statements after finalize, and finalized twice", "[c_api]") {
  quire_statement* statement = Prepare("SELECT :a");
  quire_finalize(statement);
  UseDead(statement);
  CHECK(quire_column_count(statement) == 0);
  quire_finalize(statement);
  // The place is used again; the old handle stays dead.
  quire_statement* next = Prepare("SELECT :a");
  CHECK(next != statement);
  UseDead(statement);
  quire_finalize(statement);
  CHECK(quire_bind_int64(next, 1, 5) == QUIRE_OK);
  CHECK(Rows(next) == std::vector<std::string>{"5"});
  quire_finalize(next);
}

TEST_CASE("c api: statements of a connection that was closed", "[c_api]") {
  const quire::testing::TemporaryDirectory directory;
  quire_connection* connection = nullptr;
  REQUIRE(quire_open((directory / "db").c_str(), nullptr, &connection) == QUIRE_OK);
  const char* fill = "CREATE COLLECTION docs; INSERT INTO docs (text) VALUES ('a'), ('b'); BEGIN; DELETE FROM docs";
  REQUIRE(quire_exec(connection, fill, kToNul) == QUIRE_OK);
  quire_statement* fresh = nullptr;
  quire_statement* running = nullptr;
  REQUIRE(quire_prepare(connection, "SELECT ?", kToNul, &fresh, nullptr) == QUIRE_OK);
  REQUIRE(quire_prepare(connection, "SELECT 1 AS a", kToNul, &running, nullptr) == QUIRE_OK);
  REQUIRE(quire_step(running) == QUIRE_ROW);
  quire_close(connection);
  UseDead(connection);
  quire_close(connection);
  UseDead(fresh);
  UseDead(running);
  CHECK(std::string(quire_column_name(running, 0)) == "a");
  quire_finalize(running);
  quire_finalize(fresh);
  UseDead(fresh);
  // The transaction was rolled back, and the directory is free.
  REQUIRE(quire_open((directory / "db").c_str(), nullptr, &connection) == QUIRE_OK);
  REQUIRE(quire_prepare(connection, "SELECT count(*) FROM docs", kToNul, &fresh, nullptr) == QUIRE_OK);
  REQUIRE(quire_step(fresh) == QUIRE_ROW);
  CHECK(quire_column_int64(fresh, 0) == 2);
  quire_close(connection);
  quire_finalize(fresh);
}

TEST_CASE_METHOD(CApiFixture, "c api: indexes that there are not", "[c_api]") {
  quire_statement* statement = Prepare("SELECT ? AS a");
  for (const int index : {-2147483647, -1, 0, 2, 2147483647}) {
    CHECK(quire_bind_int64(statement, index, 1) == QUIRE_INVALID_ARGUMENT);
    CHECK(std::string(quire_parameter_name(statement, index)).empty());
  }
  CHECK(message().find("there is no parameter 2147483647") == 0);
  CHECK(quire_parameter_index(statement, nullptr) == 0);
  CHECK(quire_parameter_index(statement, "") == 0);
  REQUIRE(quire_bind_int64(statement, 1, 5) == QUIRE_OK);
  CHECK(quire_column_count(statement) == 0);
  REQUIRE(quire_step(statement) == QUIRE_ROW);
  for (const int column : {-2147483647, -1, 1, 2147483647}) {
    CHECK(quire_column_type(statement, column) == QUIRE_TYPE_NULL);
    CHECK(quire_column_declared_type(statement, column) == QUIRE_TYPE_NULL);
    CHECK(quire_column_int64(statement, column) == 0);
    CHECK(quire_column_text(statement, column, nullptr) == nullptr);
    CHECK(quire_column_vector(statement, column, nullptr) == nullptr);
    CHECK(std::string(quire_column_name(statement, column)).empty());
    CHECK(std::string(quire_notice(statement, column)).empty());
  }
  quire_finalize(statement);
}

TEST_CASE_METHOD(CApiFixture, "c api: texts, sizes and options that cannot be", "[c_api]") {
  CHECK(quire_open("x", nullptr, nullptr) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_connect(connection(), nullptr) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_prepare(connection(), "SELECT 1", kToNul, nullptr, nullptr) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_exec(connection(), nullptr, kToNul) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_exec(connection(), nullptr, 0) == QUIRE_OK);
  CHECK(quire_exec(connection(), "", 0) == QUIRE_OK);
  CHECK(quire_exec(connection(), "SELECT 1", -2) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_exec(connection(), "SELECT '\xff'", kToNul) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_exec(connection(), "SELECT 1\0;", 10) != QUIRE_OK);
  quire_statement* statement = Prepare("SELECT ?");
  CHECK(quire_bind_text(statement, 1, nullptr, kToNul) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_text(statement, 1, "a", -5) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_text(statement, 1, "\xc3", 1) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_text(statement, 1, nullptr, 0) == QUIRE_OK);
  CHECK(Rows(statement) == std::vector<std::string>{""});
  CHECK(quire_bind_blob(statement, 1, "abc", 3) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_blob(statement, 1, nullptr, 4) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_vector(statement, 1, nullptr, 4) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_vector(statement, 1, nullptr, -1) == QUIRE_INVALID_ARGUMENT);
  CHECK(quire_bind_vector(statement, 1, nullptr, 0) == QUIRE_OK);
  CHECK(quire_bind_text_array(statement, 1, nullptr, 1) == QUIRE_INVALID_ARGUMENT);
  const char* items[] = {"a", nullptr};
  CHECK(quire_bind_text_array(statement, 1, items, 2) == QUIRE_INVALID_ARGUMENT);
  quire_finalize(statement);
}

TEST_CASE("c api: options of other releases", "[c_api]") {
  const quire::testing::TemporaryDirectory directory;
  const std::string path = directory / "db";
  struct {
    quire_options known;
    char unknown[16];
  } options;
  std::memset(&options, 0, sizeof options);
  const auto open = [&] {
    quire_connection* connection = nullptr;
    const quire_code code = quire_open(path.c_str(), &options.known, &connection);
    quire_close(connection);
    return code;
  };
  CHECK(open() == QUIRE_INVALID_ARGUMENT);  // size 0: never set up
  quire_options_init(&options.known);
  options.known.size = sizeof options;
  CHECK(open() == QUIRE_OK);  // a newer, longer one that asks for nothing new
  options.unknown[3] = 1;
  CHECK(open() == QUIRE_UNSUPPORTED);
  options.known.size = SIZE_MAX;
  CHECK(open() == QUIRE_UNSUPPORTED);
  options.known.size = offsetof(quire_options, sync);  // an older, shorter one
  options.known.sync = 99;
  CHECK(open() == QUIRE_OK);
  options.known.size = sizeof(quire_options);
  CHECK(open() == QUIRE_INVALID_ARGUMENT);
}

TEST_CASE_METHOD(CApiFixture, "c api: interrupts beside closing", "[c_api]") {
  for (int round = 0; round < 50; ++round) {
    quire_connection* other = nullptr;
    REQUIRE(quire_connect(connection(), &other) == QUIRE_OK);
    std::thread interrupting([other] {
      while (quire_interrupt(other) == QUIRE_OK) {
      }
    });
    quire_exec(other, "SELECT 1", kToNul);
    quire_close(other);
    interrupting.join();
  }
}

namespace {

struct CallbackState {
  quire_connection* connection;
  quire_statement* statement;
  int calls = 0;
  int refused = 0;
};

int FromInside(void* context, const char* what, uint64_t, uint64_t) {
  auto* state = static_cast<CallbackState*>(context);
  ++state->calls;
  state->refused += what == nullptr ? 0 : 1;
  state->refused += quire_exec(state->connection, "SELECT 1", kToNul) == QUIRE_INVALID_ARGUMENT;
  state->refused += quire_step(state->statement) == QUIRE_INVALID_ARGUMENT;
  quire_finalize(state->statement);
  quire_close(state->connection);
  return 1;
}

}  // namespace

TEST_CASE_METHOD(CApiFixture, "c api: a callback that calls back, and interrupts", "[c_api]") {
  Exec("CREATE COLLECTION docs");
  const quire::testing::TemporaryDirectory files;
  for (int i = 0; i < 20; ++i) {
    std::FILE* file = std::fopen((files / ("f" + std::to_string(i) + ".md")).c_str(), "w");
    REQUIRE(file != nullptr);
    std::fputs("# Title\n\nSome words to load.\n", file);
    std::fclose(file);
  }
  quire_statement* copy = Prepare(("COPY docs FROM '" + files.path() + "'").c_str());
  CallbackState state{connection(), copy};
  REQUIRE(quire_progress(connection(), FromInside, &state) == QUIRE_OK);
  const quire_code code = quire_step(copy);
  CHECK((code == QUIRE_CANCELLED || code == QUIRE_ROW || code == QUIRE_DONE));
  CHECK(state.calls > 0);
  CHECK(state.refused == 3 * state.calls);
  REQUIRE(quire_progress(connection(), nullptr, nullptr) == QUIRE_OK);
  quire_finalize(copy);
  CHECK(Rows("SELECT 1").size() == 1);
}
