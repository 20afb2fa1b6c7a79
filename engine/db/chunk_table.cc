#include "engine/db/chunk_table.h"

#include <bit>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/storage/keys.h"

namespace quire::db {
namespace {

constexpr uint8_t kBlockVersion = 2;
constexpr uint8_t kVersionWithoutFields = 1;  // read as well: all words are the body's

}  // namespace

// version u8 | live bits | of each live number its lengths, varints: body, title, section | XXH3-64 of all before
std::string ChunkTable::Encode(const Stored& block) {
  std::string out;
  AppendRaw(&out, kBlockVersion);
  AppendRaw(&out, block.live);
  for (uint32_t i = 0; i < kBlockSize; ++i) {
    if (!(block.live[i / 64] >> (i % 64) & 1)) continue;
    AppendVarint(&out, block.lengths[i].body);
    AppendVarint(&out, block.lengths[i].title);
    AppendVarint(&out, block.lengths[i].section);
  }
  AppendRaw(&out, Hash64(out));
  return out;
}

bool ChunkTable::Decode(std::string_view bytes, Stored* block) {
  if (bytes.size() < sizeof(uint64_t)) return false;
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(uint64_t));
  if (ByteReader(bytes.substr(body.size())).Raw<uint64_t>() != Hash64(body)) return false;
  ByteReader in(body);
  const auto version = in.Raw<uint8_t>();
  if (version != kBlockVersion && version != kVersionWithoutFields) return false;
  block->live = in.Raw<decltype(block->live)>();
  for (uint32_t i = 0; i < kBlockSize; ++i) {
    if (!(block->live[i / 64] >> (i % 64) & 1)) continue;
    block->lengths[i].body = static_cast<uint32_t>(in.Varint());
    if (version == kVersionWithoutFields) continue;
    block->lengths[i].title = static_cast<uint16_t>(in.Varint());
    block->lengths[i].section = static_cast<uint16_t>(in.Varint());
  }
  return in.done();
}

Result<ChunkTable> ChunkTable::Load(uint32_t collection, const storage::Snapshot& snapshot) {
  ChunkTable table;
  const std::string prefix = storage::CollectionPrefix('L', collection);
  storage::Cursor cursor = snapshot.ScanPrefix(storage::Family::kChunk, prefix);
  for (; cursor.Valid(); cursor.Next()) {
    const std::string_view rest = cursor.key().substr(prefix.size());
    auto block = std::make_shared<Stored>();
    const uint32_t index = rest.size() == sizeof(uint32_t) ? ReadBigEndian<uint32_t>(rest) : ~0u;
    if (index > ~0u / kBlockSize || !Decode(cursor.value(), block.get())) {
      return Status(Code::kCorruption, "chunk table of collection number " + std::to_string(collection) + ": block " +
                                           std::to_string(index) + " is damaged", "run CHECK DATABASE");
    }
    if (table.blocks_.size() <= index) table.blocks_.resize(index + 1);
    for (const uint64_t word : block->live) table.live_count_ += static_cast<uint64_t>(std::popcount(word));
    for (const text::FieldLengths& lengths : block->lengths) {
      table.total_length_ += lengths.total();
      table.total_quarters_ += text::Quarters(lengths);
    }
    table.blocks_[index] = std::move(block);
  }
  QUIRE_RETURN_IF_ERROR(cursor.status());
  return table;
}

text::ChunkLengths::Block ChunkTable::BlockOf(uint32_t index) const {
  if (index >= blocks_.size() || !blocks_[index]) return {};
  return {blocks_[index]->live.data(), blocks_[index]->lengths.data()};
}

ChunkTable::Stored& ChunkTable::Own(uint32_t index) {
  if (blocks_.size() <= index) blocks_.resize(index + 1);
  std::shared_ptr<const Stored>& block = blocks_[index];
  if (changed_.insert(index).second) block = block ? std::make_shared<Stored>(*block) : std::make_shared<Stored>();
  return const_cast<Stored&>(*block);  // made just above, or since the last Write: nobody else has it yet
}

void ChunkTable::Add(ChunkNumber number, const text::FieldLengths& lengths) {
  Stored& block = Own(number / kBlockSize);
  const uint32_t slot = number % kBlockSize;
  block.live[slot / 64] |= uint64_t{1} << (slot % 64);
  block.lengths[slot] = lengths;
  ++live_count_;
  total_length_ += lengths.total();
  total_quarters_ += text::Quarters(lengths);
}

void ChunkTable::Remove(ChunkNumber number) {
  Stored& block = Own(number / kBlockSize);
  const uint32_t slot = number % kBlockSize;
  block.live[slot / 64] &= ~(uint64_t{1} << (slot % 64));
  total_length_ -= block.lengths[slot].total();
  total_quarters_ -= text::Quarters(block.lengths[slot]);
  block.lengths[slot] = {};
  --live_count_;
}

void ChunkTable::Write(uint32_t collection, storage::Batch* batch) {
  for (const uint32_t index : changed_) {
    batch->Put(storage::Family::kChunk, storage::ChunkTableKey(collection, index), Encode(*blocks_[index]));
  }
  changed_.clear();
}

std::vector<uint64_t> ChunkTable::LiveWords() const {
  std::vector<uint64_t> words(blocks_.size() * (kBlockSize / 64));
  for (size_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i]) std::copy(blocks_[i]->live.begin(), blocks_[i]->live.end(), words.begin() + static_cast<long>(i * 16));
  }
  return words;
}

filter::Bitmap ChunkTable::Live() const { return filter::Bitmap::FromWords(LiveWords()); }

}  // namespace quire::db
