#include "engine/storage/rocks.h"

#include "engine/storage/rocks_options.h"

namespace quire::storage {

Rocks::Rocks(std::string path, bool read_only, rocksdb::DB* db, std::vector<rocksdb::ColumnFamilyHandle*> handles,
             std::unique_ptr<DirectoryLock> lock)
    : path_(std::move(path)), read_only_(read_only), lock_(std::move(lock)), db_(db), handles_(std::move(handles)) {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    for (size_t i = 0; i < kFamilyCount; ++i) {
      if (handle->GetName() == FamilyName(static_cast<Family>(i))) by_family_[i] = handle;
    }
  }
}

Rocks::~Rocks() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  db_->Close();
}

Status Rocks::Translate(const rocksdb::Status& status) const { return FromRocks(status, "database '" + path_ + "'"); }

Status Rocks::Translate(const rocksdb::Status& status, Family family) const {
  return FromRocks(status, "database '" + path_ + "', family '" + std::string(FamilyName(family)) + "'");
}

}  // namespace quire::storage
