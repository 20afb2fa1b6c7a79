// Executor: carries out one statement of a session.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quire/connection.h"
#include "sql/bind/binder.h"
#include "sql/bind/select.h"
#include "sql/exec/rows.h"
#include "sql/exec/settings.h"
#include "sql/exec/watchdog.h"
#include "sql/parse/ast.h"
#include "sql/plan/planner.h"

namespace quire::sql {

// What a connection keeps from one statement to the next.
struct SessionState {
  std::shared_ptr<Database> database;
  std::shared_ptr<const Registry> registry;
  std::unique_ptr<Transaction> transaction;  // null: none is open
  bool half_done = false;                    // it holds a part of a statement that failed, and can only be rolled back
  Settings settings;
  std::atomic<bool> interrupted{false};
  Watchdog watchdog{};  // of `interrupted`: goes before it
  std::function<void(const Progress&)> progress;
  std::function<void(const AnswerEvent&)> answer;
};

using RowsResult = Result<std::unique_ptr<Rows>>;

class Executor : private SubqueryRunner {
 public:
  // All borrowed; the rows that Run gives need `session` only, and where it has a statement_timeout, until they go.
  Executor(SessionState& session, std::string_view text, const Parameters& parameters);

  RowsResult Run(const Statement& statement);
  // The columns Run would give; none for what is no SELECT.
  Result<std::vector<ResultColumn>> Columns(const Statement& statement);

  // One for each kind of statement: execute_select.cc, _change.cc, _copy.cc, _schema.cc, _extension.cc, _model.cc,
  // _session.cc, _upkeep.cc.
  RowsResult operator()(const SelectStatement& statement);
  RowsResult operator()(const std::unique_ptr<ExplainStatement>& statement);
  RowsResult operator()(const InsertStatement& statement);
  RowsResult operator()(const UpdateStatement& statement);
  RowsResult operator()(const DeleteStatement& statement);
  RowsResult operator()(const CreateCollectionStatement& statement);
  RowsResult operator()(const DropCollectionStatement& statement);
  RowsResult operator()(const AlterCollectionStatement& statement);
  RowsResult operator()(const EmbedderStatement& statement);
  RowsResult operator()(const CompareStatement& statement);
  RowsResult operator()(const ShowStatement& statement);
  RowsResult operator()(const DescribeStatement& statement);
  RowsResult operator()(const CopyStatement& statement);
  RowsResult operator()(const CopyToStatement& statement);
  RowsResult operator()(const BackupStatement& statement);
  RowsResult operator()(const ForgetStatement& statement);
  RowsResult operator()(const AskStatement& statement);
  RowsResult operator()(const ModelStatement& statement);
  RowsResult operator()(const AnswerStatement& statement);
  RowsResult operator()(const CalibrateStatement& statement);
  RowsResult operator()(const SetStatement& statement);
  RowsResult operator()(const TransactionStatement& statement);
  RowsResult operator()(const MaintenanceStatement& statement);
  RowsResult operator()(const ReservedStatement& statement);

 private:
  using Changes = std::function<Status(Transaction&, Outcome*)>;
  using Assignments = std::vector<std::pair<SourceColumn, BoundPtr>>;

  // The statement's view: that of the open transaction, or the newest.
  std::shared_ptr<const Reader> reader();
  PlanContext MakePlanContext();
  OperatorContext MakeOperatorContext();
  Session MakeSession(const Reader& reader) const;

  // SubqueryRunner.
  const Reader& View() override { return *reader(); }
  Result<RowSet> RunSubquery(BoundSelect select, uint64_t rows_max) override;

  Result<BoundSelect> Bind(const SelectStatement& statement);
  RowsResult ExplainSelect(const SelectStatement& statement, bool analyze);
  RowsResult ExplainRetrieval(const SelectStatement& statement);
  Result<std::vector<std::string>> ExplainChange(const Statement& statement);

  Result<Source> BindWritable(const Name& collection);
  Result<std::vector<SourceColumn>> BindInsertColumns(const InsertStatement& statement, const Source& source);
  Result<Chunk> MakeChunk(const std::vector<ExpressionPtr>& row, const std::vector<SourceColumn>& columns,
                          const Source& source);
  Result<std::vector<Chunk>> SelectChunks(const SelectStatement& query, const std::vector<SourceColumn>& columns,
                                          const Source& source);
  // An id that a chunk is to have, and the place it comes from.
  struct NewId {
    std::string_view id;
    size_t position = 0;
  };
  // Errors: kAlreadyExists for the first one that is taken or comes twice.
  Status CheckIds(const std::vector<NewId>& ids, const Source& source, const Transaction& transaction) const;
  struct ChangedChunk {
    std::string old_id;
    Chunk chunk;
  };
  Result<std::vector<ChangedChunk>> ReadChanged(const Assignments& assignments, const PlannedFilter& filter,
                                                const Source& source, Transaction& transaction);
  Result<Assignments> BindAssignments(const UpdateStatement& statement, const Source& source);
  Result<PlannedFilter> BindChangeFilter(const Expression* where, const Source& source, std::string_view statement);
  // Runs `change` in the open transaction, or in one of its own that is then committed.
  RowsResult Change(const Changes& change);

  Result<CollectionSchema> BindSchema(const CreateCollectionStatement& statement);
  RowsResult SetEmbedder(const AlterCollectionStatement& statement, const Source& source);
  // Options of an embedder or a model, as they are kept. Errors: kInvalidArgument for one that comes twice, and for a key.
  using DefinitionOptions = std::vector<std::pair<std::string, std::string>>;
  Result<DefinitionOptions> BindDefinition(const std::vector<Option>& options);
  Result<const AnswerProvider*> FindAnswerProvider(std::string_view statement) const;
  RowsResult ShowOfExtension(const ShowStatement& statement);
  RowsResult AlterOptions(const std::string& collection, const std::vector<Option>& options);
  Result<StatementOptions> BindOptions(const std::vector<Option>& options);
  Result<Value> OptionValue(const Option& option);
  RowsResult Ask(const AskStatement& statement, bool explain);
  RowsResult ShowSettings(const Name& name);
  RowsResult Refresh();
  RowsResult Repair(const std::string& path, const std::string& target);
  RowsResult RunUnwatched(const Statement& statement);
  // A path, a URI: a text that is not empty.
  Result<std::string> TextValue(const Expression& expression, std::string_view what);
  // The same, of a path that allowed_directories allows.
  Result<std::string> PathValue(const Expression& expression, std::string_view what);

  Status NotInTransaction(std::string_view statement) const;
  Status CheckWritable() const;

  SessionState& session_;
  ParameterValues parameters_;
  Binder binder_;
  std::shared_ptr<const Reader> reader_;
  std::shared_ptr<MemoryBudget> memory_;
};

}  // namespace quire::sql
