// Bit packing of 128 numbers at a time, each in as few bits as the largest needs.
//
// Vertical layout (Lemire, Boytsov, Decoding billions of integers per second through vectorization, 2015): four lanes of 32-bit
// words, number i in lane i % 4, so that one instruction of 128 bits unpacks four. Costs: all 128 pay for the largest.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace quire::text {

inline constexpr uint32_t kPackedCount = 128;
using PackedArray = std::array<uint32_t, kPackedCount>;

// Bits of the largest: 0 if all are 0.
uint32_t BitsOf(const PackedArray& values);
// What kPackedCount numbers of that many bits take.
constexpr size_t PackedBytes(uint32_t bits) { return size_t{kPackedCount} / 8 * bits; }

// Appends PackedBytes(bits). REQUIRES: bits >= BitsOf(values), at most 32.
void AppendPacked(const PackedArray& values, uint32_t bits, std::string* out);
// Reads PackedBytes(bits) from `in`, which need not be aligned. REQUIRES: bits <= 32.
void Unpack(const char* in, uint32_t bits, PackedArray* values);

}  // namespace quire::text
