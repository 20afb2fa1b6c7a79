#include "engine/db/validate.h"

#include <cmath>
#include <set>

#include "engine/base/utf8.h"
#include "engine/db/state.h"
#include "quire/search.h"

namespace quire::db {
namespace {

constexpr float kMaxHalf = 65504;  // the largest finite f16

Status BadName(const std::string& what, std::string_view name) {
  return Status(Code::kInvalidArgument, what + " name '" + Printable(name.substr(0, kMaxNameBytes)) +
                                            "' is not valid, expected 1 to 128 letters, digits and _, no digit first");
}

Status CheckText(const CollectionSchema& schema, std::string_view field, std::string_view text, size_t bytes_max) {
  const auto what = [&] { return "collection '" + schema.name + "': " + std::string(field); };
  if (text.size() > bytes_max) {
    return Status(Code::kResourceExhausted, what() + " has " + std::to_string(text.size()) + " bytes, expected at most " +
                                                std::to_string(bytes_max));
  }
  if (const size_t bad = FindInvalidUtf8(text); bad != std::string_view::npos) {
    return Status(Code::kInvalidArgument, what() + " is not UTF-8 at byte " + std::to_string(bad));
  }
  return {};
}

}  // namespace

bool IsValidName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return FindInvalidUtf8(name) == std::string_view::npos;
}

Status ValidateVector(const CollectionSchema& schema, uint32_t dim, const std::vector<float>& vector) {
  const auto what = [&] { return "collection '" + schema.name + "': vector has "; };
  if (vector.size() != dim) {
    return Status(Code::kInvalidArgument, what() + std::to_string(vector.size()) + " components, expected " +
                                              std::to_string(dim));
  }
  for (size_t i = 0; i < vector.size(); ++i) {
    const float component = vector[i];
    const bool fits = std::isfinite(component) && (schema.raw == RawVectors::kF32 || std::fabs(component) <= kMaxHalf);
    if (fits) continue;
    return Status(Code::kInvalidArgument, what() + Value::Real(component).ToString() + " as component " +
                                              std::to_string(i) + ", expected a finite number" +
                                              (std::isfinite(component) ? " of at most 65504" : ""),
                  std::isfinite(component) ? "create the collection WITH (raw = 'f32')" : "");
  }
  return {};
}

Status ValidateColumn(const CollectionSchema& schema, const ColumnSchema& column) {
  if (!IsValidName(column.name)) return BadName("column", column.name);
  if (column.type == Type::kNull || column.type == Type::kVector || column.type > Type::kVector) {
    return Status(Code::kInvalidArgument, "column '" + column.name + "': an attribute cannot have type " +
                                              std::string(TypeName(column.type)));
  }
  for (const std::string_view reserved : {"score", "distance", "rank"}) {
    if (LowerCase(column.name) == reserved) {
      return Status(Code::kAlreadyExists, "column '" + column.name + "' is built in, choose another name");
    }
  }
  if (ColumnType(schema, column.name).ok()) {
    return Status(Code::kAlreadyExists, "collection '" + schema.name + "' has a column '" + column.name + "' already");
  }
  if (schema.attributes.size() >= kMaxAttributes) {
    return Status(Code::kResourceExhausted, "collection '" + schema.name + "' has " + std::to_string(kMaxAttributes) +
                                                " attributes, expected no more");
  }
  return {};
}

Status ValidateSchema(const CollectionSchema& schema) {
  if (!IsValidName(schema.name)) return BadName("collection", schema.name);
  if (schema.dim > kMaxDim) {
    return Status(Code::kInvalidArgument, "collection '" + schema.name + "': " + std::to_string(schema.dim) +
                                              " dimensions, expected 1 to " + std::to_string(kMaxDim));
  }
  if (schema.chunk_tokens < 32 || schema.chunk_tokens > 8192) {
    return Status(Code::kInvalidArgument, "collection '" + schema.name + "': chunk_tokens is " +
                                              std::to_string(schema.chunk_tokens) + ", expected 32 to 8192");
  }
  if (!(schema.recall_target > 0 && schema.recall_target <= 1)) {
    return Status(Code::kInvalidArgument, "collection '" + schema.name + "': recall_target is " +
                                              Value::Real(schema.recall_target).ToString() +
                                              ", expected more than 0 and at most 1");
  }
  if (!(schema.vector_weight >= 0 && schema.vector_weight <= kMaxVectorWeight)) {
    return Status(Code::kInvalidArgument, "collection '" + schema.name + "': vector_weight is " +
                                              Value::Real(schema.vector_weight).ToString() + ", expected 0 to 16");
  }
  CollectionSchema before = schema;
  before.attributes.clear();
  for (const ColumnSchema& column : schema.attributes) {
    QUIRE_RETURN_IF_ERROR(ValidateColumn(before, column));
    before.attributes.push_back(column);
  }
  return {};
}

Status ValidateChunk(const CollectionSchema& schema, Chunk* chunk) {
  QUIRE_RETURN_IF_ERROR(CheckText(schema, "id", chunk->id, kMaxFieldBytes));
  QUIRE_RETURN_IF_ERROR(CheckText(schema, "uri", chunk->uri, kMaxFieldBytes));
  QUIRE_RETURN_IF_ERROR(CheckText(schema, "title", chunk->title, kMaxFieldBytes));
  QUIRE_RETURN_IF_ERROR(CheckText(schema, "section", chunk->section, kMaxFieldBytes));
  QUIRE_RETURN_IF_ERROR(CheckText(schema, "anchor", chunk->anchor, kMaxFieldBytes));
  QUIRE_RETURN_IF_ERROR(CheckText(schema, "text", chunk->text, kMaxTextBytes));
  QUIRE_RETURN_IF_ERROR(CheckText(schema, "indexed text", chunk->indexed_text, 2 * kMaxTextBytes));
  if (!chunk->embedding.empty()) QUIRE_RETURN_IF_ERROR(ValidateVector(schema, schema.dim, chunk->embedding));
  if (chunk->attributes.size() > schema.attributes.size()) {
    return Status(Code::kInvalidArgument, "collection '" + schema.name + "': chunk has " +
                                              std::to_string(chunk->attributes.size()) + " attributes, expected at most " +
                                              std::to_string(schema.attributes.size()));
  }
  chunk->attributes.resize(schema.attributes.size());
  for (size_t i = 0; i < chunk->attributes.size(); ++i) {
    const ColumnSchema& column = schema.attributes[i];
    auto cast = Cast(chunk->attributes[i], column.type);
    if (!cast.ok()) return std::move(cast).status().Within("column '" + column.name + "'");
    chunk->attributes[i] = std::move(cast).value();
    if (column.type == Type::kText && !chunk->attributes[i].is_null()) {
      QUIRE_RETURN_IF_ERROR(CheckText(schema, "column '" + column.name + "'", chunk->attributes[i].text(), kMaxTextBytes));
    }
  }
  return {};
}

}  // namespace quire::db
