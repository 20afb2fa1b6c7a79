// Compare: what a generation of the vector index does, measured on its own vectors.
#pragma once

#include <atomic>
#include <vector>

#include "engine/db/record.h"
#include "engine/index/vector_index.h"

namespace quire::db {

inline constexpr size_t kCompareQueries = 100;

// Asks `view` for the ten nearest of queries made of some of its stored vectors: each moved away from itself by a random
// vector of its own length, since questions are less like vectors than vectors are like each other. Equal numbers give
// equal queries for generations that store equal vectors.
// Errors: kCancelled, kCorruption, kIoError. Cost: up to kCompareQueries exact searches (scans of the codes where they take
// long), or those that fit five seconds.
Result<Measured> MeasureGeneration(const index::View& view, const storage::Snapshot& snapshot,
                                   const std::vector<ChunkNumber>& numbers, double recall_target,
                                   const std::atomic<bool>* cancelled);

}  // namespace quire::db
