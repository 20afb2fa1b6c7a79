// ASK and COPY: statements that an extension carries out.
#include <utility>

#include "sql/bind/shown.h"
#include "sql/exec/executor.h"
#include "sql/parse/lexer.h"

namespace quire::sql {

Result<Value> Executor::OptionValue(const Option& option) {
  if (!option.value) return Value::Boolean(true);
  return binder_.BindValue(*option.value, "as an option");
}

Result<StatementOptions> Executor::BindOptions(const std::vector<Option>& options) {
  StatementOptions bound;
  for (const Option& option : options) {
    QUIRE_ASSIGN_OR_RETURN(Value value, OptionValue(option));
    if (!bound.emplace(AsciiLower(option.name.text), std::move(value)).second) {
      return Status(Code::kInvalidArgument, "option '" + Shortened(option.name.text) + "' is given twice")
          .At(option.name.span.start);
    }
  }
  return bound;
}

RowsResult Executor::operator()(const AskStatement& statement) { return Ask(statement, false); }

RowsResult Executor::Ask(const AskStatement& statement, bool explain) {
  AskRequest request;
  request.explain = explain;
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindCollection(statement.collection, *reader()));
  request.collection = source.name;
  QUIRE_ASSIGN_OR_RETURN(const Value question, binder_.BindValue(*statement.question, "as a question"));
  if (question.type() != Type::kText || question.text().find_first_not_of(" \t\r\n") == std::string::npos) {
    return Status(Code::kInvalidArgument, "a question must be a text that is not empty, found " +
                                              (question.type() == Type::kText ? "''" : Shown(question)))
        .At(statement.question->span.start);
  }
  request.question = question.text();
  QUIRE_ASSIGN_OR_RETURN(PlannedFilter filter, BindChangeFilter(statement.where.get(), source, "ASK"));
  // An IN without values keeps nothing.
  request.filter = filter.nothing ? Filter::In("id", {}) : std::move(filter.filter);
  if (statement.model) request.model = statement.model->text;
  QUIRE_ASSIGN_OR_RETURN(request.options, BindOptions(statement.options));
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  QUIRE_ASSIGN_OR_RETURN(const AnswerProvider* provider, FindAnswerProvider("ASK"));
  QUIRE_ASSIGN_OR_RETURN(RowSet rows, provider->Ask(request, MakeSession(*reader())));
  return MakeStoredRows(std::move(rows));
}

RowsResult Executor::operator()(const CopyStatement& statement) {
  constexpr const char* kWords[] = {"COPY", "SYNC", "RETRY"};
  const char* word = kWords[static_cast<size_t>(statement.kind)];
  QUIRE_RETURN_IF_ERROR(NotInTransaction(word));
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindWritable(statement.collection));
  CopyRequest request;
  request.kind = static_cast<CopyRequest::Kind>(statement.kind);
  request.collection = source.name;
  if (statement.source) {
    QUIRE_ASSIGN_OR_RETURN(request.source, PathValue(*statement.source, "a path"));
  }
  if (request.source.empty() && session_.settings.allowed_paths.restricted()) {
    return Status(Code::kInvalidArgument, std::string(word) + " without a path reads files that the database names",
                  "a session with allowed_directories has to name them");
  }
  QUIRE_ASSIGN_OR_RETURN(request.options, BindOptions(statement.options));
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  const DocumentSource* documents = session_.registry->document_source();
  if (documents == nullptr) return Status(Code::kUnavailable, "COPY ... FROM needs the ingest extension");
  QUIRE_ASSIGN_OR_RETURN(CopyReport report, documents->Copy(request, MakeSession(*reader())));
  const auto count = [](uint64_t n) { return Value::Integer(static_cast<int64_t>(n)); };
  RowSet set;
  set.columns = {{"documents", Type::kInteger}, {"chunks", Type::kInteger}, {"failed", Type::kInteger}};
  set.rows.push_back({count(report.documents), count(report.chunks), count(report.failed)});
  return MakeStoredRows(std::move(set), {report.chunks, std::move(report.messages)});
}

}  // namespace quire::sql
