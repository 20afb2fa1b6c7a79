// StateReader: the public Reader over one DatabaseState.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/db/recall_gauge.h"
#include "engine/db/state.h"
#include "quire/database.h"

namespace quire::db {

class StateReader : public Reader {
 public:
  // `gauge`: told of vector searches; may be null.
  explicit StateReader(std::shared_ptr<const DatabaseState> state, std::shared_ptr<RecallGauge> gauge = nullptr)
      : state_(std::move(state)), gauge_(std::move(gauge)) {}

  Result<CollectionInfo> GetCollection(std::string_view name) const override;
  std::vector<CollectionInfo> ListCollections() const override;
  Result<std::vector<Hit>> Search(std::string_view collection, const SearchRequest& request) const override;
  Result<std::vector<std::vector<Hit>>> SearchBatch(std::string_view collection,
                                                    const std::vector<SearchRequest>& requests) const override;
  Result<Chunk> Get(std::string_view collection, ChunkNumber number, ChunkParts parts) const override;
  Result<std::optional<ChunkNumber>> Find(std::string_view collection, std::string_view id) const override;
  Result<std::unique_ptr<ChunkCursor>> Scan(std::string_view collection, const Filter& filter,
                                            ChunkParts parts) const override;
  Result<uint64_t> Count(std::string_view collection, const Filter& filter) const override;
  Result<std::optional<Document>> GetDocument(std::string_view collection, std::string_view uri) const override;
  Result<std::vector<Document>> ListDocuments(std::string_view collection) const override;
  Result<uint64_t> DocumentFrequency(std::string_view collection, std::string_view word) const override;
  Result<WordScores> ScoreWords(std::string_view collection, std::string_view query,
                                const std::vector<ChunkNumber>& numbers) const override;

  const std::shared_ptr<const DatabaseState>& state() const { return state_; }

 private:
  std::shared_ptr<const DatabaseState> state_;
  std::shared_ptr<RecallGauge> gauge_;
};

// The record of a chunk. Errors: kNotFound, kCorruption.
Result<ChunkRecord> ReadChunk(const CollectionState& collection, const storage::Snapshot& snapshot, ChunkNumber number,
                              ChunkParts parts);
// What a decoded record does not say: its embedding if that is asked for, and NULL for columns that came later.
Status CompleteChunk(const CollectionState& collection, const storage::Snapshot& snapshot, ChunkParts parts,
                     Chunk* chunk);
// Adds a record that was read to parts.cost.
void CountRecord(std::string_view bytes, const ChunkParts& parts);
// kNotFound.
Status NoSuchChunk(const CollectionState& collection, ChunkNumber number);
// The number of an id, or nothing.
Result<std::optional<ChunkNumber>> FindChunk(const CollectionState& collection, const storage::Snapshot& snapshot,
                                             std::string_view id);
Result<std::optional<Document>> ReadDocument(const CollectionState& collection, const storage::Snapshot& snapshot,
                                             std::string_view uri);
// The chunks a filter keeps.
Result<filter::Bitmap> EvaluateFilter(const CollectionState& collection, const storage::Snapshot& snapshot,
                                      const Filter& filter);
// The words of a collection at this moment; `table` must outlive it.
text::WordSource WordsOf(const CollectionState& collection, const storage::Snapshot& snapshot, const ChunkTable& table);

}  // namespace quire::db
