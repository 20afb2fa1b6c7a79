// What the embedder of a generation learned, in the database: stored with the generation, and gone with it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/embed/trained_model.h"
#include "engine/storage/store.h"
#include "quire/chunk.h"
#include "quire/embedder.h"

namespace quire::db {

class CollectionState;

// Puts the stored form of a model (embed::Serialize) under a generation's keys.
void PutTrained(uint32_t collection, uint32_t generation, std::string_view bytes, storage::Batch* batch);

// The same model for another generation whose vectors are copies.
Status CopyTrained(uint32_t collection, uint32_t from, uint32_t to, const storage::Snapshot& snapshot, storage::Batch* batch);

// The embedder that was put. Errors: kCorruption (damaged or missing), kUnsupported.
Result<std::shared_ptr<const Embedder>> ReadTrained(uint32_t collection, uint32_t generation,
                                                    const storage::Snapshot& snapshot);

// Trains on the chunks of a collection, or an even sample of them. `progress`: as embed::TrainingOptions.
// Errors: kInvalidArgument (nothing to learn from), kCancelled, kCorruption.
Result<embed::TrainedModel> TrainOn(const CollectionState& collection, const storage::Snapshot& snapshot,
                                    std::function<bool(double)> progress);

// Whether a collection that chooses its embedder itself is large enough to be trained on, or has grown so much since that it shall be
// trained on again.
bool WantsTraining(const CollectionState& collection);

// What a chunk's words and vectors are made of, where nothing else was given: title, section and text.
std::string IndexedTextOf(const Chunk& chunk);

}  // namespace quire::db
