// The vector index as the rest of the engine sees it: an immutable View to search, and functions that make the next
// View together with the stored bytes of the change. How it works, and what it costs: engine/doc/vector_index.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/base/thread_pool.h"
#include "engine/storage/store.h"
#include "quire/schema.h"
#include "quire/search.h"
#include "quire/status.h"

namespace quire::index {

// What an index is, fixed at its creation and stored under storage::IndexKey.
struct Parameters {
  uint32_t collection = 0;
  uint32_t generation = 0;
  uint32_t dim = 0;  // components of a vector, 1 to kMaxDim
  Metric metric = Metric::kCosine;
  RawVectors raw = RawVectors::kF16;
  uint64_t seed = 0;  // of the rotation
  uint64_t memory_limit = uint64_t{1} << 30;  // for what may be in memory or not: stored vectors, links. Not stored
};

// A set of chunk numbers as bits: bit n of word n / 64. Numbers beyond the end are not in it.
using NumberSet = std::span<const uint64_t>;

struct Query {
  std::span<const float> vector;  // dim components, finite
  uint32_t k = 10;
  const NumberSet* allowed = nullptr;  // only these; null: all that are live
  uint64_t allowed_count = 0;          // members of `allowed` that are live, where there is one
  double recall_target = 0.95;
  bool exact = false;  // distances of all candidates from the stored vectors
  const std::atomic<bool>* cancelled = nullptr;
  ReadCost* cost = nullptr;  // may be null
};

struct Neighbour {
  ChunkNumber number = 0;
  float distance = 0;  // of the metric, computed from the stored vector
};

// How far the links of an index are.
struct LinkState {
  bool linked = false;
  bool on_disk = false;  // the tree alone is in memory
  uint64_t nodes = 0;    // vectors in them, with those that went since
  uint64_t dead = 0;     // of these, those that went
  uint64_t lag = 0;      // vectors that came since: found by a scan
  uint32_t edition = 0;
};

// One state of an index. Immutable, safe for concurrent use. It keeps the codes in memory; the vectors themselves are
// read from the snapshot that belongs to the same moment.
class View {
 public:
  virtual ~View() = default;
  virtual const Parameters& parameters() const = 0;
  virtual uint64_t size() const = 0;          // live vectors
  virtual uint64_t memory_bytes() const = 0;  // of codes, links and stored vectors
  virtual LinkState links() const = 0;
  // The min(k, live and allowed) nearest, nearest first, ties by number.
  // REQUIRES: query.vector has dim components, all finite.
  // Errors: kCorruption, kIoError (vectors), kCancelled.
  virtual Status Search(const Query& query, const storage::Snapshot& snapshot, std::vector<Neighbour>* out) const = 0;
  // The answer to each of several queries. Those that have to scan share what is read: a block is compared with several
  // before the next. Cancelled by the first one's `cancelled`. Errors: as Search, of any.
  virtual Status SearchBatch(std::span<const Query> queries, const storage::Snapshot& snapshot,
                             std::vector<std::vector<Neighbour>>* out) const = 0;
};

// A vector that comes in. REQUIRES of `vector`: dim finite components; numbers ascend and were never in the index.
struct Insertion {
  ChunkNumber number = 0;
  std::span<const float> vector;
};
struct Change {
  std::span<const Insertion> insertions;
  std::span<const ChunkNumber> removals;
  // Where refine codes go that half of memory_limit has no room for, until links are made: into files without a name. Empty: they
  // stay in memory, as they do where no such file can be had.
  std::string spill_directory = {};
};

// An empty index and, in `batch`, its stored parameters.
std::shared_ptr<const View> Create(const Parameters& parameters, storage::Batch* batch);

// The index as the snapshot holds it. Errors: kCorruption naming the segment, kNotFound, kUnsupported (newer format).
// Cost: reads all codes, not the vectors, and keeps them whatever the limit. Links that are damaged or of an unknown format are left out: the index then answers by scans until they are made anew.
// `cancelled` may be null. Errors also: kCancelled.
Result<std::shared_ptr<const View>> Load(uint32_t collection, uint32_t generation, uint64_t memory_limit,
                                         const storage::Snapshot& snapshot,
                                         const std::atomic<bool>* cancelled = nullptr);

// The index with its tree alone in memory, and what came since the tree was made: about 10 bytes a vector. A search reads the
// leaves nearest to the query from the snapshot. `live`: the numbers the index holds. Null where that cannot be: no tree
// stored, or too few dimensions; then Load it. Errors: as Load, of what is read.
// Cost: 20 ms for 1,000,000 of 768 dimensions.
Result<std::shared_ptr<const View>> OpenOnDisk(uint32_t collection, uint32_t generation, uint64_t memory_limit,
                                               NumberSet live, const storage::Snapshot& snapshot);
// Whether `view` is searched from disk though more of it would fit in memory.
bool WantsLoading(const View& view);
// The same with what fits in memory: all codes, or the links. Errors: as Load. REQUIRES: `view` is the index as the snapshot
// holds it.
Result<std::shared_ptr<const View>> LoadWhatFits(const View& view, const storage::Snapshot& snapshot,
                                                 const std::atomic<bool>* cancelled);
// What `current`, searched from disk, holds, with what LoadWhatFits gave of a view before it. Null if the two do not go
// together.
std::shared_ptr<const View> CatchUp(const View& current, const View& loaded);

// `current` with the change, and in `batch` the keys that store it. `current` still serves; drop the result if the
// commit fails. One caller at a time per index.
// Errors: kInvalidArgument naming the number (dimension, NaN), kInternal (a removal that is not there).
Result<std::shared_ptr<const View>> Apply(const View& current, const Change& change, const storage::Snapshot& snapshot,
                                          storage::Batch* batch);

// `current`, which holds the numbers `before`, as the index is in a later `snapshot`, where it holds `now`: for who did not make the
// changes himself. Null where opening it anew is as good: so much has changed, or it is searched from disk and other leaves are
// stored by now. Errors: as Load. Cost: reads and encodes the vectors that came.
Result<std::shared_ptr<const View>> Follow(const View& current, NumberSet before, NumberSet now,
                                           const storage::Snapshot& snapshot);

// Folds appended codes and tombstones into sealed segments: searches find the same, from fewer keys. Null if there is
// nothing worth doing. kAll: whatever it is worth, so that no code of a removed vector is left in a segment.
enum class Repacking : uint8_t { kWhereWorthIt, kAll };
Result<std::shared_ptr<const View>> Repack(const View& current, Repacking how, const storage::Snapshot& snapshot,
                                           storage::Batch* batch);

// --- Links: a tree and neighbour lists over the vectors, made in the background, that searches follow. They are derived: an
// index without them, or with old ones, gives the same answers from more work.

struct Linked;
struct LinkControl {
  ThreadPool* pool = nullptr;                    // never null
  function_ref<bool()> stopped;                  // called from any thread; true: ends with kCancelled
  function_ref<void(double)> progress;           // in [0, 1]
  std::string directory = "/tmp";                // for codes that are not in memory, in a file without a name
};

// Fewer vectors are never linked: a scan is as fast.
inline constexpr uint64_t kLinkedMin = 4096;
// Whether so much has changed that making links (anew) pays.
bool WantsLinks(const View& view);
// Links of all vectors of `view`, building on those it has; not attached to anything yet. Where codes and links would not fit
// half of the memory limit: a tree alone.
// Errors: kCancelled, kCorruption, kIoError (stored vectors, or no room in `directory`).
// Cost: some 40 us per new vector; memory of about 500 bytes per vector while it runs, 300 for a tree alone, and codes that
// are not in memory are mapped from a file.
Result<std::shared_ptr<const Linked>> MakeLinked(const View& view, const storage::Snapshot& snapshot,
                                                 const LinkControl& control);
// Stores them under an edition nobody reads yet, in batches given to `commit`. Harmless if it is not finished.
Status StoreLinked(const Parameters& parameters, const Linked& linked,
                   function_ref<Status(storage::Batch)> commit);
// `current` with the links, and in `batch` the key that makes their edition the one that is read. What then no longer fits
// the memory limit leaves memory.
// REQUIRES: made from an earlier or this view of the same index, and stored.
std::shared_ptr<const View> AttachLinked(const View& current, std::shared_ptr<const Linked> linked,
                                         storage::Batch* batch);
// Removes editions that are not read: older ones, and what an interrupted build left behind.
Status ReclaimLinked(const View& current, const storage::Snapshot& snapshot,
                     function_ref<Status(storage::Batch)> commit);
// Whether the stored links, if there are any, are whole: for Check(). Errors: kCorruption, kUnsupported, kIoError. REQUIRES:
// `view` is the index as the snapshot holds it.
Status VerifyLinked(const View& view, const storage::Snapshot& snapshot);
// Reads stored vectors into memory as far as the limit allows.
Status WarmVectors(const View& view, const storage::Snapshot& snapshot, const std::atomic<bool>* cancelled);

// The stored vector of a number, as f32. Errors: kNotFound, kCorruption.
Result<std::vector<float>> ReadVector(const Parameters& parameters, ChunkNumber number,
                                      const storage::Snapshot& snapshot);

// The numbers the stored index holds, ascending, checksums verified: for Check(). Errors: kCorruption.
Result<std::vector<ChunkNumber>> StoredNumbers(const Parameters& parameters, const storage::Snapshot& snapshot);

}  // namespace quire::index
