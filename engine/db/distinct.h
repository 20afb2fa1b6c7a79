// Near duplicates: chunks whose texts are nearly the same take one place of a result.
#pragma once

#include <vector>

#include "engine/db/state.h"
#include "quire/search.h"

namespace quire::db {

// How many more candidates are asked for than are wanted, so that as many are left.
inline constexpr uint32_t kDistinctTimes = 3;

// Drops hits whose text is nearly that of a better one (four fifths of their runs of three words are the same, or the other way
// round: of the shorter in the longer), and those behind the first k that are left. Texts of fewer than three words are near
// duplicates if they are equal. Errors: kCorruption, kIoError. Cost: reads the text of up to kDistinctTimes * k chunks.
Status KeepDistinct(const CollectionState& collection, const storage::Snapshot& snapshot, uint32_t k, std::vector<Hit>* hits);

}  // namespace quire::db
