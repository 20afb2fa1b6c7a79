// Columns: the values of a chunk by the names of its collection's columns.
#pragma once

#include "engine/filter/attribute_index.h"
#include "quire/chunk.h"
#include "quire/schema.h"

namespace quire::db {

// Calls visit(column number, value) for every column of the chunk that the attribute index covers: uri and the attributes,
// NULL where the chunk has none. REQUIRES: as many attributes as the schema has.
template <typename Visit>
void ForEachIndexed(const Chunk& chunk, Visit visit) {
  visit(filter::kUriColumn, chunk.uri.empty() ? Value::Null() : Value::Text(chunk.uri));
  for (size_t i = 0; i < chunk.attributes.size(); ++i) {
    visit(static_cast<uint16_t>(filter::kFirstAttribute + i), chunk.attributes[i]);
  }
}

}  // namespace quire::db
