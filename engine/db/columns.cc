#include "engine/db/columns.h"

#include "engine/base/hash.h"
#include "engine/db/state.h"

namespace quire {
namespace {

Value TextOrNull(const std::string& text) { return text.empty() ? Value::Null() : Value::Text(text); }

struct BuiltinColumn {
  std::string_view name;
  Type type;
  Value (*value)(const Chunk&);
};

constexpr BuiltinColumn kBuiltins[] = {
    {"id", Type::kText, [](const Chunk& chunk) { return Value::Text(chunk.id); }},
    {"document", Type::kText,
     [](const Chunk& chunk) { return chunk.uri.empty() ? Value() : Value::Text(ToHex(HashOf128(chunk.uri))); }},
    {"uri", Type::kText, [](const Chunk& chunk) { return TextOrNull(chunk.uri); }},
    {"title", Type::kText, [](const Chunk& chunk) { return TextOrNull(chunk.title); }},
    {"section", Type::kText, [](const Chunk& chunk) { return TextOrNull(chunk.section); }},
    {"anchor", Type::kText, [](const Chunk& chunk) { return TextOrNull(chunk.anchor); }},
    {"ordinal", Type::kInteger, [](const Chunk& chunk) { return Value::Integer(chunk.ordinal); }},
    {"start", Type::kInteger, [](const Chunk& chunk) { return Value::Integer(static_cast<int64_t>(chunk.start)); }},
    {"end", Type::kInteger, [](const Chunk& chunk) { return Value::Integer(static_cast<int64_t>(chunk.end)); }},
    {"text", Type::kText, [](const Chunk& chunk) { return Value::Text(chunk.text); }},
    {"embedding", Type::kVector,
     [](const Chunk& chunk) { return chunk.embedding.empty() ? Value() : Value::Vector(chunk.embedding); }},
    {"created_at", Type::kTimestamp, [](const Chunk& chunk) { return Value::Timestamp(chunk.created_at); }},
};

// Where a name stands: a built-in column, or the attribute of that index.
struct Place {
  const BuiltinColumn* builtin = nullptr;
  size_t attribute = 0;
};

Result<Place> FindColumn(const CollectionSchema& schema, std::string_view column) {
  const std::string name = db::LowerCase(column);
  for (const BuiltinColumn& builtin : kBuiltins) {
    if (builtin.name == name) return Place{.builtin = &builtin};
  }
  for (size_t i = 0; i < schema.attributes.size(); ++i) {
    if (db::LowerCase(schema.attributes[i].name) == name) return Place{.attribute = i};
  }
  return Status(Code::kNotFound, "collection '" + schema.name + "' has no column '" + std::string(column) + "'");
}

}  // namespace

Result<Type> ColumnType(const CollectionSchema& schema, std::string_view column) {
  QUIRE_ASSIGN_OR_RETURN(const Place place, FindColumn(schema, column));
  return place.builtin ? place.builtin->type : schema.attributes[place.attribute].type;
}

Result<Value> ColumnValue(const CollectionSchema& schema, const Chunk& chunk, std::string_view column) {
  QUIRE_ASSIGN_OR_RETURN(const Place place, FindColumn(schema, column));
  if (place.builtin) return place.builtin->value(chunk);
  return place.attribute < chunk.attributes.size() ? chunk.attributes[place.attribute] : Value::Null();
}

}  // namespace quire
