#include "engine/db/chunk_cursor.h"

#include <utility>

#include "engine/db/reader.h"
#include "engine/storage/keys.h"

namespace quire::db {
namespace {

constexpr uint64_t kWorthWhile = 16;       // one chunk in so many is wanted: reading on is cheaper than seeking
constexpr int kSteps = 2 * kWorthWhile;    // over chunks that are not wanted, before one is sought
constexpr uint64_t kCachedChunks = 65'536;  // a longer scan leaves the block cache alone

class FetchingCursor : public ChunkCursor {
 public:
  FetchingCursor(std::shared_ptr<const DatabaseState> state, std::shared_ptr<const CollectionState> collection,
                 std::vector<uint64_t> words, ChunkParts parts)
      : state_(std::move(state)), collection_(std::move(collection)), numbers_(std::move(words)), parts_(parts) {}

  Result<bool> Next(Chunk* chunk) override {
    const std::optional<ChunkNumber> number = numbers_.Next();
    if (!number) return false;
    auto record = ReadChunk(*collection_, *state_->snapshot, *number, parts_);
    if (!record.ok()) {
      numbers_.Stop();
      return std::move(record).status();
    }
    *chunk = std::move(record->chunk);
    return true;
  }

 private:
  std::shared_ptr<const DatabaseState> state_;
  std::shared_ptr<const CollectionState> collection_;
  NumberWalk numbers_;
  const ChunkParts parts_;
};

class SequentialCursor : public ChunkCursor {
 public:
  SequentialCursor(std::shared_ptr<const DatabaseState> state, std::shared_ptr<const CollectionState> collection,
                   std::vector<uint64_t> words, uint64_t kept, ChunkParts parts)
      : state_(std::move(state)),
        collection_(std::move(collection)),
        numbers_(std::move(words)),
        parts_(parts),
        records_(state_->snapshot->Scan(storage::Family::kChunk, storage::ChunkKey(collection_->id(), 0),
                                        storage::ChunkKey(collection_->id(), static_cast<ChunkNumber>(numbers_.end())),
                                        kept > kCachedChunks ? storage::Caching::kBypass : storage::Caching::kFill)) {}

  Result<bool> Next(Chunk* chunk) override {
    const std::optional<ChunkNumber> number = numbers_.Next();
    if (!number) return false;
    Status status = Read(*number, chunk);
    if (status.ok()) return true;
    numbers_.Stop();
    return status;
  }

 private:
  Status Read(ChunkNumber number, Chunk* chunk) {
    const std::string key = storage::ChunkKey(collection_->id(), number);
    for (int step = 0; step < kSteps && records_.Valid() && records_.key() < key; ++step) records_.Next();
    if (records_.Valid() && records_.key() < key) records_.Seek(key);
    QUIRE_RETURN_IF_ERROR(records_.status());
    if (!records_.Valid() || records_.key() != key) return NoSuchChunk(*collection_, number);
    CountRecord(records_.value(), parts_);
    std::swap(record_.chunk, *chunk);  // its strings have room already
    QUIRE_RETURN_IF_ERROR(DecodeChunk(records_.value(), number, parts_, &record_));
    std::swap(record_.chunk, *chunk);
    return CompleteChunk(*collection_, *state_->snapshot, parts_, chunk);
  }

  std::shared_ptr<const DatabaseState> state_;
  std::shared_ptr<const CollectionState> collection_;
  NumberWalk numbers_;
  const ChunkParts parts_;
  storage::Cursor records_;
  ChunkRecord record_;
};

}  // namespace

std::unique_ptr<ChunkCursor> MakeChunkCursor(std::shared_ptr<const DatabaseState> state,
                                             std::shared_ptr<const CollectionState> collection,
                                             std::vector<uint64_t> words, uint64_t kept, ChunkParts parts) {
  if (kept * kWorthWhile < collection->counters().next_number) {
    return std::make_unique<FetchingCursor>(std::move(state), std::move(collection), std::move(words), parts);
  }
  return std::make_unique<SequentialCursor>(std::move(state), std::move(collection), std::move(words), kept, parts);
}

}  // namespace quire::db
