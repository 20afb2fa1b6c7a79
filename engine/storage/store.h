// Store: RocksDB behind a seam. The only folder that knows RocksDB; what is above sees ordered bytes in families, one
// batch per transaction, and snapshots. Recovery and durability: engine/doc/recovery.md. Keys: engine/storage/keys.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/function_ref.h"
#include "quire/options.h"
#include "quire/status.h"

namespace quire {
struct BackupInfo;
}

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

// The first key behind those that begin with `prefix`; empty: there is none.
std::string EndOfPrefix(std::string prefix);

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
  // What it removes is more than what it adds: taken also while the disk is full.
  void SetFreesSpace() { frees_space_ = true; }

 private:
  friend class Store;
  struct Rep;
  std::unique_ptr<Rep> rep_;
  bool frees_space_ = false;
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

// What a store takes.
struct Usage {
  uint64_t files = 0, file_bytes = 0;  // sorted files
  uint64_t log_bytes = 0;
  uint64_t write_buffer_bytes = 0, cache_bytes = 0;
  uint64_t views = 0;  // snapshots that are held
  uint64_t background_errors = 0;  // files that could not be written since the store was opened
};

// An open store. Safe for concurrent use; commits are grouped.
class Store {
 public:
  // Opens or creates. Errors as quire::Database::Open; on failure nothing on disk has changed.
  static Result<std::unique_ptr<Store>> Open(const std::string& path, const Options& options);
  // Opens for reading what can be read of a damaged database, whatever Open says of it, and leaves every file of it as it is. Where
  // RocksDB's list of files is of no use a new one is made in `work`, a directory beside that this makes, of links to the files. `notes`
  // is given what is damaged, one line each. Errors: those of Open that are no damage (kNotFound, kInvalidArgument, kUnsupported); kBusy
  //   if it is open for writing; kAlreadyExists (`work`); kCorruption if nothing can be read, kIoError.
  static Result<std::unique_ptr<Store>> OpenDamaged(const std::string& path, const Options& options, const std::string& work,
                                                    std::vector<std::string>* notes);
  // Flushes (so that the log is empty) and closes.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Makes a batch durable as the sync mode says, but no more than `most`; all of it or nothing. An empty batch does nothing.
  // Errors: kIoError (the outcome is unknown; after a failed fsync every later commit fails until the store was
  //   reopened), kResourceExhausted (the disk was full before: nothing was done; what frees space is taken), kReadOnly.
  Status Commit(Batch&& batch, Sync most = Sync::kFull);

  std::shared_ptr<const Snapshot> snapshot() const;

  // Of a store that is open for reading: sees what the writer beside it has committed by now; snapshots that are held go on with what
  // they see. Errors: kUnsupported (open for writing), those of Open; it then stays as it was.
  // Cost: reads the MANIFEST and the log, and opens every sorted file.
  Status Refresh();
  // How many changes are known to be durable, whether this store sees them or not; nothing where that cannot be read.
  std::optional<uint64_t> acknowledged() const;

  // Moves everything committed into sorted files and syncs them.
  Status Flush();
  void SetSync(Sync sync);
  Sync sync() const;

  // Reads every block of every file and checks it. Errors: kCorruption naming the first damaged file.
  Status VerifyChecksums() const;
  // Gives back the space of keys that were deleted in [lo, hi).
  Status CompactRange(Family family, std::string_view lo, std::string_view hi);

  // The same for the keys that begin with `prefix`, if what is stored of them is much more than what is there: else it does nothing.
  Status CompactDeleted(Family family, const std::string& prefix);

  // Adds a backup to `directory`; one at a time, commits go on. Errors: backup.h.
  Result<BackupInfo> Backup(const std::string& directory) const;
  static Status Restore(const std::string& directory, const std::string& path);
  // Rewrites all files with keys that begin with one of `prefixes`, so that what was deleted up to commit number `deleted_at` is
  // gone from the disk. Gives what is not, one line each. Errors: purge.h.
  struct Prefix {
    Family family;
    std::string bytes;
  };
  Result<std::vector<std::string>> Purge(const std::vector<Prefix>& prefixes, uint64_t deleted_at);
  // Calls visit(name, bytes) for every file of the directory, in pieces that overlap by `overlap` bytes. Errors: kIoError.
  Status VisitFiles(size_t overlap, function_ref<void(const std::string&, std::string_view)> visit) const;

  Usage usage() const;

  bool read_only() const;
  const std::string& path() const;
  uint64_t memory_limit_bytes() const;  // Options::memory_limit_bytes, or the default it stands for

 private:
  struct Rep;
  explicit Store(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace quire::storage
