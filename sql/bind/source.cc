#include "sql/bind/source.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "engine/base/hash.h"
#include "sql/bind/system_tables.h"

namespace quire::sql {
namespace {

struct ChunkColumn {
  std::string_view name;
  Type type;
  ColumnRole role;
};

constexpr ChunkColumn kShown[] = {
    {"id", Type::kText, ColumnRole::kId},
    {"document", Type::kText, ColumnRole::kDocument},
    {"uri", Type::kText, ColumnRole::kUri},
    {"title", Type::kText, ColumnRole::kTitle},
    {"section", Type::kText, ColumnRole::kSection},
    {"ordinal", Type::kInteger, ColumnRole::kOrdinal},
    {"text", Type::kText, ColumnRole::kText},
    {"embedding", Type::kVector, ColumnRole::kEmbedding},
    {"created_at", Type::kTimestamp, ColumnRole::kCreatedAt},
};
static_assert(std::size(kShown) == std::size(kBuiltinColumns), "SELECT * shows every built-in column");

constexpr ChunkColumn kHidden[] = {
    {"anchor", Type::kText, ColumnRole::kAnchor},     {"start", Type::kInteger, ColumnRole::kStart},
    {"end", Type::kInteger, ColumnRole::kEnd},        {"score", Type::kReal, ColumnRole::kScore},
    {"distance", Type::kReal, ColumnRole::kDistance}, {"rank", Type::kInteger, ColumnRole::kRank},
};

SourceColumn MakeColumn(const ChunkColumn& column) { return {std::string(column.name), column.type, column.role, 0}; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Result<uint64_t> NotNegative(const SourceColumn& column, const Value& value, uint64_t max) {
  if (value.integer() >= 0 && static_cast<uint64_t>(value.integer()) <= max)
    return static_cast<uint64_t>(value.integer());
  return Status(Code::kInvalidArgument,
                "column '" + column.name + "': " + value.ToString() + " is not in 0 to " + std::to_string(max));
}

// An empty uri, title, section or anchor is one that is not there, as filters see it too.
Value TextOrNull(const std::string& text) { return text.empty() ? Value::Null() : Value::Text(text); }

Status WriteNumber(const SourceColumn& column, const Value& value, Chunk* chunk) {
  const bool ordinal = column.role == ColumnRole::kOrdinal;
  const uint64_t max = ordinal ? std::numeric_limits<uint32_t>::max() : std::numeric_limits<int64_t>::max();
  uint64_t number = 0;
  if (!value.is_null()) {
    QUIRE_ASSIGN_OR_RETURN(number, NotNegative(column, value, max));
  }
  if (ordinal) chunk->ordinal = static_cast<uint32_t>(number);
  if (column.role == ColumnRole::kStart) chunk->start = number;
  if (column.role == ColumnRole::kEnd) chunk->end = number;
  return {};
}

std::string* TextField(ColumnRole role, Chunk* chunk) {
  switch (role) {
    case ColumnRole::kId: return &chunk->id;
    case ColumnRole::kUri: return &chunk->uri;
    case ColumnRole::kTitle: return &chunk->title;
    case ColumnRole::kSection: return &chunk->section;
    case ColumnRole::kText: return &chunk->text;
    case ColumnRole::kAnchor: return &chunk->anchor;
    default: return nullptr;
  }
}

}  // namespace

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::optional<uint32_t> Source::Find(std::string_view column) const {
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (SameName(columns[i].name, column)) return i;
  }
  return std::nullopt;
}

Source MakeCollectionSource(CollectionInfo info) {
  Source source;
  source.kind = Source::Kind::kCollection;
  source.name = info.schema.name;
  for (const ChunkColumn& column : kShown) source.columns.push_back(MakeColumn(column));
  for (uint32_t i = 0; i < info.schema.attributes.size(); ++i) {
    const ColumnSchema& attribute = info.schema.attributes[i];
    source.columns.push_back({attribute.name, attribute.type, ColumnRole::kAttribute, i});
  }
  for (const ChunkColumn& column : kHidden) source.columns.push_back(MakeColumn(column));
  source.collection = std::move(info);
  return source;
}

Source MakeTableSource(const SystemTable& table) {
  Source source;
  source.kind = Source::Kind::kTable;
  source.name = std::string(table.name);
  source.table = &table;
  for (const SystemColumn& column : table.columns) {
    source.columns.push_back({std::string(column.name), column.type, ColumnRole::kTable, 0});
  }
  return source;
}

bool IsPseudo(ColumnRole role) {
  return role == ColumnRole::kScore || role == ColumnRole::kDistance || role == ColumnRole::kRank;
}

bool IsInStar(ColumnRole role) { return role <= ColumnRole::kAttribute || role == ColumnRole::kTable; }

Value ReadColumn(const SourceColumn& column, const Chunk& chunk) {
  switch (column.role) {
    case ColumnRole::kId: return Value::Text(chunk.id);
    case ColumnRole::kDocument: return chunk.uri.empty() ? Value::Null() : Value::Text(ToHex(HashOf128(chunk.uri)));
    case ColumnRole::kUri: return TextOrNull(chunk.uri);
    case ColumnRole::kTitle: return TextOrNull(chunk.title);
    case ColumnRole::kSection: return TextOrNull(chunk.section);
    case ColumnRole::kOrdinal: return Value::Integer(chunk.ordinal);
    case ColumnRole::kText: return Value::Text(chunk.text);
    case ColumnRole::kEmbedding: return chunk.embedding.empty() ? Value::Null() : Value::Vector(chunk.embedding);
    case ColumnRole::kCreatedAt: return Value::Timestamp(chunk.created_at);
    case ColumnRole::kAnchor: return TextOrNull(chunk.anchor);
    case ColumnRole::kStart: return Value::Integer(static_cast<int64_t>(chunk.start));
    case ColumnRole::kEnd: return Value::Integer(static_cast<int64_t>(chunk.end));
    case ColumnRole::kAttribute:
      // Attributes added after the chunk was written are not in its row.
      return column.attribute < chunk.attributes.size() ? chunk.attributes[column.attribute] : Value::Null();
    default: return Value::Null();
  }
}

Value ReadPseudo(ColumnRole role, const Hit& hit, uint64_t rank) {
  switch (role) {
    case ColumnRole::kScore: return Value::Real(hit.score);
    case ColumnRole::kDistance: return std::isnan(hit.distance) ? Value::Null() : Value::Real(hit.distance);
    case ColumnRole::kRank: return Value::Integer(static_cast<int64_t>(rank));
    default: return Value::Null();
  }
}

Status WriteColumn(const SourceColumn& column, Value value, Chunk* chunk) {
  if (std::string* field = TextField(column.role, chunk)) {
    *field = value.is_null() ? std::string() : value.text();
    return {};
  }
  switch (column.role) {
    case ColumnRole::kOrdinal:
    case ColumnRole::kStart:
    case ColumnRole::kEnd: return WriteNumber(column, value, chunk);
    case ColumnRole::kEmbedding: chunk->embedding = value.is_null() ? std::vector<float>() : value.vector(); return {};
    case ColumnRole::kCreatedAt: chunk->created_at = value.is_null() ? 0 : value.integer(); return {};
    case ColumnRole::kAttribute:
      if (chunk->attributes.size() <= column.attribute) chunk->attributes.resize(column.attribute + 1);
      chunk->attributes[column.attribute] = std::move(value);
      return {};
    case ColumnRole::kDocument:
      return Status(Code::kUnsupported, "column 'document' cannot be written", "it is derived from uri: write that");
    default:
      return Status(Code::kUnsupported, "column '" + column.name + "' cannot be written: it comes from a search");
  }
}

}  // namespace quire::sql
