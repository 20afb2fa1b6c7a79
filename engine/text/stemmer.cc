#include "engine/text/stemmer.h"

#include <libstemmer.h>

#include <cstring>

namespace quire::text {
namespace {

constexpr uint32_t kBitsAtFirst = 8;
constexpr uint32_t kBitsMax = 16;  // 65,536 entries of 32 bytes, for who has missed so often

size_t SlotOf(uint64_t low, uint64_t high, uint32_t bits) {
  const uint64_t mixed = (low ^ (high * 0x9E3779B97F4A7C15u)) * 0xD6E8FEB86659FD93u;
  return static_cast<size_t>((mixed ^ (mixed >> 32)) * 0x9E3779B97F4A7C15u >> (64 - bits));
}

// Up to 8 bytes, padded with zeros; two loads that overlap, for a copy of unknown length is a call. REQUIRES: not empty.
uint64_t LoadPadded(std::string_view bytes) {
  const auto load = [&](auto part, size_t at) {
    std::memcpy(&part, bytes.data() + at, sizeof part);
    return uint64_t{part};
  };
  const size_t size = bytes.size();
  if (size == 8) return load(uint64_t{0}, 0);
  if (size >= 4) return load(uint32_t{0}, 0) | load(uint32_t{0}, size - 4) << (8 * (size - 4));
  if (size >= 2) return load(uint16_t{0}, 0) | load(uint16_t{0}, size - 2) << (8 * (size - 2));
  return load(uint8_t{0}, 0);
}

}  // namespace

Stemmer::Stemmer(const char* language) {
  if (std::string_view(language) == "none") return;
  snowball_ = sb_stemmer_new(language, nullptr);
  Grow();
}

void Stemmer::Grow() {
  bits_ = bits_ == 0 ? kBitsAtFirst : bits_ + 2;
  cache_.assign(size_t{1} << bits_, Entry());
  misses_ = 0;
}

Stemmer::~Stemmer() { sb_stemmer_delete(snowball_); }

std::string_view Stemmer::StemUncached(std::string_view word) {
  const auto* stem =
      sb_stemmer_stem(snowball_, reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
  const int length = sb_stemmer_length(snowball_);
  if (stem == nullptr || length <= 0) return word;
  return {reinterpret_cast<const char*>(stem), static_cast<size_t>(length)};
}

std::string_view Stemmer::Stem(std::string_view word) {
  if (snowball_ == nullptr) return word;
  if (word.size() > kCachedBytes) return StemUncached(word);
  const uint64_t low = LoadPadded(word.substr(0, 8));
  const uint64_t high = word.size() > 8 ? LoadPadded(word.substr(8)) : 0;
  if (misses_ > cache_.size() && bits_ < kBitsMax) Grow();
  Entry& entry = cache_[SlotOf(low, high, bits_)];
  if (entry.low != low || entry.high != high) {
    ++misses_;
    const std::string_view stem = StemUncached(word);
    if (stem.size() > kCachedBytes) return stem;
    std::memcpy(entry.stem.data(), stem.data(), stem.size());
    entry.length = static_cast<uint8_t>(stem.size());
    entry.low = low;
    entry.high = high;
  }
  return {entry.stem.data(), entry.length};
}

}  // namespace quire::text
