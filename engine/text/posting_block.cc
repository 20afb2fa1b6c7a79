#include "engine/text/posting_block.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/base/hash.h"

namespace quire::text {
namespace {

constexpr size_t kHeaderBytes = 1 + sizeof(uint32_t);  // version, checksum
constexpr uint64_t kNumberMax = std::numeric_limits<ChunkNumber>::max();
constexpr uint64_t kCountMax = std::numeric_limits<uint32_t>::max();

uint32_t ChecksumOf(std::string_view payload) { return static_cast<uint32_t>(Hash64(payload)); }

// Most are of one byte.
void AppendSmall(std::string* out, uint64_t value) {
  if (value < 0x80) {
    out->push_back(static_cast<char>(value));
  } else {
    AppendVarint(out, value);
  }
}

// Counts as one number where the headings have none of the word: the count of the body twice, and one more if they have.
void AppendCounts(const FieldCounts& counts, std::string* out) {
  const bool headed = counts.title + counts.section > 0;
  AppendSmall(out, uint64_t{counts.body} << 1 | (headed ? 1 : 0));
  if (!headed) return;
  AppendVarint(out, counts.title);
  AppendVarint(out, counts.section);
}

// Zeros if one is too large.
FieldCounts ReadCounts(ByteReader* in) {
  const uint64_t code = in->Varint();
  uint64_t title = 0, section = 0;
  if ((code & 1) != 0) {
    title = in->Varint();
    section = in->Varint();
  }
  if ((code >> 1) + title + section > kCountMax || title > kCountMax || section > kCountMax) return {};
  return {static_cast<uint32_t>(title), static_cast<uint32_t>(section), static_cast<uint32_t>(code >> 1)};
}

void EncodeGroup(bool first, ByteReader* entries, std::string* headers, std::string* packed) {
  PackedArray gaps, title, section, body;
  ImpactBuilder builder;
  uint64_t span = kPackedCount - 1;
  for (size_t i = 0; i < kPackedCount; ++i) {
    gaps[i] = first && i == 0 ? 0 : static_cast<uint32_t>(entries->Varint());
    span += gaps[i];
    const FieldCounts counts = ReadCounts(entries);
    title[i] = counts.title;
    section[i] = counts.section;
    body[i] = counts.body;
    builder.Add({Quarters(counts), entries->Varint()});
  }
  const Impacts impacts = builder.Take();
  AppendVarint(headers, span);
  for (const PackedArray* values : {&gaps, &title, &section, &body}) {
    const uint32_t bits = BitsOf(*values);
    headers->push_back(static_cast<char>(bits));
    AppendPacked(*values, bits, packed);
  }
  AppendVarint(headers, impacts.count);
  for (const Impact& impact : impacts.span()) {
    AppendVarint(headers, impact.frequency);
    AppendVarint(headers, impact.length);
  }
}

}  // namespace

void ImpactBuilder::Add(Impact impact) {
  const auto longer = std::upper_bound(all_.begin(), all_.end(), impact.length,
                                       [](uint64_t length, const Impact& one) { return length < one.length; });
  if (longer != all_.begin() && std::prev(longer)->frequency >= impact.frequency) return;  // outdone
  auto begin = longer;
  if (begin != all_.begin() && std::prev(begin)->length == impact.length) --begin;
  auto end = longer;
  while (end != all_.end() && end->frequency <= impact.frequency) ++end;
  all_.insert(all_.erase(begin, end), impact);
}

Impacts ImpactBuilder::Take() {
  while (all_.size() > Impacts::kMax) {
    // The bound of two neighbours has the frequency of the second and the length of the first. Join where that gives least away.
    size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i + 1 < all_.size(); ++i) {
      const double given = static_cast<double>(all_[i + 1].length) / static_cast<double>(all_[i].length + 1) *
                           static_cast<double>(all_[i + 1].frequency) / static_cast<double>(all_[i].frequency);
      if (given < least) least = given, best = i;
    }
    all_[best].frequency = all_[best + 1].frequency;
    all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  Impacts impacts;
  for (const Impact& impact : all_) impacts.all[impacts.count++] = impact;
  all_.clear();
  return impacts;
}

void PostingBlock::Add(ChunkNumber number, std::span<const uint32_t> positions, const FieldCounts& counts,
                       const FieldLengths& lengths) {
  if (count_++ == 0) {
    first_ = number;
  } else {
    AppendSmall(&entries_, number - last_ - 1);
  }
  last_ = number;
  AppendCounts(counts, &entries_);
  AppendSmall(&entries_, Quarters(lengths));
  uint32_t previous = 0;
  for (uint32_t position : positions) {
    AppendSmall(&positions_, position - previous);
    previous = position;
  }
}

std::string PostingBlock::Encode() const {
  std::string value, packed;
  value.reserve(kHeaderBytes + entries_.size() + positions_.size() + 8);
  AppendRaw(&value, kPostingVersion);
  AppendRaw(&value, uint32_t{0});
  AppendSmall(&value, count_);
  ByteReader entries(entries_);
  for (uint32_t i = 0; i + kPackedCount <= count_; i += kPackedCount) EncodeGroup(i == 0, &entries, &value, &packed);
  value.append(packed);
  for (uint32_t i = count_ - count_ % kPackedCount; i < count_; ++i) {
    if (i > 0) AppendSmall(&value, entries.Varint());
    AppendCounts(ReadCounts(&entries), &value);
    entries.Varint();
  }
  value.append(positions_);
  const uint32_t checksum = ChecksumOf(std::string_view(value).substr(kHeaderBytes));
  std::memcpy(value.data() + 1, &checksum, sizeof checksum);
  return value;
}

void PostingBlock::Clear() {
  count_ = 0;
  entries_.clear();
  positions_.clear();
}

bool UnpackGroup(const PackedGroup& group, UnpackedGroup* out) {
  const char* at = group.data;
  const auto unpack = [&at](uint32_t bits, PackedArray* values) {
    Unpack(at, bits, values);
    at += PackedBytes(bits);
  };
  unpack(group.gap_bits, &out->numbers);
  unpack(group.title_bits, &out->title);
  unpack(group.section_bits, &out->section);
  unpack(group.body_bits, &out->body);
  uint64_t number = group.base;
  bool occur = true;
  for (size_t i = 0; i < kPackedCount; ++i) {
    number += out->numbers[i];
    out->numbers[i] = static_cast<ChunkNumber>(number);
    ++number;
    occur = occur && (out->title[i] | out->section[i] | out->body[i]) != 0;
  }
  return occur && number == uint64_t{group.last} + 1;
}

PostingBlockReader::PostingBlockReader(ChunkNumber first, std::string_view value) { Open(first, value); }

void PostingBlockReader::Open(ChunkNumber first, std::string_view value) {
  ByteReader reader(value);
  const auto version = reader.Raw<uint8_t>();
  const auto checksum = reader.Raw<uint32_t>();
  if (!reader.ok()) return Fail("cut short");
  if (version != kPostingVersion && version != kPostingVersionUnpacked) return Fail("unknown version");
  if (checksum != ChecksumOf(reader.rest())) return Fail("checksum does not match");
  const uint64_t count = reader.Varint();
  if (!reader.ok() || count == 0) return Fail("no postings");
  version == kPostingVersion ? OpenGroups(first, &reader, count) : OpenUnpacked(first, &reader, count);
}

// Version 1: for each posting the gap to the number before and its frequency; all in the body.
void PostingBlockReader::OpenUnpacked(ChunkNumber first, ByteReader* in, uint64_t count) {
  ByteReader numbers(in->String());
  uint64_t number = first;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t gap = i == 0 ? 0 : numbers.Varint();
    if (i > 0 && (gap == 0 || gap > kNumberMax)) return Fail("numbers do not ascend");
    number += gap;
    const uint64_t frequency = numbers.Varint();
    if (frequency > kCountMax) return Fail("impossible frequency");
    if (!AddToRest(number, {.body = static_cast<uint32_t>(frequency)})) return;
  }
  if (!numbers.done()) return Fail("bytes left over");
  positions_ = ByteReader(in->rest());
}

