// Embedders: CREATE and DROP EMBEDDER, ALTER COLLECTION ... SET EMBEDDER, COMPARE.
#include <algorithm>
#include <utility>

#include "sql/bind/shown.h"
#include "sql/exec/executor.h"
#include "sql/parse/lexer.h"

namespace quire::sql {
namespace {

constexpr uint64_t kComparedMax = 10'000;  // texts of one COMPARE

Result<ComparisonQuery> QueryOf(const Row& row) {
  const bool has_uri = row.size() == 2;
  if (row.empty() || row.size() > 2 || row[0].type() != Type::kText || (has_uri && !row[1].is_null() && row[1].type() != Type::kText)) {
    return Status(Code::kTypeMismatch, "COMPARE takes rows of a text, or of a text and the uri that should be found");
  }
  return ComparisonQuery{row[0].text(), has_uri && !row[1].is_null() ? row[1].text() : ""};
}

Value OrNull(bool there, double value) { return there ? Value::Real(value) : Value::Null(); }

}  // namespace

Result<Executor::DefinitionOptions> Executor::BindDefinition(const std::vector<Option>& options) {
  DefinitionOptions bound;
  for (const Option& option : options) {
    QUIRE_ASSIGN_OR_RETURN(const Value value, OptionValue(option));
    std::string name = AsciiLower(option.name.text);
    const auto same = [&name](const auto& other) { return other.first == name; };
    if (std::any_of(bound.begin(), bound.end(), same)) {
      return Status(Code::kInvalidArgument, "option '" + Shortened(name) + "' is given twice").At(option.name.span.start);
    }
    if (name == "api_key") {
      return Status(Code::kInvalidArgument, "a key is never stored", "WITH (api_key_env = 'NAME_OF_A_VARIABLE')")
          .At(option.name.span.start);
    }
    bound.emplace_back(std::move(name), value.type() == Type::kText ? value.text() : value.ToString());
  }
  return bound;
}

RowsResult Executor::operator()(const EmbedderStatement& statement) {
  QUIRE_RETURN_IF_ERROR(NotInTransaction(statement.drop ? "DROP EMBEDDER" : "CREATE EMBEDDER"));
  QUIRE_RETURN_IF_ERROR(CheckWritable());
  EmbedderDefinition definition{
      .name = statement.name.text, .provider = AsciiLower(statement.provider.text), .options = {}};
  QUIRE_ASSIGN_OR_RETURN(definition.options, BindDefinition(statement.options));
  if (const std::string_view path = definition.Find("path"); !path.empty()) {
    QUIRE_RETURN_IF_ERROR(session_.settings.allowed_paths.Check(path));
  }
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  Status status = statement.drop ? session_.database->DropEmbedder(statement.name.text)
                                 : session_.database->CreateEmbedder(std::move(definition));
  const Code expected = statement.drop ? Code::kNotFound : Code::kAlreadyExists;
  if (statement.if_exists && status.code() == expected) return MakeNoRows({0, {std::string(status.message())}});
  if (!status.ok()) return std::move(status).At(statement.name.span.start);
  return MakeNoRows({});
}

RowsResult Executor::SetEmbedder(const AlterCollectionStatement& statement, const Source& source) {
  RebuildOptions options{.switch_when_ready = true, .embedder = statement.new_name.text};
  for (const Option& option : statement.options) {
    QUIRE_ASSIGN_OR_RETURN(const Value value, OptionValue(option));
    const bool known = AsciiLower(option.name.text) == "switch" && value.type() == Type::kText &&
                       (value.text() == "manual" || value.text() == "auto");
    if (!known) {
      return Status(Code::kInvalidArgument, "SET EMBEDDER has the option switch, 'auto' or 'manual'").At(option.name.span.start);
    }
    options.switch_when_ready = value.text() == "auto";
  }
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  Status status = session_.database->StartRebuild(source.name, options);
  if (!status.ok()) return std::move(status).At(statement.new_name.span.start);
  return MakeNoRows({0, {"what there is to embed a job does: SHOW JOBS, SHOW GENERATIONS FROM " + source.name}});
}

RowsResult Executor::operator()(const CompareStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindCollection(statement.collection, *reader()));
  RowSet texts;
  if (statement.query) {
    QUIRE_ASSIGN_OR_RETURN(BoundSelect select, Bind(*statement.query));
    QUIRE_ASSIGN_OR_RETURN(texts, RunSubquery(std::move(select), kComparedMax));
  }
  for (const ExpressionPtr& text : statement.texts) {
    QUIRE_ASSIGN_OR_RETURN(Value value, binder_.BindValue(*text, "in COMPARE"));
    texts.rows.push_back({std::move(value)});
  }
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  std::vector<ComparisonQuery> queries;
  for (const Row& row : texts.rows) {
    QUIRE_ASSIGN_OR_RETURN(ComparisonQuery query, QueryOf(row));
    queries.push_back(std::move(query));
  }
  QUIRE_ASSIGN_OR_RETURN(const auto compared, session_.database->CompareGenerations(source.name, queries));
  RowSet set;
  set.columns = {{"generation", Type::kInteger}, {"embedder", Type::kText}, {"queries", Type::kInteger},
                 {"overlap10", Type::kReal},     {"hit5", Type::kReal},     {"mrr10", Type::kReal},
                 {"median_us", Type::kReal}};
  for (const GenerationComparison& one : compared) {
    set.rows.push_back({Value::Integer(one.number), Value::Text(one.embedder), Value::Integer(one.queries),
                        Value::Real(one.overlap10), OrNull(one.judged > 0, one.hit5), OrNull(one.judged > 0, one.mrr10),
                        Value::Real(one.median_us)});
  }
  return MakeStoredRows(std::move(set));
}

}  // namespace quire::sql
