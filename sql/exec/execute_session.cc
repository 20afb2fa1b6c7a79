// The statement's frame: views, transactions, settings, maintenance.
#include <utility>

#include "sql/exec/executor.h"

namespace quire::sql {

Executor::Executor(SessionState& session, std::string_view text, const Parameters& parameters)
    : session_(session), parameters_(parameters), binder_(*session.registry, parameters_, text),
      memory_(std::make_shared<MemoryBudget>(session.settings.work_memory_bytes)) {
  binder_.SetRunner(this);
  binder_.SetDatabase(session.database.get());
}

namespace {

Status TimeoutError(std::chrono::milliseconds limit) {
  return Status(Code::kCancelled, "the statement took longer than statement_timeout, " + std::to_string(limit.count()) + " ms",
                "SET statement_timeout = 0 lets statements take as long as they do");
}

// Rows whose statement is watched until the last of them.
class WatchedRows final : public Rows {
 public:
  WatchedRows(std::unique_ptr<Rows> rows, SessionState* session) : rows_(std::move(rows)), session_(session) {}

  const std::vector<ResultColumn>& columns() const override { return rows_->columns(); }
  const Value& value(size_t column) const override { return rows_->value(column); }
  uint64_t changes() const override { return rows_->changes(); }
  const std::vector<std::string>& notices() const override { return rows_->notices(); }
  Result<bool> Next() override {
    Result<bool> more = rows_->Next();
    const bool late = more.status().code() == Code::kCancelled && session_->watchdog.fired();
    if (late) return TimeoutError(session_->settings.statement_timeout);
    if (!more.ok() || !*more) session_->watchdog.Rest();
    return more;
  }

