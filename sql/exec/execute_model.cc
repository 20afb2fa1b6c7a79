// Models and answers: CREATE, ALTER and DROP MODEL, EXPLAIN ANSWER, FEEDBACK, CALIBRATE. The chat extension carries them out.
#include <utility>

#include "sql/bind/shown.h"
#include "sql/exec/executor.h"
#include "sql/parse/lexer.h"

namespace quire::sql {
namespace {

constexpr const char* kModelWords[] = {"CREATE MODEL", "ALTER MODEL", "ALTER MODEL", "ALTER MODEL", "ALTER MODEL", "DROP MODEL"};

Result<int64_t> WholeNumber(const Value& value, std::string_view what, const Expression& at) {
  if (value.type() == Type::kInteger && value.integer() > 0) return value.integer();
  return Status(Code::kInvalidArgument, std::string(what) + " must be a whole number from 1, found " + Shown(value)).At(at.span.start);
}

}  // namespace

Result<const AnswerProvider*> Executor::FindAnswerProvider(std::string_view statement) const {
  if (const AnswerProvider* provider = session_.registry->answer_provider()) return provider;
  return Status(Code::kUnavailable, std::string(statement) + " needs the chat extension");
}

RowsResult Executor::operator()(const ModelStatement& statement) {
  const char* words = kModelWords[static_cast<size_t>(statement.kind)];
  QUIRE_ASSIGN_OR_RETURN(const AnswerProvider* provider, FindAnswerProvider(words));
  QUIRE_RETURN_IF_ERROR(NotInTransaction(words));
  QUIRE_RETURN_IF_ERROR(CheckWritable());
  ModelChange change;
  change.kind = static_cast<ModelChange::Kind>(statement.kind);
  change.definition = {.name = statement.name.text, .version = 0, .provider = AsciiLower(statement.provider.text), .options = {}};
  if (statement.version) {
    QUIRE_ASSIGN_OR_RETURN(const Value version, binder_.BindValue(*statement.version, "as a version"));
    QUIRE_ASSIGN_OR_RETURN(change.definition.version, WholeNumber(version, "a version", *statement.version));
  }
  QUIRE_ASSIGN_OR_RETURN(change.definition.options, BindDefinition(statement.options));
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  if (const std::string_view path = change.definition.Find("path"); !path.empty()) {
    QUIRE_RETURN_IF_ERROR(session_.settings.allowed_paths.Check(path));
  }
  Status status = provider->ChangeModel(change, MakeSession(*reader()));
  const Code expected = statement.kind == ModelStatement::Kind::kDrop ? Code::kNotFound : Code::kAlreadyExists;
  if (statement.if_exists && status.code() == expected) return MakeNoRows({0, {std::string(status.message())}});
  if (!status.ok()) return std::move(status).At(statement.name.span.start);
  return MakeNoRows({});
}

RowsResult Executor::operator()(const AnswerStatement& statement) {
  const bool explains = statement.kind == AnswerStatement::Kind::kExplain;
  QUIRE_ASSIGN_OR_RETURN(const AnswerProvider* provider, FindAnswerProvider(explains ? "EXPLAIN ANSWER" : "FEEDBACK"));
  QUIRE_ASSIGN_OR_RETURN(const Value id, binder_.BindValue(*statement.id, "as the number of an answer"));
  Feedback feedback;
  QUIRE_ASSIGN_OR_RETURN(feedback.answer_id, WholeNumber(id, "the number of an answer", *statement.id));
  feedback.good = statement.kind == AnswerStatement::Kind::kGood;
  if (statement.correction) {
    QUIRE_ASSIGN_OR_RETURN(feedback.correction, TextValue(*statement.correction, "a correction"));
  }
  if (statement.reason) {
    QUIRE_ASSIGN_OR_RETURN(feedback.reason, TextValue(*statement.reason, "a reason"));
  }
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  if (explains) {
    QUIRE_ASSIGN_OR_RETURN(RowSet rows, provider->ExplainAnswer(feedback.answer_id, MakeSession(*reader())));
    return MakeStoredRows(std::move(rows));
  }
  QUIRE_RETURN_IF_ERROR(NotInTransaction("FEEDBACK"));
  QUIRE_RETURN_IF_ERROR(CheckWritable());
  QUIRE_RETURN_IF_ERROR(provider->GiveFeedback(feedback, MakeSession(*reader())));
  return MakeNoRows({});
}

RowsResult Executor::operator()(const CalibrateStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(const AnswerProvider* provider, FindAnswerProvider("CALIBRATE"));
  QUIRE_RETURN_IF_ERROR(NotInTransaction("CALIBRATE"));
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindWritable(statement.collection));
  QUIRE_ASSIGN_OR_RETURN(const StatementOptions options, BindOptions(statement.options));
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  QUIRE_ASSIGN_OR_RETURN(RowSet rows, provider->Calibrate(source.name, options, MakeSession(*reader())));
  return MakeStoredRows(std::move(rows));
}

// SHOW MODELS, SHOW CALIBRATION [FROM docs].
RowsResult Executor::ShowOfExtension(const ShowStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(const AnswerProvider* provider, FindAnswerProvider("SHOW " + statement.what.text));
  std::string collection;
  if (statement.from) {
    if (statement.what.text == "MODELS") {
      return Status(Code::kUnsupported, "SHOW MODELS takes no FROM").At(statement.from->span.start);
    }
    QUIRE_ASSIGN_OR_RETURN(const Source source, BindCollection(*statement.from, *reader()));
    collection = source.name;
  }
  const Session session = MakeSession(*reader());
  QUIRE_ASSIGN_OR_RETURN(RowSet rows, statement.what.text == "MODELS" ? provider->ShowModels(session)
                                                                      : provider->ShowCalibration(collection, session));
  return MakeStoredRows(std::move(rows));
}

}  // namespace quire::sql
