#include "engine/index/segment.h"

#include <cstring>

namespace quire::index {

using simd::kBlockSlots;

namespace {

// What is sealed stays for long; the rest is copied with every commit.
CodeMemory Allocate(size_t bytes, bool sealed) { return sealed ? CodeMemory::Shared(bytes) : CodeMemory::Own(bytes); }

}  // namespace

Segment::Segment(uint32_t padded_dim, size_t slots, bool sealed, CodeMemory records, bool spilled)
    : padded_dim_(padded_dim),
      sealed_(sealed),
      spilled_(spilled),
      capacity_((slots + kBlockSlots - 1) / kBlockSlots * kBlockSlots),
      blocks_(Allocate(capacity_ / kBlockSlots * codec::BlockBytes(padded_dim), sealed)),
      records_(std::move(records)) {
  if (slots < capacity_) capacity_ = slots;
}

Segment::Segment(uint32_t padded_dim, size_t slots, bool sealed)
    : Segment(padded_dim, slots, sealed, Allocate(slots * codec::RecordBytes(padded_dim), sealed), false) {}

Segment::Segment(uint32_t padded_dim, size_t slots, std::shared_ptr<const SpillFile> file, size_t offset)
    : Segment(padded_dim, slots, true, CodeMemory::Spilled(std::move(file), offset), true) {}

Segment::Segment(const Segment& other)
    : Segment(other.padded_dim_, other.capacity_, other.sealed_) {
  count_ = other.count_;
  std::memcpy(blocks_.get(), other.blocks_.get(), other.block_bytes().size());
  std::memcpy(records_.get(), other.records_.get(), other.record_bytes().size());
}

void Segment::Append(const codec::ScanFactors& factors, uint32_t number) {
  uint8_t* const block = blocks_.get() + count_ / kBlockSlots * codec::BlockBytes(padded_dim_);
  if (count_ % kBlockSlots == 0) codec::ClearBlock(block, padded_dim_, number);
  codec::SetSlot(block, padded_dim_, count_ % kBlockSlots, next_record(), factors, number);
  ++count_;
}

bool Segment::Assign(size_t count, std::string_view blocks, std::string_view records) {
  const size_t block_count = (count + kBlockSlots - 1) / kBlockSlots;
  if (count == 0 || blocks.size() != block_count * codec::BlockBytes(padded_dim_) ||
      records.size() != count * codec::RecordBytes(padded_dim_)) {
    return false;
  }
  std::memcpy(blocks_.get(), blocks.data(), blocks.size());
  std::memcpy(records_.get(), records.data(), records.size());
  count_ = count;
  for (size_t slot = 1; slot < count; ++slot) {
    if (number(slot) <= number(slot - 1)) return false;
  }
  return true;
}

size_t Segment::LowerBound(uint32_t wanted) const {
  size_t begin = 0, end = count_;
  while (begin < end) {
    const size_t middle = (begin + end) / 2;
    if (number(middle) < wanted) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

std::string_view Segment::block_bytes() const {
  return {reinterpret_cast<const char*>(blocks_.get()), block_count() * codec::BlockBytes(padded_dim_)};
}

std::string_view Segment::record_bytes() const {
  return {reinterpret_cast<const char*>(records_.get()), count_ * codec::RecordBytes(padded_dim_)};
}

size_t Segment::memory_bytes() const {
  return sizeof *this + (capacity_ + kBlockSlots - 1) / kBlockSlots * codec::BlockBytes(padded_dim_) +
         (spilled_ ? 0 : capacity_ * codec::RecordBytes(padded_dim_));
}

}  // namespace quire::index
