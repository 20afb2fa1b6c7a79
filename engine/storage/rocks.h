// Rocks: an open RocksDB and its families.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <string>

#include "engine/storage/directory_lock.h"
#include "engine/storage/log_guard.h"
#include "engine/storage/rocks_status.h"
#include "engine/storage/store.h"

namespace quire::storage {

// Shared by a Store, its snapshots and its cursors; closed, and its directory unlocked, when the last of them is gone.
// Safe for concurrent use.
class Rocks {
 public:
  // Takes over what an open of RocksDB gave.
  Rocks(std::string path, bool read_only, rocksdb::DB* db, std::vector<rocksdb::ColumnFamilyHandle*> handles,
        std::unique_ptr<DirectoryLock> lock, std::shared_ptr<LogGuard> log_guard = nullptr);
  ~Rocks();
  Rocks(const Rocks&) = delete;
  Rocks& operator=(const Rocks&) = delete;

  rocksdb::DB& db() const { return *db_; }
  // Null if the database is open for reading only and was made before there was this family.
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return by_family_[static_cast<size_t>(family)]; }
  const std::vector<rocksdb::ColumnFamilyHandle*>& handles() const { return handles_; }
  const std::string& path() const { return path_; }
  bool read_only() const { return read_only_; }
  LogGuard* log_guard() const { return log_guard_.get(); }  // null: read-only

  // `status` of the whole database, or of one family.
  Status Translate(const rocksdb::Status& status) const;
  Status Translate(const rocksdb::Status& status, Family family) const;

 private:
  const std::string path_;
  const bool read_only_;
  const std::unique_ptr<DirectoryLock> lock_;  // released last
  const std::shared_ptr<LogGuard> log_guard_;
  const std::unique_ptr<rocksdb::DB> db_;
  const std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> by_family_{};
};

}  // namespace quire::storage
