// Segment: up to 128 codes in memory, in the form in which they are stored.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/codec/rabitq.h"
#include "engine/index/code_memory.h"
#include "engine/index/stored_value.h"

namespace quire::index {

// Codes in ascending number. Filled by one thread, then immutable and shared.
class Segment {
 public:
  // Room for `slots` codes, rounded up to blocks. Sealed: it is or will be stored as one value; otherwise its codes
  // are keys of their own.
  Segment(uint32_t padded_dim, size_t slots, bool sealed);
  // Sealed, its records in `file` at `offset`.
  Segment(uint32_t padded_dim, size_t slots, std::shared_ptr<const SpillFile> file, size_t offset);
  // The same codes, with the same room.
  Segment(const Segment& other);
  Segment& operator=(const Segment&) = delete;

  // Where the record of the next code goes; then Append it. REQUIRES: not full(); numbers ascend.
  uint8_t* next_record() { return records_.get() + count_ * codec::RecordBytes(padded_dim_); }
  void Append(const codec::ScanFactors& factors, uint32_t number);

  // Takes over stored blocks and records. False if the sizes do not fit `count` or the numbers do not ascend.
  // REQUIRES: empty, with room for `count`.
  [[nodiscard]] bool Assign(size_t count, std::string_view blocks, std::string_view records);

  bool sealed() const { return sealed_; }
  size_t count() const { return count_; }
  bool full() const { return count_ == capacity_; }
  size_t block_count() const { return (count_ + simd::kBlockSlots - 1) / simd::kBlockSlots; }
  uint32_t padded_dim() const { return padded_dim_; }

  const uint8_t* block(size_t i) const { return blocks_.get() + i * codec::BlockBytes(padded_dim_); }
  const uint8_t* record(size_t slot) const { return records_.get() + slot * codec::RecordBytes(padded_dim_); }
  codec::ScanFactors factors(size_t slot) const {
    return codec::SlotFactors(block(slot / simd::kBlockSlots), padded_dim_, slot % simd::kBlockSlots);
  }
  uint32_t number(size_t slot) const {
    return codec::SlotNumber(block(slot / simd::kBlockSlots), padded_dim_, slot % simd::kBlockSlots);
  }
  uint32_t first() const { return number(0); }  // REQUIRES: count() > 0
  // The first slot whose number is not below `number`; count() if there is none.
  size_t LowerBound(uint32_t number) const;

  std::string_view block_bytes() const;   // of the blocks in use
  std::string_view record_bytes() const;  // of the records in use
  size_t memory_bytes() const;          // what is in a file does not count

 private:
  Segment(uint32_t padded_dim, size_t slots, bool sealed, CodeMemory records, bool spilled);

  uint32_t padded_dim_;
  bool sealed_;
  bool spilled_;
  size_t capacity_;
  size_t count_ = 0;
  CodeMemory blocks_;
  CodeMemory records_;
};

}  // namespace quire::index