 private:
  const std::unique_ptr<Rows> rows_;
  SessionState* const session_;
};

}  // namespace

RowsResult Executor::Run(const Statement& statement) {
  const std::chrono::milliseconds limit = session_.settings.statement_timeout;
  if (limit.count() == 0) return RunUnwatched(statement);
  session_.watchdog.Watch(limit, &session_.interrupted);
  RowsResult rows = RunUnwatched(statement);
  if (rows.ok()) return std::unique_ptr<Rows>(std::make_unique<WatchedRows>(*std::move(rows), &session_));
  session_.watchdog.Rest();
  if (rows.status().code() == Code::kCancelled && session_.watchdog.fired()) return TimeoutError(limit);
  return rows;
}

RowsResult Executor::RunUnwatched(const Statement& statement) {
  const auto* control = std::get_if<TransactionStatement>(&statement.node);
  const bool rolls_back = control != nullptr && control->kind == TransactionStatement::Kind::kRollback;
  if (session_.half_done && !rolls_back) {
    return Status(Code::kConflict, "the open transaction holds a part of a statement that failed", "ROLLBACK");
  }
  return std::visit(*this, statement.node);
}

std::shared_ptr<const Reader> Executor::reader() {
  if (!reader_) reader_ = session_.transaction ? session_.transaction->reader() : session_.database->reader();
  return reader_;
}

PlanContext Executor::MakePlanContext() {
  return {reader(), binder_, &session_.interrupted, session_.settings.recall_target.value_or(0),
          session_.settings.use_indexes};
}

OperatorContext Executor::MakeOperatorContext() {
  return {session_.database.get(), reader(), &session_.interrupted, nullptr, memory_, &session_.settings};
}

Session Executor::MakeSession(const Reader& reader) const {
  return {*session_.database,       reader,
          session_.interrupted,     session_.progress,
          &session_.answer,         session_.registry.get(),
          session_.settings.model,  session_.settings.keep_answers};
}

Status Executor::NotInTransaction(std::string_view statement) const {
  if (!session_.transaction) return {};
  return Status(Code::kUnsupported, std::string(statement) + " cannot be part of a transaction", "COMMIT first");
}

Status Executor::CheckWritable() const {
  if (!session_.database->read_only()) return {};
  return Status(Code::kReadOnly, "the database is open for reading only");
}

RowsResult Executor::operator()(const TransactionStatement& statement) {
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  const bool begins = statement.kind == TransactionStatement::Kind::kBegin;
  if (begins == (session_.transaction != nullptr)) {
    return begins ? Status(Code::kInvalidArgument, "a transaction is open already", "COMMIT or ROLLBACK first")
                  : Status(Code::kInvalidArgument, "no transaction is open", "BEGIN opens one");
  }
  if (begins) {
    session_.transaction = session_.database->Begin();
    return MakeNoRows({});
  }
  const std::unique_ptr<Transaction> transaction = std::move(session_.transaction);
  session_.half_done = false;
  if (statement.kind == TransactionStatement::Kind::kRollback) {
    transaction->Rollback();
    return MakeNoRows({});
  }
  QUIRE_RETURN_IF_ERROR(transaction->Commit());
  return MakeNoRows({});
}

RowsResult Executor::operator()(const MaintenanceStatement& statement) {
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  Database& database = *session_.database;
  switch (statement.kind) {
    case MaintenanceStatement::Kind::kAnalyze:
      if (statement.collection) {
        QUIRE_ASSIGN_OR_RETURN([[maybe_unused]] const Source source, BindCollection(*statement.collection, *reader()));
      }
      return MakeNoRows({0, {"nothing to gather: estimates are read from the indexes, which are always current"}});
    case MaintenanceStatement::Kind::kRefresh:
      return Refresh();
    case MaintenanceStatement::Kind::kCheck: {
      QUIRE_ASSIGN_OR_RETURN(const std::vector<std::string> faults, database.Check());
      RowSet set;
      set.columns.push_back({"fault", Type::kText});
      for (const std::string& fault : faults) set.rows.push_back({Value::Text(fault)});
      Outcome outcome;
      if (faults.empty()) outcome.notices.push_back("no faults found");
      return MakeStoredRows(std::move(set), std::move(outcome));
    }
    case MaintenanceStatement::Kind::kCheckpoint:
      QUIRE_RETURN_IF_ERROR(CheckWritable());
      QUIRE_RETURN_IF_ERROR(database.Flush());
      return MakeNoRows({});
    case MaintenanceStatement::Kind::kVacuum:
      QUIRE_RETURN_IF_ERROR(NotInTransaction("VACUUM"));
      QUIRE_RETURN_IF_ERROR(CheckWritable());
      if (statement.collection) {
        QUIRE_ASSIGN_OR_RETURN([[maybe_unused]] const Source source, BindCollection(*statement.collection, *reader()));
      }
      reader_.reset();  // what a view sees stays on the disk
      QUIRE_RETURN_IF_ERROR(database.Vacuum(statement.collection ? statement.collection->text : ""));
      return MakeNoRows({});
    case MaintenanceStatement::Kind::kReindex: {
      QUIRE_RETURN_IF_ERROR(NotInTransaction("REINDEX"));
      QUIRE_RETURN_IF_ERROR(CheckWritable());
      QUIRE_ASSIGN_OR_RETURN(const Source source, BindCollection(*statement.collection, *reader()));
      Status status = database.StartRebuild(source.name, {.switch_when_ready = true});
      if (!status.ok()) return std::move(status).At(statement.collection->span.start);
      return MakeNoRows({0, {"a job builds it: SHOW JOBS, SHOW GENERATIONS FROM " + source.name}});
    }
  }
  return Status(Code::kInternal, "unknown maintenance statement");
}

RowsResult Executor::operator()(const ReservedStatement& statement) {
  if (!statement.notice.empty()) return MakeNoRows({0, {statement.notice}});
  return Status(Code::kUnavailable, statement.words + " needs " + statement.needs);
}

RowsResult Executor::operator()(const SetStatement& statement) {
  Result<const Setting*> setting = FindSetting(statement.name.text);
  if (!setting.ok()) return std::move(setting).status().At(statement.name.span.start);
  QUIRE_ASSIGN_OR_RETURN(const Value value, binder_.BindValue(*statement.value, "in SET"));
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  Status status = (*setting)->set(value, *session_.database, &session_.settings);
  if (!status.ok()) return std::move(status).At(statement.value->span.start);
  return MakeNoRows({});
}

RowsResult Executor::ShowSettings(const Name& name) {
  RowSet set;
  if (SameName(name.text, "ALL")) {
    set.columns = {{"name", Type::kText}, {"value", Type::kText}, {"description", Type::kText}};
    set.rows = SettingRows(*session_.database, session_.settings);
    return MakeStoredRows(std::move(set));
  }
  Result<const Setting*> setting = FindSetting(name.text);
  if (!setting.ok()) return std::move(setting).status().At(name.span.start);
  Value value = (*setting)->get(*session_.database, session_.settings);
  set.columns = {{std::string((*setting)->name), value.type()}};
  set.rows = {{std::move(value)}};
  return MakeStoredRows(std::move(set));
}

}  // namespace quire::sql
