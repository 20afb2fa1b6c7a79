// LogGuard: whether RocksDB's log can be written to after a write to it failed.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <mutex>

namespace quire::storage {

// RocksDB goes on after a full disk, by itself or by Resume, and begins a new log only where something is in memory. Else it keeps the
// log that failed, and 7.8.3 as Debian builds it aborts the process at the next write to it. Safe for concurrent use.
class LogGuard : public rocksdb::EventListener {
 public:
  // Once, before the first commit. `db` outlives the guard's use.
  void Attach(rocksdb::DB* db) { db_ = db; }

  // Why the log that is in use must not be written to or synced, or ok. Cost: a load, unless one has failed.
  rocksdb::Status failure();

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;

 private:
  uint64_t CurrentLog() const;  // 0: cannot be told

  rocksdb::DB* db_ = nullptr;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  // of what follows
  uint64_t failed_log_ = 0;
  rocksdb::Status failure_;
};

}  // namespace quire::storage
