// Committer: how changes become durable, on a disk that may be full or fail. Page: engine/doc/recovery.md.
#pragma once

#include <rocksdb/write_batch.h>

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>

#include "engine/base/function_ref.h"
#include "engine/storage/background_sync.h"
#include "engine/storage/ballast.h"
#include "engine/storage/rocks.h"
#include "engine/storage/watermark.h"
#include "quire/options.h"

namespace quire::storage {

// Of a database that is open for writing. Safe for concurrent use; commits are grouped by RocksDB.
class Committer {
 public:
  // `rocks` was just opened, `compacts` as OpenDatabase was told. Errors: kIoError.
  static Result<std::unique_ptr<Committer>> Make(std::shared_ptr<Rocks> rocks, const Options& options, bool compacts);

  // As Store::Commit. `frees_space`: taken also while the disk is full.
  Status Commit(rocksdb::WriteBatch* changes, bool frees_space, Sync most);
  // As Store::Flush.
  Status Flush();
  // Calls `work`; if the disk is full, gives the ballast up, has RocksDB go on, and calls it again.
  rocksdb::Status WithBallast(function_ref<rocksdb::Status()> work);

  void SetSync(Sync sync);
  Sync sync() const;

 private:
  Committer(std::shared_ptr<Rocks> rocks, const Options& options, bool compacts);
  Status CheckRoom(uint64_t bytes, bool frees_space);
  bool HasRoomFor(uint64_t bytes);
  void FollowRoom();
  uint64_t Sum(const std::string& property) const;
  void SyncLog();

  const std::shared_ptr<Rocks> rocks_;
  Ballast ballast_;
  std::atomic<bool> compactions_off_;     // RocksDB's own
  std::atomic<uint64_t> unlooked_ = 0;    // bytes that were committed since it was last looked for room
  std::unique_ptr<Watermark> watermark_;
  std::atomic<uint64_t> committed_ = 0;  // number of the last change, but for those of commits that failed, which RocksDB counts, too

  // Held shared for the length of a commit, so that no commit of a weaker mode is under way when one of kFull says
  // that everything up to now is durable.
  mutable std::shared_mutex commit_mutex_;
  Sync sync_;
  std::unique_ptr<BackgroundSync> background_sync_;  // null: no thread is allowed
};

}  // namespace quire::storage
