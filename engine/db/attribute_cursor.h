// AttributeCursor: attributes of many chunks from their indexes, without a read for each chunk.
//
// Benefits: a column of few values costs one bitmap per value and 65,536 chunks, and then a copy a chunk. Costs: the whole
// column is read however few chunks are wanted, and its values are held in memory with four bytes a chunk. A column of
// distinct values costs a key a chunk.
#pragma once

#include <memory>

#include "engine/db/state.h"
#include "quire/database.h"

namespace quire::db {

// Whether `parts` can be read so, and it is worth it for `kept` of a collection's chunks.
bool ReadsAttributesOnly(const CollectionState& collection, const ChunkParts& parts, uint64_t kept);

// The chunks of `words` (bits by number), with number and attributes. REQUIRES: ReadsAttributesOnly.
// Errors: kCorruption.
Result<std::unique_ptr<ChunkCursor>> MakeAttributeCursor(std::shared_ptr<const DatabaseState> state,
                                                         std::shared_ptr<const CollectionState> collection,
                                                         std::vector<uint64_t> words, ChunkParts parts);

}  // namespace quire::db
