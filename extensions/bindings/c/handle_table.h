// HandleTable: what is behind the handles of the C ABI. A handle is a number that is never given twice, so that a stale one is
// recognised without looking at what it once led to.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace quire::c {

enum class HandleKind : uint64_t { kConnection = 1, kStatement = 2 };

class HandleTable {
 public:
  constexpr HandleTable() = default;
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  // A new handle for `object`, which stays the caller's; 0: too many are open. May throw std::bad_alloc.
  uint64_t Add(HandleKind kind, void* object);
  // The object, or null if the handle is none, is stale, or is of another kind. Takes no lock.
  void* Find(HandleKind kind, uint64_t handle) const;
  // As Find, and the handle is stale from now on.
  void* Remove(HandleKind kind, uint64_t handle);

  // Held, no handle is removed: for the one call that may run beside others on its handle.
  std::mutex& removing() { return mutex_; }

 private:
  struct Slot {
    std::atomic<uint64_t> handle{0};  // 0: free
    void* object = nullptr;
  };
  // A handle is generation, slot, kind and a 1, from high to low.
  static constexpr unsigned kKindShift = 1, kSlotShift = 3, kGenerationShift = 27;
  static constexpr size_t kChunkSlots = 4096, kChunks = 4096;
  static_assert(kChunkSlots * kChunks == size_t{1} << (kGenerationShift - kSlotShift));

  Slot* SlotOf(uint64_t handle) const;

  std::mutex mutex_;                                  // of all that changes the table
  std::array<std::atomic<Slot*>, kChunks> chunks_{};  // never given back: a stale handle may be looked up for ever
  size_t used_ = 0;                                   // slots that were ever used
  std::vector<size_t> free_;
  uint64_t generation_ = 0;
};

}  // namespace quire::c
