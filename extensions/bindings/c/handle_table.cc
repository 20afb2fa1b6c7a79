#include "extensions/bindings/c/handle_table.h"

namespace quire::c {

uint64_t HandleTable::Add(HandleKind kind, void* object) {
  const std::lock_guard lock(mutex_);
  size_t slot = used_;
  if (free_.empty()) {
    if (used_ == kChunkSlots * kChunks) return 0;
    if (used_ % kChunkSlots == 0) {
      free_.reserve(used_ + kChunkSlots);  // so that Remove never allocates
      chunks_[used_ / kChunkSlots].store(new Slot[kChunkSlots], std::memory_order_release);
    }
    ++used_;
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  const uint64_t handle = (++generation_ << kGenerationShift) | (uint64_t{slot} << kSlotShift) |
                          (static_cast<uint64_t>(kind) << kKindShift) | 1;
  Slot& entry = chunks_[slot / kChunkSlots].load(std::memory_order_relaxed)[slot % kChunkSlots];
  entry.object = object;
  entry.handle.store(handle, std::memory_order_release);
  return handle;
}

HandleTable::Slot* HandleTable::SlotOf(uint64_t handle) const {
  const uint64_t slot = (handle & ((uint64_t{1} << kGenerationShift) - 1)) >> kSlotShift;
  Slot* chunk = chunks_[slot / kChunkSlots].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : chunk + slot % kChunkSlots;
}

void* HandleTable::Find(HandleKind kind, uint64_t handle) const {
  if (((handle >> kKindShift) & 3) != static_cast<uint64_t>(kind)) return nullptr;
  Slot* slot = SlotOf(handle);
  if (slot == nullptr || slot->handle.load(std::memory_order_acquire) != handle) return nullptr;
  return slot->object;
}

void* HandleTable::Remove(HandleKind kind, uint64_t handle) {
  const std::lock_guard lock(mutex_);
  void* object = Find(kind, handle);
  if (object == nullptr) return nullptr;
  Slot* slot = SlotOf(handle);
  slot->handle.store(0, std::memory_order_release);
  free_.push_back(((handle & ((uint64_t{1} << kGenerationShift) - 1)) >> kSlotShift));
  return object;
}

}  // namespace quire::c
