// OverlayReader: the database as a transaction will leave it. Pending chunks have provisional numbers, which no committed
// chunk ever has.
#pragma once

#include <memory>

#include "engine/db/pending.h"
#include "engine/db/reader.h"

namespace quire::db {

inline constexpr ChunkNumber kProvisional = 0x8000'0000;  // the first one; also the end of the committed ones

// The provisional numbers of the pending chunks that a filter keeps. No index knows them: each is looked at.
Result<filter::Bitmap> EvaluatePending(const PendingCollection& changes, const Filter& filter);

class OverlayReader : public StateReader {
 public:
  OverlayReader(std::shared_ptr<const DatabaseState> state, std::shared_ptr<const Pending> pending);

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

 private:
  // The changes to a collection, or null.
  Result<const PendingCollection*> Changes(std::string_view collection) const;

  Result<Chunk> ReadPending(std::string_view collection, const PendingChunk& pending, ChunkNumber number,
                            ChunkParts parts) const;
  // A search of kVector. The committed chunks by the index, the pending ones one by one.
  Result<std::vector<Hit>> SearchVectors(const PendingCollection& changes, const SearchRequest& request) const;
  Result<std::vector<float>> QueryVector(const CollectionState& collection, const SearchRequest& request) const;
  Result<std::vector<float>> PendingVector(const CollectionState& collection, const PendingChunk& pending) const;

  std::shared_ptr<const Pending> pending_;
};

}  // namespace quire::db
