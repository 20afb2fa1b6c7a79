// Spelling: the term of a collection that is nearest to a word it does not have.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "engine/text/word_index.h"

namespace quire::text {

// How many letters must be inserted, removed, exchanged for another, or swapped with their neighbour (each pair once) to make one
// word the other; most + 1 if more than `most`. By code points. REQUIRES: both are UTF-8. Cost: the product of the lengths.
uint32_t EditDistance(std::string_view a, std::string_view b, uint32_t most);

// The term that is one letter away from `term`, or, from eight letters on, two: the nearest, of those the one in most chunks; empty
// if there is none. Words of fewer than four letters, with digits, or of scripts without spaces have none, and the first two letters must
// be right: only terms that begin with them are read. Errors: kCorruption, kIoError, kCancelled. Cost: reads the blocks of those
// terms.
Result<std::string> NearestTerm(const WordSource& source, std::string_view term, const std::atomic<bool>* cancelled);

}  // namespace quire::text
