#include "extensions/ingest/duplicates.h"

#include <bit>
#include <cstring>

#include "engine/base/hash.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

// Of each byte what it counts as in a word: letters small, 0 what stands between words.
constexpr std::array<uint8_t, 256> kWordBytes = [] {
  std::array<uint8_t, 256> bytes{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool in_word = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    bytes[c] = static_cast<uint8_t>(c >= 'A' && c <= 'Z' ? c + 32 : in_word ? c : 0);
  }
  return bytes;
}();

// How often each of 64 bits was set, in binary: plane i holds bit i of each count.
class BitCounts {
 public:
  void Add(uint64_t bits) {
    for (size_t plane = 0; bits != 0 && plane < kPlanes; ++plane) {
      const uint64_t carry = planes_[plane] & bits;
      planes_[plane] ^= bits;
      bits = carry;
    }
  }
  // The bits that were set more often than `half` times.
  uint64_t MoreThan(uint32_t half) const {
    uint64_t more = 0, equal = ~uint64_t{0};
    for (size_t plane = kPlanes; plane-- > 0;) {
      const uint64_t wanted = (half >> plane & 1) != 0 ? ~uint64_t{0} : 0;
      more |= equal & planes_[plane] & ~wanted;
      equal &= ~(planes_[plane] ^ wanted);
    }
    return more;
  }

 private:
  static constexpr size_t kPlanes = 32;
  std::array<uint64_t, kPlanes> planes_{};
};

// Of three words in this order. The multipliers are those of splitmix64.
uint64_t Mix(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t hash = a + std::rotl(b, 21) + std::rotl(c, 42);
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9u;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBu;
  return hash ^ (hash >> 31);
}

}  // namespace

TextPrint PrintOf(std::string_view text) {
  constexpr size_t kRun = 3;  // words of a shingle
  TextPrint print;
  std::string collapsed;
  collapsed.reserve(text.size());
  AppendCollapsed(&collapsed, text);
  print.exact = HashOf128(collapsed);
  BitCounts counts;
  std::array<uint64_t, kRun> run{};
  uint64_t word = 0;
  const auto end_word = [&] {
    run = {run[1], run[2], word};
    if (++print.words >= kRun) counts.Add(Mix(run[0], run[1], run[2]));
    word = 0;
  };
  for (const char c : collapsed) {
    const uint8_t byte = kWordBytes[static_cast<uint8_t>(c)];
    if (byte != 0) {
      word = (word + byte) * 0x9E3779B97F4A7C15u;
    } else if (word != 0) {
      end_word();
    }
  }
  if (word != 0) end_word();
  if (print.words >= kRun) print.similar = counts.MoreThan(static_cast<uint32_t>((print.words - kRun + 1) / 2));
  return print;
}

DuplicateFinder::Exact& DuplicateFinder::SlotOf(uint64_t hash) {
  size_t at = hash & (exact_.size() - 1);
  while (exact_[at].text != kNone && exact_[at].hash != hash) at = (at + 1) & (exact_.size() - 1);
  return exact_[at];
}

void DuplicateFinder::GrowExact() {
  constexpr size_t kSlotsAtFirst = 1024;
  std::vector<Exact> old(std::max(kSlotsAtFirst, 2 * exact_.size()), Exact{.hash = 0, .text = kNone});
  old.swap(exact_);
  for (const Exact& entry : old) {
    if (entry.text != kNone) SlotOf(entry.hash) = entry;
  }
}

std::optional<DuplicateFinder::Match> DuplicateFinder::Add(const TextPrint& print) {
  if (texts_ == kTextsMax) return std::nullopt;
  const uint32_t text = texts_++;
  if (4 * distinct_ >= 3 * exact_.size()) GrowExact();
  uint64_t hash = 0;
  std::memcpy(&hash, print.exact.data(), sizeof hash);
  Exact& same = SlotOf(hash);
  if (same.text != kNone) return Match{.first = same.text, .exact = true};
  same = {.hash = hash, .text = text};
  ++distinct_;
  if (print.words < kNearWordsMin) return std::nullopt;
  const std::optional<uint32_t> near = FindNear(print.similar);
  Near entry{.similar = print.similar, .text = text, .previous = {}};
  for (size_t part = 0; part < kParts; ++part) {
    if (last_[part].empty()) last_[part].assign(size_t{1} << kPartBits, kNone);
    uint32_t& last = last_[part][print.similar >> (part * kPartBits) & 0xFFFF];
    entry.previous[part] = last;
    last = static_cast<uint32_t>(near_.size());
  }
  near_.push_back(entry);
  if (!near) return std::nullopt;
  return Match{.first = *near, .exact = false};
}

std::optional<uint32_t> DuplicateFinder::FindNear(uint64_t similar) const {
  for (size_t part = 0; part < kParts; ++part) {
    if (last_[part].empty()) continue;
    uint32_t at = last_[part][similar >> (part * kPartBits) & 0xFFFF];
    for (size_t looked = 0; at != kNone && looked < kBucketMax; ++looked) {
      const Near& other = near_[at];
      if (std::popcount(other.similar ^ similar) <= kNearBitsMax) return other.text;
      at = other.previous[part];
    }
  }
  return std::nullopt;
}

}  // namespace quire::ingest
