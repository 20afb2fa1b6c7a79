#include "engine/text/posting_block.h"

#include <limits>

#include "engine/base/hash.h"

namespace quire::text {
namespace {

constexpr size_t kHeaderBytes = 1 + sizeof(uint32_t);  // version, checksum

uint32_t ChecksumOf(std::string_view payload) { return static_cast<uint32_t>(Hash64(payload)); }

}  // namespace

void PostingBlock::Add(ChunkNumber number, std::span<const uint32_t> positions) {
  if (count_ == 0) {
    first_ = number;
  } else {
    AppendVarint(&numbers_, number - last_);
  }
  AppendVarint(&numbers_, positions.size());
  uint32_t previous = 0;
  for (uint32_t position : positions) {
    AppendVarint(&positions_, position - previous);
    previous = position;
  }
  last_ = number;
  ++count_;
}

std::string PostingBlock::Encode() const {
  std::string payload;
  payload.reserve(numbers_.size() + positions_.size() + 12);
  AppendVarint(&payload, count_);
  AppendString(&payload, numbers_);
  payload.append(positions_);
  std::string value;
  value.reserve(kHeaderBytes + payload.size());
  AppendRaw(&value, kPostingVersion);
  AppendRaw(&value, ChecksumOf(payload));
  return value.append(payload);
}

void PostingBlock::Clear() { *this = PostingBlock(); }

PostingBlockReader::PostingBlockReader(ChunkNumber first, std::string_view value) : number_(first) { Open(value); }

void PostingBlockReader::Open(std::string_view value) {
  ByteReader reader(value);
  const auto version = reader.Raw<uint8_t>();
  const auto checksum = reader.Raw<uint32_t>();
  if (!reader.ok()) return Fail("cut short");
  if (version != kPostingVersion) return Fail("unknown version");
  if (checksum != ChecksumOf(reader.rest())) return Fail("checksum does not match");
  left_ = reader.Varint();
  numbers_ = ByteReader(reader.String());
  if (!reader.ok() || left_ == 0) return Fail("no postings");
  positions_ = ByteReader(reader.rest());
}

bool PostingBlockReader::Next() {
  if (damage_ != nullptr || left_ == 0) return false;
  --left_;
  if (begun_) {
    const uint64_t gap = numbers_.Varint();
    if (gap == 0 || gap > std::numeric_limits<ChunkNumber>::max() - number_)
      return Fail("numbers do not ascend"), false;
    number_ += static_cast<ChunkNumber>(gap);
  }
  begun_ = true;
  const uint64_t count = numbers_.Varint();
  if (count == 0 || count > std::numeric_limits<uint32_t>::max()) return Fail("impossible frequency"), false;
  count_ = static_cast<uint32_t>(count);
  return true;
}

void PostingBlockReader::AppendPositions(std::vector<uint32_t>* out) {
  if (count_ > positions_.rest().size()) return Fail("positions cut short");
  uint64_t position = 0;
  for (uint32_t i = 0; i < count_; ++i) {
    const uint64_t gap = positions_.Varint();
    position += gap;
    if ((gap == 0 && i > 0) || gap > std::numeric_limits<uint32_t>::max() ||
        position > std::numeric_limits<uint32_t>::max() || !positions_.ok()) {
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
  if (numbers_.done() && positions_.done()) return {};
  return Status(Code::kCorruption, "posting block: bytes left over");
}

}  // namespace quire::text
