#include <roaring/roaring.h>

#include <array>
#include <bit>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/filter/attribute_index.h"
#include "engine/filter/bitmap_block.h"
#include "engine/filter/ordered_key.h"

namespace quire::filter {

struct Bitmap::Rep {
  explicit Rep(roaring_bitmap_t* owned) : set(owned) {}
  ~Rep() { roaring_bitmap_free(set); }
  Rep(const Rep&) = delete;
  Rep& operator=(const Rep&) = delete;

  roaring_bitmap_t* set;
};

// Lets the block format at the raw set.
struct BitmapAccess {
  static roaring_bitmap_t* Set(const Bitmap& bitmap) { return bitmap.rep_->set; }
  static Bitmap Adopt(roaring_bitmap_t* set) {
    Bitmap bitmap;
    bitmap.rep_ = std::make_unique<Bitmap::Rep>(set);
    return bitmap;
  }
};

// --- Bitmap ------------------------------------------------------------------------------------------------------
Bitmap::Bitmap() : rep_(std::make_unique<Rep>(roaring_bitmap_create())) {}
Bitmap::~Bitmap() = default;
Bitmap::Bitmap(const Bitmap& other) : rep_(std::make_unique<Rep>(roaring_bitmap_copy(other.rep_->set))) {}
Bitmap& Bitmap::operator=(const Bitmap& other) {
  if (this != &other) rep_ = std::make_unique<Rep>(roaring_bitmap_copy(other.rep_->set));
  return *this;
}
Bitmap::Bitmap(Bitmap&&) noexcept = default;
Bitmap& Bitmap::operator=(Bitmap&&) noexcept = default;

void Bitmap::Add(ChunkNumber number) { roaring_bitmap_add(rep_->set, number); }

void Bitmap::AddRange(ChunkNumber first, ChunkNumber end) {
  if (first < end) roaring_bitmap_add_range_closed(rep_->set, first, end - 1);
}

void Bitmap::Remove(ChunkNumber number) { roaring_bitmap_remove(rep_->set, number); }
bool Bitmap::Contains(ChunkNumber number) const { return roaring_bitmap_contains(rep_->set, number); }
uint64_t Bitmap::Count() const { return roaring_bitmap_get_cardinality(rep_->set); }
void Bitmap::IntersectWith(const Bitmap& other) { roaring_bitmap_and_inplace(rep_->set, other.rep_->set); }
void Bitmap::UniteWith(const Bitmap& other) { roaring_bitmap_or_inplace(rep_->set, other.rep_->set); }
void Bitmap::Subtract(const Bitmap& other) { roaring_bitmap_andnot_inplace(rep_->set, other.rep_->set); }

void Bitmap::ForEach(function_ref<bool(ChunkNumber)> visit) const {
  const auto call = [](uint32_t number, void* context) {
    return (*static_cast<function_ref<bool(ChunkNumber)>*>(context))(number);
  };
  roaring_iterate(rep_->set, call, &visit);
}

std::vector<uint64_t> Bitmap::ToWords(ChunkNumber end) const {
  std::vector<uint64_t> words((uint64_t{end} + 63) / 64);
  ForEach([&](ChunkNumber number) {
    if (number >= end) return false;
    words[number / 64] |= uint64_t{1} << (number % 64);
    return true;
  });
  return words;
}

Bitmap Bitmap::FromWords(std::span<const uint64_t> words) {
  Bitmap bitmap;
  std::array<uint32_t, 64> numbers{};
  for (size_t i = 0; i < words.size(); ++i) {
    size_t count = 0;
    for (uint64_t word = words[i]; word != 0; word &= word - 1) {
      numbers[count++] = static_cast<uint32_t>(i * 64) + static_cast<uint32_t>(std::countr_zero(word));
    }
    if (count > 0) roaring_bitmap_add_many(bitmap.rep_->set, count, numbers.data());
  }
  return bitmap;
}

// --- Blocks ------------------------------------------------------------------------------------------------------
namespace {

constexpr uint8_t kBlockFormat = 1;
constexpr size_t kChecksumBytes = sizeof(uint64_t);

// Words of the portable format (github.com/RoaringBitmap/RoaringFormatSpec).
constexpr uint32_t kCookieWithRuns = 12347;  // in the low half; the high half is the number of containers less one
constexpr uint32_t kCookieWithoutRuns = 12346;
constexpr uint32_t kArrayNumbersMax = 4096;
constexpr size_t kBitsetWords = 1024;

bool IsArraySound(ByteReader* reader, uint32_t count) {
  int previous = -1;
  for (uint32_t i = 0; i < count; ++i) {
    const int number = reader->Raw<uint16_t>();
    if (number <= previous) return false;
    previous = number;
  }
  return true;
}

bool IsBitsetSound(ByteReader* reader, uint32_t count) {
  uint32_t found = 0;
  for (size_t i = 0; i < kBitsetWords; ++i) found += static_cast<uint32_t>(std::popcount(reader->Raw<uint64_t>()));
  return found == count;
}

bool AreRunsSound(ByteReader* reader, uint32_t count) {
  const uint32_t runs = reader->Raw<uint16_t>();
  uint32_t found = 0, free_from = 0;
  for (uint32_t i = 0; i < runs; ++i) {
    const uint32_t first = reader->Raw<uint16_t>(), length = reader->Raw<uint16_t>() + uint32_t{1};
    if (first < free_from || first + length > uint32_t{1} << kBlockShift) return false;
    free_from = first + length;
    found += length;
  }
  return found == count;
}

// Whether `payload` is exactly one sound container of `block` in the portable format. CRoaring bounds its reads, but
// takes on trust what a container says of itself.
bool IsPayloadSound(std::string_view payload, uint16_t block) {
  ByteReader reader(payload);
  const auto cookie = reader.Raw<uint32_t>();
  const bool with_runs = (cookie & 0xFFFF) == kCookieWithRuns;
  bool is_run = false;
  if (with_runs) {
    if (cookie >> 16 != 0) return false;  // one container
    is_run = (reader.Raw<uint8_t>() & 1) != 0;
  } else if (cookie != kCookieWithoutRuns || reader.Raw<uint32_t>() != 1) {
    return false;
  }
  if (reader.Raw<uint16_t>() != block) return false;
  const uint32_t count = reader.Raw<uint16_t>() + uint32_t{1};
  if (!with_runs) (void)reader.Raw<uint32_t>();  // offset of the container, which follows
  const bool sound = is_run                      ? AreRunsSound(&reader, count)
                     : count <= kArrayNumbersMax ? IsArraySound(&reader, count)
                                                 : IsBitsetSound(&reader, count);
  return sound && reader.done();
}

Status Damaged(std::string what) { return Status(Code::kCorruption, std::move(what)); }

}  // namespace

std::string EncodeBlock(Bitmap numbers) {
  roaring_bitmap_t* set = BitmapAccess::Set(numbers);
  roaring_bitmap_run_optimize(set);
  std::string stored(1 + roaring_bitmap_portable_size_in_bytes(set), static_cast<char>(kBlockFormat));
  roaring_bitmap_portable_serialize(set, stored.data() + 1);
  AppendRaw(&stored, Hash64(stored));
  return stored;
}

Result<Bitmap> DecodeBlock(std::string_view stored, uint16_t block) {
  if (stored.size() <= 1 + kChecksumBytes) {
    return Damaged("bitmap has " + std::to_string(stored.size()) + " bytes, expected more than " +
                   std::to_string(1 + kChecksumBytes));
  }
  const std::string_view body = stored.substr(0, stored.size() - kChecksumBytes);
  if (ByteReader(stored.substr(body.size())).Raw<uint64_t>() != Hash64(body)) {
    return Damaged("checksum of the bitmap does not match");
  }
  const auto format = static_cast<uint8_t>(body.front());
  if (format != kBlockFormat) {
    return Damaged("bitmap has format " + std::to_string(format) + ", expected " + std::to_string(kBlockFormat));
  }
  const std::string_view payload = body.substr(1);
  if (!IsPayloadSound(payload, block)) return Damaged("bitmap is not a sound set of numbers of this block");
  roaring_bitmap_t* set = roaring_bitmap_portable_deserialize_safe(payload.data(), payload.size());
  if (set == nullptr) return Damaged("bitmap cannot be read");
  return BitmapAccess::Adopt(set);
}

Result<Bitmap> ReadBlock(std::string_view key, std::string_view stored) {
  QUIRE_ASSIGN_OR_RETURN(const BitmapKey parts, ParseBitmapKey(key));
  Result<Bitmap> numbers = DecodeBlock(stored, parts.block);
  if (numbers.ok()) return numbers;
  return std::move(numbers).status().Within("attribute index of collection " + std::to_string(parts.collection) +
                                            ", column " + std::to_string(parts.column) + ", block " +
                                            std::to_string(parts.block));
}

}  // namespace quire::filter
