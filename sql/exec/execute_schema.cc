// CREATE, DROP, SHOW, DESCRIBE.
#include <limits>
#include <utility>

#include "sql/bind/shown.h"
#include "sql/bind/system_tables.h"
#include "sql/exec/executor.h"
#include "sql/parse/nearest.h"

namespace quire::sql {
namespace {

Result<std::string> TextOption(const Value& value) {
  if (value.type() == Type::kText) return value.text();
  return Status(Code::kTypeMismatch, "expected a text, found " + Shown(value));
}

Result<uint32_t> NumberOption(const Value& value) {
  const Result<Value> number = Cast(value, Type::kInteger);
  if (number.ok() && !number->is_null() && number->integer() >= 1 &&
      number->integer() <= std::numeric_limits<uint32_t>::max()) {
    return static_cast<uint32_t>(number->integer());
  }
  return Status(Code::kInvalidArgument, "expected a whole number from 1, found " + Shown(value));
}

// One entry for each option of CREATE COLLECTION ... WITH (...).
struct CollectionOption {
  std::string_view name;
  Status (*set)(const Value& value, CollectionSchema* schema);
};
constexpr CollectionOption kCollectionOptions[] = {
    {"metric",
     [](const Value& value, CollectionSchema* schema) -> Status {
       QUIRE_ASSIGN_OR_RETURN(const std::string name, TextOption(value));
       QUIRE_ASSIGN_OR_RETURN(schema->metric, ParseMetric(name));
       return {};
     }},
    {"embedder",
     [](const Value& value, CollectionSchema* schema) -> Status {
       QUIRE_ASSIGN_OR_RETURN(schema->embedder, TextOption(value));
       return {};
     }},
    {"dim",
     [](const Value& value, CollectionSchema* schema) -> Status {
       QUIRE_ASSIGN_OR_RETURN(schema->dim, NumberOption(value));
       return {};
     }},
    {"dims",
     [](const Value& value, CollectionSchema* schema) -> Status {
       QUIRE_ASSIGN_OR_RETURN(schema->dim, NumberOption(value));
       return {};
     }},
    {"chunk_tokens",
     [](const Value& value, CollectionSchema* schema) -> Status {
       QUIRE_ASSIGN_OR_RETURN(schema->chunk_tokens, NumberOption(value));
       return {};
     }},
    {"language",
     [](const Value& value, CollectionSchema* schema) -> Status {
       QUIRE_ASSIGN_OR_RETURN(schema->language, TextOption(value));
       return {};
     }},
    {"raw",
     [](const Value& value, CollectionSchema* schema) -> Status {
       QUIRE_ASSIGN_OR_RETURN(const std::string name, TextOption(value));
       if (name != "f16" && name != "f32") {
         return Status(Code::kInvalidArgument, "raw must be 'f16' or 'f32', found '" + Shortened(name) + "'");
       }
       schema->raw = name == "f16" ? RawVectors::kF16 : RawVectors::kF32;
       return {};
     }},
    {"vector_weight",
     [](const Value& value, CollectionSchema* schema) -> Status {
       const Result<Value> number = Cast(value, Type::kReal);
       if (!number.ok() || number->is_null() || !(number->real() >= 0 && number->real() <= 16)) {
         return Status(Code::kInvalidArgument, "vector_weight must be 0 to 16, found " + Shown(value));
       }
       schema->vector_weight = number->real();
       return {};
     }},
    {"recall_target",
     [](const Value& value, CollectionSchema* schema) -> Status {
       const Result<Value> number = Cast(value, Type::kReal);
       if (!number.ok() || number->is_null() || !(number->real() > 0 && number->real() <= 1)) {
         return Status(Code::kInvalidArgument, "recall_target must be above 0 and at most 1, found " + Shown(value));
       }
       schema->recall_target = number->real();
       return {};
     }},
};

Status SetCollectionOption(const Name& name, const Value& value, CollectionSchema* schema) {
  std::vector<std::string_view> names;
  std::string list;
  for (const CollectionOption& option : kCollectionOptions) {
    if (SameName(option.name, name.text)) return option.set(value, schema);
    names.push_back(option.name);
    list.append(list.empty() ? "options are " : ", ").append(option.name);
  }
  const std::string_view nearest = Nearest(name.text, names);
  return Status(Code::kInvalidArgument, "a collection has no option '" + Shortened(name.text) + "'",
                nearest.empty() ? list : "did you mean '" + std::string(nearest) + "'?")
      .At(name.span.start);
}

Status SecondVector(const ColumnDefinition& column) {
  return Status(Code::kUnsupported, "a collection has one vector for each chunk, its column embedding",
                "leave the column out; WITH (embedder = 'none', dim = 384) if you bring the vectors")
      .At(column.name.span.start);
}

std::string_view KindOf(ColumnRole role) {
  if (IsPseudo(role)) return "search";
  if (role == ColumnRole::kAttribute) return "attribute";
  return role == ColumnRole::kTable ? "column" : "built-in";
}

}  // namespace

Result<CollectionSchema> Executor::BindSchema(const CreateCollectionStatement& statement) {
  CollectionSchema schema;
  schema.name = statement.name.text;
  for (const ColumnDefinition& column : statement.columns) {
    if (column.type == Type::kVector) return SecondVector(column);
    schema.attributes.push_back({column.name.text, column.type});
  }
  for (const Option& option : statement.options) {
    QUIRE_ASSIGN_OR_RETURN(const Value value, OptionValue(option));
    Status status = SetCollectionOption(option.name, value, &schema);
    if (!status.ok()) {
      const Span span = option.value ? option.value->span : option.name.span;
      return std::move(status).At(span.start);
    }
  }
  return schema;
}

RowsResult Executor::operator()(const CreateCollectionStatement& statement) {
  QUIRE_RETURN_IF_ERROR(NotInTransaction("CREATE COLLECTION"));
  QUIRE_RETURN_IF_ERROR(CheckWritable());
  QUIRE_ASSIGN_OR_RETURN(CollectionSchema schema, BindSchema(statement));
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  if (FindSystemTable(schema.name) != nullptr) {
    return Status(Code::kAlreadyExists, "'" + schema.name + "' is a system table").At(statement.name.span.start);
  }
  Status status = session_.database->CreateCollection(std::move(schema));
  if (status.code() == Code::kAlreadyExists && statement.if_not_exists) {
    return MakeNoRows({0, {"collection '" + statement.name.text + "' exists already: it was left as it is"}});
  }
  if (!status.ok()) return std::move(status).At(statement.name.span.start);
  return MakeNoRows({});
}

RowsResult Executor::operator()(const DropCollectionStatement& statement) {
  QUIRE_RETURN_IF_ERROR(NotInTransaction("DROP COLLECTION"));
  QUIRE_RETURN_IF_ERROR(CheckWritable());
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  if (FindSystemTable(statement.name.text) != nullptr) {
    return Status(Code::kUnsupported, "'" + statement.name.text + "' is a system table: it can only be read")
        .At(statement.name.span.start);
  }
  Status status = session_.database->DropCollection(statement.name.text);
  if (status.code() == Code::kNotFound && statement.if_exists) {
    return MakeNoRows({0, {"collection '" + statement.name.text + "' does not exist"}});
  }
  if (!status.ok()) return std::move(status).At(statement.name.span.start);
  return MakeNoRows({});
}

// Of the options with which a collection is made, those that can change later.
RowsResult Executor::AlterOptions(const std::string& collection, const std::vector<Option>& options) {
  QUIRE_ASSIGN_OR_RETURN(CollectionInfo info, reader()->GetCollection(collection));
  for (const Option& option : options) {
    QUIRE_ASSIGN_OR_RETURN(const Value value, OptionValue(option));
    Status status = SetCollectionOption(option.name, value, &info.schema);
    if (status.ok() && !SameName(option.name.text, "recall_target") && !SameName(option.name.text, "vector_weight")) {
      const bool embedder = SameName(option.name.text, "embedder");
      status = Status(Code::kUnsupported, "option '" + option.name.text + "' is fixed when a collection is made",
                      embedder ? "write ALTER COLLECTION " + collection + " SET EMBEDDER name"
                               : "recall_target and vector_weight can be changed");
    }
    if (!status.ok()) return std::move(status).At(option.name.span.start);
  }
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  QUIRE_RETURN_IF_ERROR(session_.database->SetRecallTarget(collection, info.schema.recall_target));
  QUIRE_RETURN_IF_ERROR(session_.database->SetVectorWeight(collection, info.schema.vector_weight));
  return MakeNoRows({});
}

RowsResult Executor::operator()(const AlterCollectionStatement& statement) {
  QUIRE_RETURN_IF_ERROR(NotInTransaction("ALTER COLLECTION"));
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindWritable(statement.collection));
  using Kind = AlterCollectionStatement::Kind;
  if (statement.kind == Kind::kSet) return AlterOptions(source.name, statement.options);
  if (statement.kind == Kind::kSetEmbedder) return SetEmbedder(statement, source);
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  if (statement.kind == Kind::kRename) {
    if (FindSystemTable(statement.new_name.text) != nullptr) {
      return Status(Code::kAlreadyExists, "'" + statement.new_name.text + "' is a system table")
          .At(statement.new_name.span.start);
    }
    Status status = session_.database->RenameCollection(source.name, statement.new_name.text);
    if (!status.ok()) return std::move(status).At(statement.new_name.span.start);
    return MakeNoRows({});
  }
  if (statement.kind != Kind::kAddColumn) {
    Database& database = *session_.database;
    Status status = statement.kind == Kind::kDropGeneration     ? database.DropGeneration(source.name)
                    : statement.kind == Kind::kSwitchGeneration ? database.SwitchGeneration(source.name)
                                                                : database.RollBackGeneration(source.name);
    if (!status.ok()) return std::move(status).At(statement.collection.span.start);
    return MakeNoRows({});
  }
  std::vector<ColumnSchema> columns;
  for (const ColumnDefinition& column : statement.columns) {
    if (column.type == Type::kVector) return SecondVector(column);
    if (source.Find(column.name.text)) {
      if (statement.if_not_exists) continue;
      return Status(Code::kAlreadyExists,
                    "collection '" + source.name + "' already has a column '" + column.name.text + "'",
                    "write ADD COLUMN IF NOT EXISTS")
          .At(column.name.span.start);
    }
    columns.push_back({column.name.text, column.type});
  }
  Status status = columns.empty() ? Status() : session_.database->AddColumns(source.name, std::move(columns));
  if (!status.ok()) return std::move(status).At(statement.columns.front().name.span.start);
  return MakeNoRows({});
}

