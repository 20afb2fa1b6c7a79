// CollectionState and DatabaseState: what readers see at one moment. Immutable but for parts that are read at first use.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/db/chunk_table.h"
#include "engine/db/embedders.h"
#include "engine/db/filter_cache.h"
#include "engine/db/load_requests.h"
#include "engine/db/record.h"
#include "engine/index/vector_index.h"
#include "engine/storage/store.h"
#include "engine/text/analyzer.h"
#include "quire/embedder.h"

namespace quire::db {

// A value that is made at its first use. A failure is not kept: the next use tries again. Copies share the value, whichever
// of them makes it.
template <typename T>
class Lazy {
 public:
  Lazy() : slot_(std::make_shared<Slot>()) {}
  explicit Lazy(std::shared_ptr<const T> value) : Lazy() { slot_->value = std::move(value); }

  // Null: not made yet.
  std::shared_ptr<const T> value() const {
    std::lock_guard lock(slot_->mutex);
    return slot_->value;
  }

  template <typename Make>
  Result<std::shared_ptr<const T>> Get(Make make) const {
    std::lock_guard lock(slot_->mutex);
    if (!slot_->value) {
      QUIRE_ASSIGN_OR_RETURN(slot_->value, make());
    }
    return slot_->value;
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<const T> value;
  };
  std::shared_ptr<Slot> slot_;
};

// The vector indexes of a collection that were changed together.
using Views = std::vector<std::shared_ptr<const index::View>>;

// One collection at one moment.
class CollectionState {
 public:
  // A collection whose table and index are still on disk.
  CollectionState(CatalogEntry entry, Counters counters, std::shared_ptr<const text::Analyzer> analyzer,
                  std::shared_ptr<const Embedders> embedders, uint64_t memory_limit,
                  std::shared_ptr<LoadRequests> requests);
  // The successor of `previous` after a commit. `table` null: as it was. `changed`: the generations of the vector index that
  // are not as they were, of those in `entry`.
  CollectionState(const CollectionState& previous, CatalogEntry entry, Counters counters,
                  std::shared_ptr<const ChunkTable> table, Views changed);

  // The collection at a later moment, for a reader of what another process commits: `entry` and `counters` are those of
  // `snapshot`, `previous` is of an earlier one. Indexes that were read are brought up to date where that is sooner done than opening them
  // again. Errors: as Vectors.
  static Result<std::shared_ptr<const CollectionState>> Follow(const CollectionState& previous,
                                                               const storage::Snapshot& previous_snapshot,
                                                               CatalogEntry entry, Counters counters,
                                                               const storage::Snapshot& snapshot);

  const CatalogEntry& entry() const { return entry_; }
  const CollectionSchema& schema() const { return entry_.schema; }
  uint32_t id() const { return entry_.id; }
  const Counters& counters() const { return counters_; }
  const text::Analyzer& analyzer() const { return *analyzer_; }
  CollectionInfo Info() const;

  // What the vectors of one of its generations were made by; null where they are brought by the caller. REQUIRES: this is the
  // state of the collection in `snapshot`. Errors: kUnavailable if there is no such embedder, or it is another one by now, with the
  // statement that mends it; kCorruption. Cost of the first call: reads what was learned, where the generation's was trained.
  Result<std::shared_ptr<const Embedder>> EmbedderOf(uint32_t generation, const storage::Snapshot& snapshot) const;
  const MadeBy& MadeByOf(uint32_t generation) const {
    return generation == entry_.generation ? entry_.made_by : entry_.second->made_by;
  }
  uint32_t DimOf(uint32_t generation) const {
    return generation == entry_.generation ? entry_.schema.dim : entry_.second->dim;
  }
  // REQUIRES: this is the state of the collection in `snapshot`. Cost of the first call: reads the table.
  Result<std::shared_ptr<const ChunkTable>> Table(const storage::Snapshot& snapshot) const;
  // The generation that serves; any of the collection's (kNotFound for another). Cost of the first call: reads the tree over
  // the codes where there is one, else all codes.
  Result<std::shared_ptr<const index::View>> Vectors(const storage::Snapshot& snapshot) const {
    return Vectors(entry_.generation, snapshot);
  }
  Result<std::shared_ptr<const index::View>> Vectors(uint32_t generation, const storage::Snapshot& snapshot) const;
  // The numbers of its generations, the one that serves first.
  std::vector<uint32_t> Generations() const;
  // Those that commits put new vectors into.
  std::vector<uint32_t> WrittenGenerations() const;
  // The numbers one of them holds, as bits: all that are live, or those that were copied. REQUIRES: `table` is of this state.
  std::vector<uint64_t> NumbersIn(uint32_t generation, const ChunkTable& table) const;
  bool HasGeneration(uint32_t generation) const { return vectors_.contains(generation); }
  // What filters kept of this state.
  FilterCache& filters() const { return filters_; }

 private:
  Result<std::shared_ptr<const index::View>> OpenIndex(uint32_t generation, const storage::Snapshot& snapshot) const;
  Result<std::shared_ptr<const Embedder>> FindEmbedder(uint32_t generation, const storage::Snapshot& snapshot) const;

  CatalogEntry entry_;
  Counters counters_;
  std::shared_ptr<const text::Analyzer> analyzer_;
  std::shared_ptr<const Embedders> embedders_;
  uint64_t memory_limit_;
  std::shared_ptr<LoadRequests> requests_;
  Lazy<ChunkTable> table_;
  std::map<uint32_t, Lazy<index::View>> vectors_;  // by generation
  std::map<uint32_t, Lazy<Embedder>> made_by_;     // the same
  mutable FilterCache filters_;
};

// The whole database at one moment. Collections by lower-case name.
struct DatabaseState {
  std::shared_ptr<const storage::Snapshot> snapshot;
  std::map<std::string, std::shared_ptr<const CollectionState>, std::less<>> collections;

  // Errors: kNotFound with the nearest name as hint.
  Result<std::shared_ptr<const CollectionState>> Find(std::string_view name) const;
  // The collection with this number, or null.
  std::shared_ptr<const CollectionState> FindById(uint32_t id) const;
};

std::string LowerCase(std::string_view name);  // ASCII

}  // namespace quire::db
