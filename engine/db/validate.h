// Checks of what comes in from outside: schemas and chunks.
#pragma once

#include "engine/db/record.h"

namespace quire::db {

inline constexpr size_t kMaxTextBytes = size_t{64} << 20;
inline constexpr size_t kMaxNameBytes = 128;
inline constexpr size_t kMaxFieldBytes = 64 << 10;  // id, uri, title, section, anchor
inline constexpr size_t kMaxAttributes = 1000;
inline constexpr double kMaxVectorWeight = 16;

// Errors: kInvalidArgument. The schema's dim may still be 0.
Status ValidateSchema(const CollectionSchema& schema);
// One attribute that comes in beside `schema`. Errors: kInvalidArgument, kAlreadyExists.
Status ValidateColumn(const CollectionSchema& schema, const ColumnSchema& column);

// Whether collections, columns and embedders can have this name: 1 to 128 letters, digits and _, no digit first.
bool IsValidName(std::string_view name);

// Errors: kInvalidArgument for another number of components than `dim`, and for one that cannot be stored.
Status ValidateVector(const CollectionSchema& schema, uint32_t dim, const std::vector<float>& vector);

// Checks a chunk against its collection, casts its attributes to their types and fills missing ones with NULL.
// Errors: kInvalidArgument, kTypeMismatch, kResourceExhausted; `chunk` is then unspecified.
Status ValidateChunk(const CollectionSchema& schema, Chunk* chunk);

}  // namespace quire::db
