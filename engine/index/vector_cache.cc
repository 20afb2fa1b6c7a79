#include "engine/index/vector_cache.h"

#include <cstring>

namespace quire::index {

VectorCache::VectorCache(size_t row_bytes, uint64_t budget_bytes)
    : row_bytes_(row_bytes), budget_bytes_(budget_bytes) {}

VectorCache::~VectorCache() {
  for (std::atomic<Shelf*>& shelf : shelves_) {
    if (shelf.load() == nullptr) continue;
    for (std::atomic<Slab*>& slab : *shelf.load()) delete slab.load();
    delete shelf.load();
  }
}

void VectorCache::Prefetch(uint32_t number) const {
  const Slab* const slab = SlabOf(number);
  if (slab == nullptr) return;
  const uint8_t* const row = slab->rows.data() + (number % kSlabRows) * row_bytes_;
  for (size_t at = 0; at < row_bytes_; at += 64) __builtin_prefetch(row + at);
}

bool VectorCache::HasRoomFor(uint32_t number) const {
  if (SlabOf(number) != nullptr) return true;
  return grows_.load(std::memory_order_relaxed) && memory_bytes() + kSlabRows * row_bytes_ <= budget_bytes_;
}

void VectorCache::Put(uint32_t number, std::string_view bytes) {
  if (bytes.size() != row_bytes_) return;
  std::lock_guard lock(mutex_);
  if (!HasRoomFor(number)) return;
  const uint32_t index = number / kSlabRows;
  std::atomic<Shelf*>& shelf = shelves_[index / kSlabsPerShelf];
  if (shelf.load(std::memory_order_relaxed) == nullptr) shelf.store(new Shelf{}, std::memory_order_release);
  std::atomic<Slab*>& place = (*shelf.load(std::memory_order_relaxed))[index % kSlabsPerShelf];
  if (place.load(std::memory_order_relaxed) == nullptr) {
    place.store(new Slab(kSlabRows * row_bytes_), std::memory_order_release);
    memory_bytes_.fetch_add(kSlabRows * row_bytes_, std::memory_order_relaxed);
  }
  Slab& slab = *place.load(std::memory_order_relaxed);
  const uint32_t row = number % kSlabRows;
  if (slab.Find(row, row_bytes_) != nullptr) return;
  std::memcpy(slab.rows.data() + row * row_bytes_, bytes.data(), row_bytes_);
  slab.present[row / 64].fetch_or(uint64_t{1} << (row % 64), std::memory_order_release);
}

}  // namespace quire::index
