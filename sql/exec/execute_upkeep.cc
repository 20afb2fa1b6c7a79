// BACKUP, RESTORE, REPAIR, FORGET, REFRESH.
#include <utility>

#include "sql/bind/shown.h"
#include "sql/exec/executor.h"

namespace quire::sql {
namespace {

Value Count(uint64_t count) { return Value::Integer(static_cast<int64_t>(count)); }

}  // namespace

Result<std::string> Executor::TextValue(const Expression& expression, std::string_view what) {
  QUIRE_ASSIGN_OR_RETURN(const Value value, binder_.BindValue(expression, "as " + std::string(what)));
  if (value.type() == Type::kText && !value.text().empty()) return value.text();
  return Status(Code::kInvalidArgument,
                "expected " + std::string(what) + ", found " + (value.type() == Type::kText ? "''" : Shown(value)))
      .At(expression.span.start);
}

Result<std::string> Executor::PathValue(const Expression& expression, std::string_view what) {
  QUIRE_ASSIGN_OR_RETURN(std::string path, TextValue(expression, what));
  Status allowed = session_.settings.allowed_paths.Check(path);
  if (!allowed.ok()) return std::move(allowed).At(expression.span.start);
  return path;
}

RowsResult Executor::operator()(const BackupStatement& statement) {
  using Kind = BackupStatement::Kind;
  constexpr std::string_view kWords[] = {"BACKUP", "RESTORE", "REPAIR"};
  QUIRE_RETURN_IF_ERROR(NotInTransaction(kWords[static_cast<size_t>(statement.kind)]));
  QUIRE_ASSIGN_OR_RETURN(const std::string directory, PathValue(*statement.directory, "a directory"));
  std::string target;
  if (statement.target != nullptr) {
    QUIRE_ASSIGN_OR_RETURN(target, PathValue(*statement.target, "a path"));
  }
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  if (statement.kind == Kind::kRepair) return Repair(directory, target);
  if (statement.kind == Kind::kRestore) {
    QUIRE_RETURN_IF_ERROR(Database::Restore(directory, target));
    return MakeNoRows({0, {"'" + target + "' is a database now: open it"}});
  }
  QUIRE_ASSIGN_OR_RETURN(const BackupInfo made, session_.database->Backup(directory));
  RowSet set;
  set.columns = {{"backup", Type::kInteger}, {"files", Type::kInteger}, {"bytes", Type::kInteger}};
  set.rows.push_back({Count(made.number), Count(made.files), Count(made.bytes)});
  return MakeStoredRows(std::move(set));
}

RowsResult Executor::Repair(const std::string& path, const std::string& target) {
  QUIRE_ASSIGN_OR_RETURN(RepairReport report, Database::Repair(path, target, session_.database->options()));
  RowSet set;
  set.columns = {{"collection", Type::kText}, {"chunks", Type::kInteger}, {"documents", Type::kInteger}, {"lost", Type::kInteger}};
  for (const RepairReport::Collection& one : report.collections) {
    set.rows.push_back({Value::Text(one.name), Count(one.chunks), Count(one.documents), Count(one.lost)});
  }
  report.notes.push_back("'" + target + "' is a database now: open it; '" + path + "' is as it was");
  return MakeStoredRows(std::move(set), {0, std::move(report.notes)});
}

RowsResult Executor::operator()(const ForgetStatement& statement) {
  QUIRE_RETURN_IF_ERROR(NotInTransaction("FORGET"));
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindWritable(statement.collection));
  QUIRE_ASSIGN_OR_RETURN(const std::string uri, TextValue(*statement.uri, "the uri of a document"));
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  reader_.reset();  // what a view sees cannot leave the disk
  AnswerProvider::Forgotten kept;
  const AnswerProvider* answers = session_.registry ? session_.registry->answer_provider() : nullptr;
  Result<ForgetReceipt> receipt = session_.database->ForgetDocument(source.name, uri, [&](Transaction& transaction) -> Result<std::vector<std::string>> {
    if (answers == nullptr) return std::vector<std::string>();
    QUIRE_ASSIGN_OR_RETURN(kept, answers->ForgetDocument(transaction, source.name, uri));
    return kept.collections;
  });
  if (receipt.status().code() == Code::kNotFound) return std::move(receipt).status().At(statement.uri->span.start);
  QUIRE_RETURN_IF_ERROR(receipt.status());
  RowSet set;
  set.columns = {{"uri", Type::kText},      {"chunks", Type::kInteger}, {"answers", Type::kInteger}, {"quotes", Type::kInteger},
                 {"pieces", Type::kInteger}, {"files", Type::kInteger}, {"bytes", Type::kInteger},   {"found", Type::kInteger}};
  set.rows.push_back({Value::Text(uri), Count(receipt->chunks), Count(kept.answers), Count(kept.quotes), Count(receipt->pieces),
                      Count(receipt->files), Count(receipt->bytes), Count(receipt->found.size())});
  return MakeStoredRows(std::move(set), {0, std::move(receipt->found)});
}

RowsResult Executor::Refresh() {
  if (!session_.database->read_only()) {
    return Status(Code::kUnsupported, "REFRESH is for a follower, which reads what another process writes",
                  "this one writes: it sees every commit at once");
  }
  reader_.reset();
  QUIRE_ASSIGN_OR_RETURN(const uint64_t changes, session_.database->Refresh());
  RowSet set;
  set.columns = {{"changes", Type::kInteger}};
  set.rows.push_back({Count(changes)});
  return MakeStoredRows(std::move(set));
}

}  // namespace quire::sql
