#include "engine/text/bit_packing.h"

#include <bit>
#include <cstring>
#include <utility>

#include "engine/base/bytes.h"

namespace quire::text {
namespace {

constexpr uint32_t kLanes = 4;
constexpr uint32_t kRows = kPackedCount / kLanes;

// The four numbers of one row. Every shift is a constant of its instance, so that the lanes become one instruction.
template <uint32_t kBits, uint32_t kRow>
inline void UnpackRow(const uint32_t* words, uint32_t* values) {
  constexpr uint32_t kWord = kRow * kBits / 32, kShift = kRow * kBits % 32;
  constexpr uint32_t kMask = kBits == 32 ? ~0u : (1u << kBits) - 1;
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    uint32_t value = words[kWord * kLanes + lane] >> kShift;
    if constexpr (kShift + kBits > 32) value |= words[(kWord + 1) * kLanes + lane] << (32 - kShift);
    values[kRow * kLanes + lane] = value & kMask;
  }
}

template <uint32_t kBits, uint32_t... kRow>
void UnpackAll(const uint32_t* words, uint32_t* values, std::integer_sequence<uint32_t, kRow...>) {
  (UnpackRow<kBits, kRow>(words, values), ...);
}

template <uint32_t kBits>
void UnpackBits(const char* in, uint32_t* values) {
  std::array<uint32_t, kLanes * kBits> words;
  std::memcpy(words.data(), in, sizeof words);
  UnpackAll<kBits>(words.data(), values, std::make_integer_sequence<uint32_t, kRows>());
}

using Unpacker = void (*)(const char*, uint32_t*);
template <uint32_t... kBits>
constexpr std::array<Unpacker, 32> Unpackers(std::integer_sequence<uint32_t, kBits...>) {
  return {UnpackBits<kBits + 1>...};
}
constexpr std::array<Unpacker, 32> kUnpackers = Unpackers(std::make_integer_sequence<uint32_t, 32>());

}  // namespace

uint32_t BitsOf(const PackedArray& values) {
  uint32_t all = 0;
  for (const uint32_t value : values) all |= value;
  return static_cast<uint32_t>(std::bit_width(all));
}

void AppendPacked(const PackedArray& values, uint32_t bits, std::string* out) {
  std::array<uint32_t, kPackedCount> words{};
  for (uint32_t i = 0; i < kPackedCount; ++i) {
    const uint32_t lane = i % kLanes, at = i / kLanes * bits;
    words[at / 32 * kLanes + lane] |= values[i] << (at % 32);
    if (at % 32 + bits > 32) words[(at / 32 + 1) * kLanes + lane] |= values[i] >> (32 - at % 32);
  }
  for (uint32_t i = 0; i < kLanes * bits; ++i) AppendRaw(out, words[i]);
}

void Unpack(const char* in, uint32_t bits, PackedArray* values) {
  if (bits == 0) return values->fill(0);
  kUnpackers[bits - 1](in, values->data());
}

}  // namespace quire::text
