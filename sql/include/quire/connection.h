// Connection: statements over an open database.
//
//   quire::Connection connection(database, registry);
//   QUIRE_ASSIGN_OR_RETURN(auto rows, connection.Execute("SELECT title FROM docs WHERE text SIMILAR ? LIMIT 5",
//                                                        {.positional = {quire::Value::Text("reset my password")}}));
//   while (true) {
//     QUIRE_ASSIGN_OR_RETURN(bool more, rows->Next());
//     if (!more) break;
//     std::cout << rows->value(0).ToString() << "\n";
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quire/database.h"
#include "quire/value.h"

namespace quire {

namespace sql {
class Registry;
}

// A column of a result.
struct ResultColumn {
  std::string name{};
  Type type = Type::kNull;  // kNull: not known before the first row
};

// Values for the parameters of a statement: `?`, `?1` and `$1` by position (from 1), `:name` by name.
struct Parameters {
  std::vector<Value> positional{};
  std::vector<std::pair<std::string, Value>> named{};
};

// The rows of one statement, pulled one at a time. Not safe for concurrent use; ends with its Connection.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual const std::vector<ResultColumn>& columns() const = 0;  // none for a statement that gives no rows
  // Moves to the next row; false at the end. Errors: whatever the work meets; the rows are then over.
  virtual Result<bool> Next() = 0;
  // A value of the current row. REQUIRES: Next() gave true, column < columns().size().
  virtual const Value& value(size_t column) const = 0;
  // How many chunks INSERT, UPDATE, DELETE or COPY changed; 0 for others. Known once Next() gave false.
  virtual uint64_t changes() const = 0;
  // What the user should know though the statement succeeded, one line each.
  virtual const std::vector<std::string>& notices() const = 0;
};

// Long work, told now and then from the thread that does it. `total` 0: not known.
struct Progress {
  std::string what{};  // "documents"
  uint64_t done = 0;
  uint64_t total = 0;
};

// A part of what ASK answers, told from the thread that runs it, while it is made: the sources first, then the answer piece by
// piece, then that it is done. The row that ASK gives says all of it again; a failure ends the events without kDone.
struct AnswerEvent {
  enum class Kind : uint8_t { kSources = 1, kText = 2, kDone = 3 } kind = Kind::kText;
  std::string_view text{};  // kSources: as the column citations; kText: the next piece; kDone: the status
};

// A statement that was parsed once, to be run many times with other values. Made by Connection::Prepare.
//
//   QUIRE_ASSIGN_OR_RETURN(quire::Statement insert, connection.Prepare("INSERT INTO docs (id, text) VALUES (?, ?)"));
//   for (const auto& [id, text] : rows) {
//     QUIRE_RETURN_IF_ERROR(insert.Bind(1, quire::Value::Text(id)));
//     QUIRE_RETURN_IF_ERROR(insert.Bind(2, quire::Value::Text(text)));
//     QUIRE_RETURN_IF_ERROR(insert.Execute().status());
//   }
//
// Threads: those of its Connection count for it, too: one at a time. Lifetime: once the Connection is gone, a statement can
// only be destroyed; Rows that it gave do not need it. Names are looked up anew by each Execute: a collection that was
// dropped, made again or altered in between is seen as it is then.
class Statement {
 public:
  ~Statement();
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;

  const std::string& text() const;

  // Parameters count from 1: those by position first (?, ?1, $1), then those by name (:name, $name) as they appear.
  size_t parameter_count() const;
  // Without its colon; empty for one by position, and for an index that there is not.
  std::string_view parameter_name(size_t index) const;
  // The index of a parameter by name, or 0.
  size_t FindParameter(std::string_view name) const;

  // Sets a parameter until it is set again. Errors: kInvalidArgument if there is no such parameter.
  Status Bind(size_t index, Value value);
  Status Bind(std::string_view name, Value value);
  void ClearBindings();

  // The columns that Execute would give: none for a statement without rows, and for one other than SELECT whose columns
  // nobody knows before it ran. Errors: as binding; kInvalidArgument while a parameter has no value.
  Result<std::vector<ResultColumn>> Columns() const;

  // As Connection::Execute. Rows of an earlier run go on with what they saw.
  // Errors: kInvalidArgument, with position, if a parameter has no value.
  Result<std::unique_ptr<Rows>> Execute();

 private:
  friend class Connection;
  struct Impl;
  explicit Statement(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One session: settings and at most one open transaction. Not safe for concurrent use, but for Interrupt().
class Connection {
 public:
  // `registry` brings the extensions; null: none. Both are shared.
  explicit Connection(std::shared_ptr<Database> database, std::shared_ptr<const sql::Registry> registry = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one statement (a `;` at its end is allowed). Statements that change something have done so when this returns;
  // rows are computed as they are pulled.
  // Errors: kSyntaxError and binding errors with position() in `statement`; kResourceExhausted beyond 1 MiB of text or 200
  //   levels of nesting; those of the engine. The session, and a transaction that is open, go on.
  Result<std::unique_ptr<Rows>> Execute(std::string_view statement, Parameters parameters = {});

  // Parses a statement for later. Cost: the parser only; nothing is looked up.
  // Errors: kSyntaxError, kResourceExhausted as Execute; kInvalidArgument if parameters by position leave one out.
  Result<Statement> Prepare(std::string_view statement);

  // The bytes of the first statement of `text`, its `;` included; 0 if `text` does not hold a whole one yet. Quotes,
  // comments and dollar quotes are understood. For shells and scripts.
  static size_t FirstStatement(std::string_view text);

  // Whether `text` holds nothing but space, comments and at most one `;`: no statement.
  static bool IsBlank(std::string_view text);

  // Stops the running statement, from any thread or a signal handler: it ends with kCancelled.
  void Interrupt();

  bool in_transaction() const;
  Database& database();
  const sql::Registry& registry() const;
  void OnProgress(std::function<void(const Progress&)> callback);
  // Interrupt(), from the callback or any other thread, ends an answer with kCancelled.
  void OnAnswer(std::function<void(const AnswerEvent&)> callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A failure as it is shown to a person, over several lines and without colours:
//   error: collection 'dcos' does not exist
//     LINE 1, COLUMN 19: SELECT title FROM dcos LIMIT 5
//                                          ^
//     hint: did you mean 'docs'?
// `statement` comes after `lines_before` lines of the text it is in.
std::string FormatError(const Status& status, std::string_view statement, size_t lines_before = 0);

}  // namespace quire
