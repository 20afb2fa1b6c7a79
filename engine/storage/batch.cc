#include <rocksdb/comparator.h>

#include "engine/storage/batch_rep.h"
#include "engine/storage/rocks_options.h"

namespace quire::storage {
namespace {

// Stands for a family in a batch, which has no database yet: a batch stores nothing of a handle but its number, and
// open_database.cc has checked that the numbers are these.
class FamilyNumber : public rocksdb::ColumnFamilyHandle {
 public:
  explicit FamilyNumber(Family family) : id_(FamilyId(family)) {}

  const std::string& GetName() const override { return name_; }
  uint32_t GetID() const override { return id_; }
  const rocksdb::Comparator* GetComparator() const override { return rocksdb::BytewiseComparator(); }
  rocksdb::Status GetDescriptor(rocksdb::ColumnFamilyDescriptor*) override {
    return rocksdb::Status::NotSupported("a number has no descriptor");
  }

 private:
  const uint32_t id_;
  const std::string name_;
};

}  // namespace

Batch::Batch() : rep_(std::make_unique<Rep>()) {}
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;

void Batch::Put(Family family, std::string_view key, std::string_view value) {
  FamilyNumber number(family);
  rocksdb::Status status = rep_->changes.Put(&number, rocksdb::Slice(key), rocksdb::Slice(value));
  if (rep_->status.ok()) rep_->status = std::move(status);
}

void Batch::Delete(Family family, std::string_view key) {
  FamilyNumber number(family);
  rocksdb::Status status = rep_->changes.Delete(&number, rocksdb::Slice(key));
  if (rep_->status.ok()) rep_->status = std::move(status);
}

size_t Batch::count() const { return rep_->changes.Count(); }
size_t Batch::bytes() const { return rep_->changes.GetDataSize(); }

}  // namespace quire::storage
