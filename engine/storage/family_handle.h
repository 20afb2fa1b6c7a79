// FamilyHandle: a family for those parts of RocksDB that want a handle but have no database.
#pragma once

#include <rocksdb/comparator.h>
#include <rocksdb/db.h>

#include <string>

#include "engine/storage/rocks_options.h"

namespace quire::storage {

// Number and name, nothing else: a batch stores the number, and open_database.cc has checked that the numbers are these.
class FamilyHandle : public rocksdb::ColumnFamilyHandle {
 public:
  explicit FamilyHandle(Family family) : id_(FamilyId(family)), name_(FamilyName(family)) {}

  const std::string& GetName() const override { return name_; }
  uint32_t GetID() const override { return id_; }
  const rocksdb::Comparator* GetComparator() const override { return rocksdb::BytewiseComparator(); }
  rocksdb::Status GetDescriptor(rocksdb::ColumnFamilyDescriptor*) override {
    return rocksdb::Status::NotSupported("has no descriptor");
  }

 private:
  const uint32_t id_;
  const std::string name_;  // short enough to lie within
};

}  // namespace quire::storage
