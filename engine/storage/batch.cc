#include "engine/storage/batch_rep.h"
#include "engine/storage/family_handle.h"

namespace quire::storage {

Batch::Batch() : rep_(std::make_unique<Rep>()) {}
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;

void Batch::Put(Family family, std::string_view key, std::string_view value) {
  FamilyHandle handle(family);
  rocksdb::Status status = rep_->changes.Put(&handle, rocksdb::Slice(key), rocksdb::Slice(value));
  if (rep_->status.ok()) rep_->status = std::move(status);
}

void Batch::Delete(Family family, std::string_view key) {
  FamilyHandle handle(family);
  rocksdb::Status status = rep_->changes.Delete(&handle, rocksdb::Slice(key));
  if (rep_->status.ok()) rep_->status = std::move(status);
}

size_t Batch::count() const { return rep_->changes.Count(); }
size_t Batch::bytes() const { return rep_->changes.GetDataSize(); }

}  // namespace quire::storage
