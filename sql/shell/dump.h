// A collection as the statements that make it again.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "quire/database.h"

namespace quire::sql {

// A value as it is written in a statement.
std::string SqlLiteral(const Value& value);

// Writes CREATE COLLECTION and an INSERT for each chunk, in transactions of some hundreds, to `write`, in pieces. Vectors are
// written where nobody else could make them (embedder 'none'), or with `embeddings` always.
// Errors: those of reading and of `write`; kResourceExhausted for a chunk that is too large for any statement.
Status DumpCollection(const Reader& reader, const CollectionInfo& collection, bool embeddings,
                      const std::function<Status(std::string_view)>& write);

}  // namespace quire::sql
