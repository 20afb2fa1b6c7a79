// Store: RocksDB behind a seam. The only folder that knows RocksDB; what is above sees ordered bytes in families, one
// batch per transaction, and snapshots. Recovery and durability: engine/doc/recovery.md. Keys: engine/storage/keys.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/function_ref.h"
#include "quire/options.h"
#include "quire/status.h"

namespace quire::storage {

// What kinds of data there are; each is a RocksDB column family with options of its own. Append-only: stored by name.
enum class Family : uint8_t {
  kMeta = 0,       // format, catalog, counters
  kChunk = 1,      // chunk and document records, id map, chunk table
  kWord = 2,       // posting blocks of words
  kAttribute = 3,  // bitmaps of attribute values
  kTree = 4,       // inner nodes of the vector index
  kPosting = 5,    // 1-bit codes
  kCode = 6,       // 7-bit codes
  kRaw = 7,        // the vectors themselves
};
inline constexpr size_t kFamilyCount = 8;

// Whether the blocks a scan reads stay in the block cache. A scan of a whole index goes past it.
enum class Caching : uint8_t { kFill, kBypass };

// The changes of one transaction. Not safe for concurrent use.
class Batch {
 public:
  Batch();
  ~Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;

  void Put(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);
  size_t count() const;  // changes so far
  size_t bytes() const;  // their size in the log

 private:
  friend class Store;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// Walks keys in [lo, hi) in order. Borrowed views are good until the next call. Not safe for concurrent use.
class Cursor {
 public:
  Cursor(Cursor&&) noexcept;
  ~Cursor();

  bool Valid() const;
  void Next();                      // REQUIRES: Valid()
  void Seek(std::string_view key);  // to the first key not below; stays inside [lo, hi)
  std::string_view key() const;     // REQUIRES: Valid()
  std::string_view value() const;
  // Why it is no longer Valid(): ok at the end, kCorruption or kIoError if a block could not be read.
  Status status() const;

 private:
  friend class Snapshot;
  struct Rep;
  explicit Cursor(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// The store at one moment. Safe for concurrent use. The directory stays locked until the last snapshot and cursor of a
// closed Store are gone.
class Snapshot {
 public:
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // Reads one value into `value`; false (and an unchanged `value`) if the key is not there.
  // Errors: kCorruption naming the file and family, kIoError.
  Result<bool> Get(Family family, std::string_view key, std::string* value) const;

  // Calls visit(i, value) for every keys[i] that is there, in order; stops at its first failure and returns it.
  Status MultiGet(Family family, std::span<const std::string> keys,
                  function_ref<Status(size_t, std::string_view)> visit, Caching caching = Caching::kFill) const;

  // A cursor at the first key of [lo, hi); an empty `hi` means to the end of the family.
  Cursor Scan(Family family, std::string_view lo, std::string_view hi, Caching caching = Caching::kFill) const;
  // A cursor over the keys that begin with `prefix`.
  Cursor ScanPrefix(Family family, std::string_view prefix, Caching caching = Caching::kFill) const;

  // Number of the last commit in this view.
  uint64_t sequence() const;

 private:
  friend class Store;
  struct Rep;
  explicit Snapshot(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// An open store. Safe for concurrent use; commits are grouped.
class Store {
 public:
  // Opens or creates. Errors as quire::Database::Open; on failure nothing on disk has changed.
  static Result<std::unique_ptr<Store>> Open(const std::string& path, const Options& options);
  // Flushes (so that the log is empty) and closes.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Makes a batch durable as the sync mode says; all of it or nothing. An empty batch does nothing.
  // Errors: kIoError (the outcome is unknown; after a failed fsync every later commit fails until the store was
  //   reopened), kReadOnly.
  Status Commit(Batch&& batch);

  std::shared_ptr<const Snapshot> snapshot() const;

  // Moves everything committed into sorted files and syncs them.
  Status Flush();
  void SetSync(Sync sync);
  Sync sync() const;

  // Reads every block of every file and checks it. Errors: kCorruption naming the first damaged file.
  Status VerifyChecksums() const;
  // Gives back the space of keys that were deleted in [lo, hi).
  Status CompactRange(Family family, std::string_view lo, std::string_view hi);

  bool read_only() const;
  const std::string& path() const;
  uint64_t memory_limit_bytes() const;  // Options::memory_limit_bytes, or the default it stands for

 private:
  struct Rep;
  explicit Store(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace quire::storage