RowsResult Executor::operator()(const ShowStatement& statement) {
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  if (statement.what.text == "MODELS" || statement.what.text == "CALIBRATION") return ShowOfExtension(statement);
  const SystemTable* table = FindShownTable(statement.what.text);
  if (table == nullptr) return ShowSettings(statement.what);
  std::optional<Source> only;
  if (statement.from) {
    QUIRE_ASSIGN_OR_RETURN(only, BindCollection(*statement.from, *reader()));
  }
  RowSet set;
  std::optional<size_t> collection;
  for (const SystemColumn& column : table->columns) {
    if (column.name == "collection") collection = set.columns.size();
    set.columns.push_back({std::string(column.name), column.type});
  }
  if (only && !collection) {
    return Status(Code::kUnsupported, "SHOW " + statement.what.text + " takes no FROM").At(statement.from->span.start);
  }
  std::vector<Row> rows = table->rows == nullptr ? SettingRows(*session_.database, session_.settings)
                                                 : table->rows(*session_.database, *reader());
  for (Row& row : rows) {
    if (!only || row[*collection].text() == only->name) set.rows.push_back(std::move(row));
  }
  return MakeStoredRows(std::move(set));
}

RowsResult Executor::operator()(const DescribeStatement& statement) {
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindSource(statement.collection, *reader()));
  RowSet set;
  set.columns = {{"column", Type::kText}, {"type", Type::kText}, {"kind", Type::kText}};
  for (const SourceColumn& column : source.columns) {
    set.rows.push_back({Value::Text(column.name), Value::Text(std::string(TypeName(column.type))),
                        Value::Text(std::string(KindOf(column.role)))});
  }
  return MakeStoredRows(std::move(set));
}

}  // namespace quire::sql
