#include "extensions/ingest/duplicates.h"

#include <bit>
#include <cstring>

#include "engine/base/hash.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

// What a byte counts as in a word: letters small, 0 what stands between words. Without a branch, so that many are done at a time.
constexpr uint8_t WordByte(uint8_t c) {
  const auto is_in = [c](uint8_t from, uint8_t to) { return static_cast<uint8_t>(c - from) <= to - from; };
  const bool large = is_in('A', 'Z');
  const bool in_word = large | is_in('a', 'z') | is_in('0', '9') | (c >= 0x80);
  return static_cast<uint8_t>((c | (large ? 0x20 : 0)) & (in_word ? 0xFF : 0));
}

// How often each of 64 bits was set, in binary: plane i holds bit i of each count. Eight are added at a time, as by the carry-save adders
// of Harley and Seal: that is a few instructions each, without a branch.
class BitCounts {
 public:
  void Add(uint64_t bits) {
    waiting_[count_++] = bits;
    if (count_ == waiting_.size()) AddWaiting();
  }
  // The bits that were set more often than `half` times.
  uint64_t MoreThan(uint32_t half) {
    AddWaiting();
    uint64_t more = 0, equal = ~uint64_t{0};
    for (size_t plane = kPlanes; plane-- > 0;) {
      const uint64_t wanted = (half >> plane & 1) != 0 ? ~uint64_t{0} : 0;
      more |= equal & planes_[plane] & ~wanted;
      equal &= ~(planes_[plane] ^ wanted);
    }
    return more;
  }

 private:
  // Adds `a` and `b` to `sum`; gives what is carried.
  static uint64_t AddTwo(uint64_t* sum, uint64_t a, uint64_t b) {
    const uint64_t either = a ^ b, carry = (a & b) | (either & *sum);
    *sum ^= either;
    return carry;
  }

  void AddWaiting() {
    const auto add_four = [this](const uint64_t* bits) {
      const uint64_t twos = AddTwo(&planes_[0], bits[0], bits[1]);
      return AddTwo(&planes_[1], twos, AddTwo(&planes_[0], bits[2], bits[3]));
    };
    const uint64_t fours = add_four(waiting_.data());
    uint64_t bits = AddTwo(&planes_[2], fours, add_four(waiting_.data() + 4));
    for (size_t plane = 3; bits != 0 && plane < kPlanes; ++plane) {
      const uint64_t carry = planes_[plane] & bits;
      planes_[plane] ^= bits;
      bits = carry;
    }
    waiting_.fill(0);
    count_ = 0;
  }

  static constexpr size_t kPlanes = 32;
  std::array<uint64_t, kPlanes> planes_{};
  std::array<uint64_t, 8> waiting_{};
  size_t count_ = 0;  // of waiting_; the others are 0
};

// Of three words in this order. The multipliers are those of splitmix64.
uint64_t Mix(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t hash = a + std::rotl(b, 21) + std::rotl(c, 42);
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9u;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBu;
  return hash ^ (hash >> 31);
}

constexpr uint64_t kEach = 0x0101010101010101u;
constexpr uint64_t kOdd = 0x9E3779B97F4A7C15u;

uint64_t EightAt(const char* bytes) {  // little-endian, as bytes.cc checks
  uint64_t eight = 0;
  std::memcpy(&eight, bytes, sizeof eight);
  return eight;
}

// REQUIRES: size > 0, and seven bytes more behind the word.
uint64_t HashOfWord(const char* bytes, size_t size) {
  uint64_t hash = 0;
  for (; size > sizeof hash; bytes += sizeof hash, size -= sizeof hash) {
    hash = (hash + EightAt(bytes)) * kOdd;
    hash ^= hash >> 32;
  }
  hash = (hash + (EightAt(bytes) << (64 - 8 * size))) * kOdd;
  return hash ^ (hash >> 32);
}

// Bit i: byte i is not 0.
uint64_t NonZero(const char* bytes) {
  uint64_t bits = 0;
  for (size_t i = 0; i < 64; i += 8) {
    const uint64_t eight = EightAt(bytes + i);
    const uint64_t each = ((((eight & (kEach * 0x7F)) + kEach * 0x7F) | eight) >> 7) & kEach;
    bits |= (each * 0x0102040810204080u) >> 56 << i;
  }
  return bits;
}

// Calls visit(hash) for each word of `bytes`, which are WordByte's. REQUIRES: kBehind more, which are 0, behind them.
constexpr size_t kBehind = 64 + 8;
template <typename Visit>
void ForEachWord(const char* bytes, size_t size, Visit visit) {
  size_t start = 0;  // of the word that the last border began
  bool inside = false;
  for (size_t block = 0; block <= size; block += 64) {
    const uint64_t in_word = NonZero(bytes + block);
    uint64_t borders = in_word ^ (in_word << 1 | (inside ? 1 : 0));
    for (; borders != 0; borders &= borders - 1) {
      const size_t at = block + static_cast<size_t>(std::countr_zero(borders));
      if (inside) visit(HashOfWord(bytes + start, at - start));
      start = at;
      inside = !inside;
    }
  }
}

}  // namespace

TextPrint PrintOf(std::string_view text) {
  constexpr size_t kRun = 3;  // words of a shingle
  TextPrint print;
  std::string bytes;
  bytes.reserve(text.size() + kBehind);
  AppendCollapsed(&bytes, text);
  print.exact = HashOf128(bytes);
  const size_t size = bytes.size();
  for (char& c : bytes) c = static_cast<char>(WordByte(static_cast<uint8_t>(c)));
  bytes.append(kBehind, '\0');
  BitCounts counts;
  uint64_t before = 0, last = 0;
  ForEachWord(bytes.data(), size, [&](uint64_t word) {
    if (++print.words >= kRun) counts.Add(Mix(before, last, word));
    before = last;
    last = word;
  });
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
