#include <algorithm>

#include "engine/storage/snapshot_rep.h"

namespace quire::storage {
namespace {

// How many keys one call of RocksDB's MultiGet is given: bounds the values that are pinned at a time.
constexpr size_t kMultiGetKeys = 64;

rocksdb::ReadOptions ReadAt(const rocksdb::Snapshot* view) {
  rocksdb::ReadOptions options;
  options.snapshot = view;
  return options;
}

// The first key that is above every key that begins with `prefix`; empty if there is none.
std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace

struct Cursor::Rep {
  // Null where the range is empty without looking.
  std::shared_ptr<const Rocks> rocks;
  Family family = Family::kMeta;
  std::string lo, hi;
  rocksdb::Slice lower, upper;  // of `lo` and `hi`: the iterator keeps pointers to them
  std::unique_ptr<rocksdb::Iterator> iterator;
};

Cursor::Cursor(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

bool Cursor::Valid() const { return rep_->iterator && rep_->iterator->Valid(); }
void Cursor::Next() { rep_->iterator->Next(); }

void Cursor::Seek(std::string_view key) {
  if (!rep_->iterator) return;
  rep_->iterator->Seek(
      std::max(rocksdb::Slice(key), rep_->lower, [](const auto& a, const auto& b) { return a.compare(b) < 0; }));
}

std::string_view Cursor::key() const { return rep_->iterator->key().ToStringView(); }
std::string_view Cursor::value() const { return rep_->iterator->value().ToStringView(); }

Status Cursor::status() const {
  if (!rep_->iterator || rep_->iterator->status().ok()) return {};
  return rep_->rocks->Translate(rep_->iterator->status(), rep_->family);
}

Snapshot::Snapshot(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Snapshot::~Snapshot() = default;

Result<bool> Snapshot::Get(Family family, std::string_view key, std::string* value) const {
  rocksdb::ColumnFamilyHandle* handle = rep_->rocks->handle(family);
  if (handle == nullptr) return false;
  rocksdb::PinnableSlice found;
  const rocksdb::Status status = rep_->rocks->db().Get(ReadAt(rep_->view), handle, rocksdb::Slice(key), &found);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return rep_->rocks->Translate(status, family);
  value->assign(found.data(), found.size());
  return true;
}

Status Snapshot::MultiGet(Family family, std::span<const std::string> keys,
                          function_ref<Status(size_t, std::string_view)> visit, Caching caching) const {
  rocksdb::ColumnFamilyHandle* handle = rep_->rocks->handle(family);
  if (handle == nullptr) return {};
  const size_t width = std::min(keys.size(), kMultiGetKeys);
  std::vector<rocksdb::Slice> slices(width);
  std::vector<rocksdb::PinnableSlice> values(width);
  std::vector<rocksdb::Status> statuses(width);
  rocksdb::ReadOptions options = ReadAt(rep_->view);
  options.fill_cache = caching == Caching::kFill;
  for (size_t begin = 0; begin < keys.size(); begin += width) {
    const size_t count = std::min(width, keys.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      slices[i] = keys[begin + i];
      values[i].Reset();
    }
    rep_->rocks->db().MultiGet(options, handle, count, slices.data(), values.data(), statuses.data());
    for (size_t i = 0; i < count; ++i) {
      if (statuses[i].IsNotFound()) continue;
      if (!statuses[i].ok()) return rep_->rocks->Translate(statuses[i], family);
      QUIRE_RETURN_IF_ERROR(visit(begin + i, values[i].ToStringView()));
    }
  }
  return {};
}

Cursor Snapshot::Scan(Family family, std::string_view lo, std::string_view hi, Caching caching) const {
  auto rep = std::make_unique<Cursor::Rep>();
  rocksdb::ColumnFamilyHandle* handle = rep_->rocks->handle(family);
  if (handle == nullptr || (!hi.empty() && lo >= hi)) return Cursor(std::move(rep));
  rep->rocks = rep_->rocks;
  rep->family = family;
  rep->lo = lo;
  rep->hi = hi;
  rep->lower = rep->lo;
  rep->upper = rep->hi;
  rocksdb::ReadOptions options = ReadAt(rep_->view);
  options.fill_cache = caching == Caching::kFill;
  if (!hi.empty()) options.iterate_upper_bound = &rep->upper;
  rep->iterator.reset(rep_->rocks->db().NewIterator(options, handle));
  rep->iterator->Seek(rep->lower);
  return Cursor(std::move(rep));
}

Cursor Snapshot::ScanPrefix(Family family, std::string_view prefix, Caching caching) const {
  return Scan(family, prefix, PrefixEnd(prefix), caching);
}

uint64_t Snapshot::sequence() const { return rep_->view->GetSequenceNumber(); }

}  // namespace quire::storage