void PostingBlockReader::OpenGroups(ChunkNumber first, ByteReader* in, uint64_t count) {
  uint64_t base = first;
  const uint64_t groups = count / kPackedCount;
  for (uint64_t i = 0; i < groups; ++i) {
    base = ReadHeader(base, in);
    if (damage_ != nullptr) return;
  }
  for (PackedGroup& group : groups_) {
    group.data = in->Take(group.bytes()).data();
    if (!in->ok()) return Fail("cut short");
  }
  ReadRest(base, in, count % kPackedCount);
  positions_ = ByteReader(in->rest());
}

// The header of one group; gives the least number that may follow it.
uint64_t PostingBlockReader::ReadHeader(uint64_t base, ByteReader* in) {
  PackedGroup& group = groups_.emplace_back();
  group.base = base;
  const uint64_t span = in->Varint();
  for (uint8_t* bits : {&group.gap_bits, &group.title_bits, &group.section_bits, &group.body_bits}) {
    *bits = in->Raw<uint8_t>();
    if (*bits > 32) return Fail("impossible width"), base;
  }
  const uint64_t impacts = in->Varint();
  if (!in->ok() || impacts == 0 || impacts > Impacts::kMax) return Fail("impossible bounds"), base;
  for (uint64_t i = 0; i < impacts; ++i) {
    const uint64_t frequency = in->Varint();
    group.impacts.all[group.impacts.count++] = {frequency, in->Varint()};
  }
  if (!in->ok() || span > kNumberMax || base + span > kNumberMax) return Fail("numbers do not fit"), base;
  group.last = static_cast<ChunkNumber>(base + span);
  return base + span + 1;
}

