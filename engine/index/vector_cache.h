// VectorCache: stored vectors in memory, by number, as the bytes they are stored as.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "engine/base/huge_buffer.h"

namespace quire::index {

// Belongs to one generation of an index, in which a number never stands for another vector: what was read once stays
// true, for every view, and nothing is ever taken out. It grows by slabs until its budget is used up; from then on what is
// not in it is read from disk each time. Only vectors that were committed may be put in.
// Safe for concurrent use; Find takes no lock.
class VectorCache {
 public:
  // `row_bytes` of one vector; `budget_bytes` for all slabs together.
  VectorCache(size_t row_bytes, uint64_t budget_bytes);
  ~VectorCache();
  VectorCache(const VectorCache&) = delete;
  VectorCache& operator=(const VectorCache&) = delete;

  // The bytes of a vector, or null. They live as long as the cache.
  const uint8_t* Find(uint32_t number) const {
    const Slab* const slab = SlabOf(number);
    return slab == nullptr ? nullptr : slab->Find(number % kSlabRows, row_bytes_);
  }
  // Asks for the memory of a vector ahead of Find.
  void Prefetch(uint32_t number) const;
  // Keeps a vector if there is room. Bytes of another size are ignored.
  void Put(uint32_t number, std::string_view bytes);

  // Without growth vectors are kept only where a slab is there: for reads so far apart that each would begin one.
  void SetGrowth(bool grows) { grows_.store(grows, std::memory_order_relaxed); }

  // Whether the slab of `number` is there or may be made.
  bool HasRoomFor(uint32_t number) const;
  size_t row_bytes() const { return row_bytes_; }
  uint64_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kSlabRows = 4096;
  static constexpr uint32_t kSlabsPerShelf = 1024;
  static constexpr uint32_t kShelves = 1024;  // 2^32 numbers in all

  struct Slab {
    explicit Slab(size_t bytes) : rows(bytes) {}
    const uint8_t* Find(uint32_t row, size_t row_bytes) const {
      const uint64_t word = present[row / 64].load(std::memory_order_acquire);
      return ((word >> (row % 64)) & 1) != 0 ? rows.data() + row * row_bytes : nullptr;
    }
    HugeBuffer rows;
    std::array<std::atomic<uint64_t>, kSlabRows / 64> present{};
  };
  using Shelf = std::array<std::atomic<Slab*>, kSlabsPerShelf>;

  const Slab* SlabOf(uint32_t number) const {
    const uint32_t slab = number / kSlabRows;
    const Shelf* const shelf = shelves_[slab / kSlabsPerShelf].load(std::memory_order_acquire);
    return shelf == nullptr ? nullptr : (*shelf)[slab % kSlabsPerShelf].load(std::memory_order_acquire);
  }

  size_t row_bytes_;
  uint64_t budget_bytes_;
  std::atomic<bool> grows_{true};
  std::atomic<uint64_t> memory_bytes_{0};
  std::mutex mutex_;  // of Put
  std::array<std::atomic<Shelf*>, kShelves> shelves_{};
};

}  // namespace quire::index
