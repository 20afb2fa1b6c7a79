#include "engine/storage/rocks.h"

#include <filesystem>

#include "engine/storage/rocks_options.h"

namespace quire::storage {
namespace {

// Every open leaves a log behind, empty once it was flushed, and RocksDB would read all of them at each later open.
// REQUIRES: RocksDB is closed and the lock is held.
void RemoveEmptyLogs(const std::string& path) {
  std::error_code ignored;  // what stays costs a little time, nothing else
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    if (entry.path().extension() != ".log" || entry.file_size(ignored) != 0) continue;
    std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

Rocks::Rocks(std::string path, bool read_only, rocksdb::DB* db, std::vector<rocksdb::ColumnFamilyHandle*> handles,
             std::unique_ptr<DirectoryLock> lock, std::shared_ptr<LogGuard> log_guard)
    : path_(std::move(path)), read_only_(read_only), lock_(std::move(lock)), log_guard_(std::move(log_guard)), db_(db),
      handles_(std::move(handles)) {
  if (log_guard_ != nullptr) log_guard_->Attach(db);
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    for (size_t i = 0; i < kFamilyCount; ++i) {
      if (handle->GetName() == FamilyName(static_cast<Family>(i))) by_family_[i] = handle;
    }
  }
}

Rocks::~Rocks() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  const bool closed = db_->Close().ok();
  if (closed && !read_only_) RemoveEmptyLogs(path_);
}

Status Rocks::Translate(const rocksdb::Status& status) const { return FromRocks(status, "database '" + path_ + "'"); }

Status Rocks::Translate(const rocksdb::Status& status, Family family) const {
  return FromRocks(status, "database '" + path_ + "', family '" + std::string(FamilyName(family)) + "'");
}

}  // namespace quire::storage
