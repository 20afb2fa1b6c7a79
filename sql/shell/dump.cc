#include "sql/shell/dump.h"

#include <limits>

#include "sql/bind/shown.h"
#include "sql/bind/source.h"
#include "sql/parse/parser.h"
#include "sql/parse/print.h"
#include "sql/shell/render.h"
#include "sql/shell/shell.h"

namespace quire::sql {
namespace {

constexpr size_t kTransactionRows = 500;

std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out.push_back('\'');
    out.push_back(c);
  }
  return out + "'";
}

std::string PrintedName(const std::string& name) { return Print(Expression{{}, ColumnExpression{"", name}}); }

// What INSERT can write. `document` is made of uri.
bool IsDumped(const SourceColumn& column, bool embeddings) {
  if (column.role == ColumnRole::kEmbedding) return embeddings;
  return column.role != ColumnRole::kDocument && column.role != ColumnRole::kTable && !IsPseudo(column.role);
}

// Columns that say nothing are left out: an INSERT without them writes the same.
bool SaysNothing(const SourceColumn& column, const Value& value) {
  if (column.role == ColumnRole::kText || column.role == ColumnRole::kId) return false;
  if (value.is_null()) return true;
  const bool place =
      column.role == ColumnRole::kOrdinal || column.role == ColumnRole::kStart || column.role == ColumnRole::kEnd;
  return place && value.type() == Type::kInteger && value.integer() == 0;
}

std::string InsertStatementOf(const Source& source, const Chunk& chunk, bool embeddings) {
  std::string names, values;
  for (const SourceColumn& column : source.columns) {
    if (!IsDumped(column, embeddings)) continue;
    Value value = ReadColumn(column, chunk);
    if (column.role == ColumnRole::kText && value.is_null()) value = Value::Text("");
    if (SaysNothing(column, value)) continue;
    names += (names.empty() ? "" : ", ") + PrintedName(column.name);
    values += (values.empty() ? "" : ", ") + SqlLiteral(value);
  }
  return "INSERT INTO " + PrintedName(source.name) + " (" + names + ") VALUES (" + values + ");\n";
}

}  // namespace

std::string SqlLiteral(const Value& value) {
  switch (value.type()) {
    case Type::kNull: return "NULL";
    case Type::kBoolean: return value.boolean() ? "TRUE" : "FALSE";
    case Type::kInteger:
      // The smallest one has no sign to stand behind: its digits alone are out of range.
      if (value.integer() == std::numeric_limits<int64_t>::min()) return "-9223372036854775807 - 1";
      return std::to_string(value.integer());
    case Type::kReal: {
      std::string text;
      AppendJsonValue(&text, value);
      return text;
    }
    case Type::kTextArray: {
      std::string items;
      for (const std::string& item : value.texts()) items += (items.empty() ? "" : ", ") + Quoted(item);
      return "[" + items + "]";
    }
    case Type::kVector: {
      std::string text;
      AppendJsonValue(&text, value);
      return Quoted(text);
    }
    case Type::kText:
    case Type::kJson: return Quoted(value.text());
    default: return Quoted(value.ToString());
  }
}

Status DumpCollection(const Reader& reader, const CollectionInfo& collection, bool embeddings,
                      const std::function<Status(std::string_view)>& write) {
  const bool none = collection.schema.embedder == "none";
  QUIRE_RETURN_IF_ERROR(write(CreateStatement(collection.schema)));
  if (!none && !embeddings) {
    QUIRE_RETURN_IF_ERROR(write("-- vectors are made anew by embedder " + Quoted(collection.schema.embedder) +
                                "; .dump --embeddings keeps them\n"));
  }
  const Source source = MakeCollectionSource(collection);
  const ChunkParts parts{.text = true, .embedding = none || embeddings};
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(source.name, Filter(), parts));
  Chunk chunk;
  size_t rows = 0;
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) break;
    const std::string statement = InsertStatementOf(source, chunk, parts.embedding);
    if (statement.size() > kMaxStatementBytes) {
      return Status(Code::kResourceExhausted, "collection '" + source.name + "': chunk '" + Shortened(chunk.id) +
                                                  "' needs a statement of " + std::to_string(statement.size()) +
                                                  " bytes, and one has at most " + std::to_string(kMaxStatementBytes));
    }
    if (rows % kTransactionRows == 0) {
      QUIRE_RETURN_IF_ERROR(write(rows == 0 ? "BEGIN;\n" : "COMMIT;\nBEGIN;\n"));
    }
    QUIRE_RETURN_IF_ERROR(write(statement));
    ++rows;
  }
  return rows == 0 ? Status() : write("COMMIT;\n");
}

}  // namespace quire::sql