void PostingBlockReader::ReadRest(uint64_t base, ByteReader* in, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t gap = i == 0 && groups_.empty() ? 0 : in->Varint();
    const FieldCounts counts = ReadCounts(in);
    if (gap > kNumberMax) return Fail("numbers do not ascend");
    if (!in->ok()) return Fail("cut short");
    if (!AddToRest(base + gap, counts)) return;
    base += gap + 1;
  }
}

bool PostingBlockReader::AddToRest(uint64_t number, const FieldCounts& counts) {
  if (number > kNumberMax) return Fail("numbers do not ascend"), false;
  if (counts.total() == 0 || counts.total() > kCountMax) return Fail("impossible frequency"), false;
  rest_.numbers.push_back(static_cast<ChunkNumber>(number));
  rest_.counts.push_back(counts);
  return true;
}

bool PostingBlockReader::Next() {
  const size_t packed = groups_.size() * kPackedCount;
  if (damage_ != nullptr || next_ == packed + rest_.size()) return false;
  const size_t at = next_++;
  if (at >= packed) {
    number_ = rest_.numbers[at - packed];
    counts_ = rest_.counts[at - packed];
    return true;
  }
  const size_t slot = at % kPackedCount;
  if (slot == 0 && !UnpackGroup(groups_[at / kPackedCount], &unpacked_)) return Fail("a group is damaged"), false;
  number_ = unpacked_.numbers[slot];
  counts_ = unpacked_.counts(slot);
  if (counts_.total() > kCountMax) return Fail("impossible frequency"), false;
  return true;
}

void PostingBlockReader::AppendPositions(std::vector<uint32_t>* out) {
  const uint64_t count = counts_.total();
  if (count > positions_.rest().size()) return Fail("positions cut short");
  uint64_t position = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t gap = positions_.Varint();
    position += gap;
    if ((gap == 0 && i > 0) || gap > kCountMax || position > kCountMax || !positions_.ok()) {
      return Fail("positions do not ascend");
    }
    out->push_back(static_cast<uint32_t>(position));
  }
}

void PostingBlockReader::Fail(const char* what) {
  if (damage_ == nullptr) damage_ = what;
}

Status PostingBlockReader::status() const {
  if (damage_ == nullptr) return {};
  return Status(Code::kCorruption, std::string("posting block: ") + damage_);
}

Status PostingBlockReader::Finished() const {
  QUIRE_RETURN_IF_ERROR(status());
  if (next_ == groups_.size() * kPackedCount + rest_.size() && positions_.done()) return {};
  return Status(Code::kCorruption, "posting block: bytes left over");
}

}  // namespace quire::text
