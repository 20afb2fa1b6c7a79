// What the handles of quire.h lead to, and how every function of it begins and ends.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "extensions/bindings/c/handle_table.h"
#include "quire/connection.h"
#include "quire/quire.h"

namespace quire::c {

// The handles of the process: C has no other place for them. Never destroyed.
HandleTable& Handles();

inline constexpr int64_t kToNul = -1;  // QUIRE_TO_NUL without its cast

struct StatementHandle;

struct Failure {
  quire_code code = QUIRE_OK;
  std::string message, hint;
  bool has_place = false;
  size_t byte = 0, line = 0, column = 0;
};

struct ConnectionHandle {
  quire_connection* self = nullptr;
  std::shared_ptr<Database> database;
  std::shared_ptr<const sql::Registry> registry;
  std::unique_ptr<Connection> connection;    // null: opening failed
  std::vector<StatementHandle*> statements;  // that were not finalized yet
  Failure failure;
  uint64_t changes = 0;
  bool running = false;  // a statement runs: whoever calls now is a callback

  // Keeps a failure for quire_error_*, placed in `text`, where it happened `start` bytes from the begin. Gives its code.
  quire_code Fail(const Status& status, std::string_view text = {}, size_t start = 0);
  quire_code Misused(const char* message) { return Fail(Status(Code::kInvalidArgument, message)); }
};

struct StatementHandle {
  ConnectionHandle* connection = nullptr;  // null: closed
  std::optional<Statement> statement;      // none: closed
  std::unique_ptr<Rows> rows;              // null: not running
  bool has_row = false;
  std::vector<ResultColumn> columns;
  std::vector<std::string> notices;
  std::vector<std::optional<std::string>> texts;  // of the current row, as far as they had to be made

  void Detach();  // its connection goes
};

// Marks a connection as running.
class Running {
 public:
  explicit Running(ConnectionHandle* connection) : connection_(connection) { connection_->running = true; }
  ~Running() { connection_->running = false; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  ConnectionHandle* connection_;
};

template <typename Pointer>
uint64_t NumberOf(Pointer* handle) {
  return reinterpret_cast<uintptr_t>(handle);
}

// Null for a handle that is none, or stale.
ConnectionHandle* Find(quire_connection* connection);
StatementHandle* Find(quire_statement* statement);

// Whether a statement can be used now; if not, why is told where that is possible.
inline bool IsUsable(ConnectionHandle* connection) {
  if (connection == nullptr || !connection->connection) return false;
  if (!connection->running) return true;
  connection->Misused("a callback called a function of the connection that runs it");
  return false;
}
inline bool IsUsable(const StatementHandle* statement) {
  return statement != nullptr && statement->statement && IsUsable(statement->connection);
}

// What `body` gives, or `fallback` if it throws: nothing leaves the library. With a connection the failure is kept there.
template <typename Result, typename Body>
Result Guarded(Result fallback, const Body& body) noexcept {
  try {
    return body();
  } catch (...) {
    return fallback;
  }
}
template <typename Body>
quire_code Guarded(ConnectionHandle* connection, const Body& body) noexcept {
  const auto failed = [connection](quire_code code, const char* message) {
    if (connection == nullptr) return code;
    connection->failure = Failure();
    connection->failure.code = code;
    connection->failure.message.assign(message);  // short enough to need no memory
    return code;
  };
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return failed(QUIRE_RESOURCE_EXHAUSTED, "out of memory");
  } catch (...) {
    return failed(QUIRE_INTERNAL, "exception");
  }
}

// The text of a pointer and a size as quire.h has them. Errors: kInvalidArgument (null, a negative size, not UTF-8).
Result<std::string_view> TextOf(const char* text, int64_t size, const char* what);

}  // namespace quire::c
