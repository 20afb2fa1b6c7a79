#include "engine/db/overlay.h"

#include <unordered_set>

namespace quire::db {
namespace {

// A pending chunk as it reads.
Chunk AsChunk(const PendingChunk& pending, ChunkNumber number, ChunkParts parts) {
  Chunk chunk = pending.record->chunk;
  chunk.number = number;
  chunk.indexed_text.clear();
  if (!parts.text) chunk.text.clear();
  if (!parts.embedding) chunk.embedding.clear();
  return chunk;
}

// Committed chunks that the transaction left alone, then its own.
class OverlayCursor : public ChunkCursor {
 public:
  OverlayCursor(std::unique_ptr<ChunkCursor> base, std::unordered_set<ChunkNumber> replaced, std::vector<Chunk> own)
      : base_(std::move(base)), replaced_(std::move(replaced)), own_(std::move(own)) {}

  Result<bool> Next(Chunk* chunk) override {
    while (base_) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, base_->Next(chunk));
      if (!more) base_.reset();
      if (more && !replaced_.contains(chunk->number)) return true;
    }
    if (next_ == own_.size()) return false;
    *chunk = std::move(own_[next_++]);
    return true;
  }

 private:
  std::unique_ptr<ChunkCursor> base_;
  std::unordered_set<ChunkNumber> replaced_;
  std::vector<Chunk> own_;
  size_t next_ = 0;
};

}  // namespace

Result<filter::Bitmap> EvaluatePending(const PendingCollection& changes, const Filter& filter) {
  filter::Bitmap candidates;
  for (size_t i = 0; i < changes.order.size(); ++i) {
    if (changes.chunks.at(changes.order[i]).record) candidates.Add(static_cast<ChunkNumber>(kProvisional + i));
  }
  const CollectionSchema& schema = changes.state->schema();
  const auto column = [&](std::string_view name) -> Result<std::pair<uint16_t, Type>> {
    QUIRE_ASSIGN_OR_RETURN(const Type type, ColumnType(schema, name));
    return std::pair(filter::kNotIndexed, type);
  };
  const auto read = [&](ChunkNumber number) -> Result<Chunk> {
    return AsChunk(changes.chunks.at(changes.order[number - kProvisional]), number, {});
  };
  const auto value_of = [&](const Chunk& chunk, std::string_view name) { return ColumnValue(schema, chunk, name); };
  return filter::Evaluate(filter, {.collection = changes.state->id(),
                                   .snapshot = nullptr,
                                   .live = &candidates,
                                   .column = column,
                                   .read = read,
                                   .value_of = value_of});
}

OverlayReader::OverlayReader(std::shared_ptr<const DatabaseState> state, std::shared_ptr<const Pending> pending)
    : StateReader(std::move(state)), pending_(std::move(pending)) {}

Result<const PendingCollection*> OverlayReader::Changes(std::string_view collection) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state()->Find(collection));
  return pending_->Find(found->id());
}

Result<CollectionInfo> OverlayReader::GetCollection(std::string_view name) const {
  QUIRE_ASSIGN_OR_RETURN(CollectionInfo info, StateReader::GetCollection(name));
  QUIRE_ASSIGN_OR_RETURN(const PendingCollection* changes, Changes(name));
  if (changes) info.chunks = static_cast<uint64_t>(static_cast<int64_t>(info.chunks) + changes->added);
  return info;
}

std::vector<CollectionInfo> OverlayReader::ListCollections() const {
  std::vector<CollectionInfo> list = StateReader::ListCollections();
  for (CollectionInfo& info : list) {
    if (auto changed = GetCollection(info.schema.name); changed.ok()) info = std::move(changed).value();
  }
  return list;
}

Result<std::vector<std::vector<Hit>>> OverlayReader::SearchBatch(std::string_view collection,
                                                                 const std::vector<SearchRequest>& requests) const {
  std::vector<std::vector<Hit>> answers(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    QUIRE_ASSIGN_OR_RETURN(answers[i], Search(collection, requests[i]));
  }
  return answers;
}

Result<std::vector<Hit>> OverlayReader::Search(std::string_view collection, const SearchRequest& request) const {
  QUIRE_ASSIGN_OR_RETURN(const PendingCollection* changes, Changes(collection));
  if (!changes) return StateReader::Search(collection, request);
  if (request.mode == SearchMode::kVector) return SearchVectors(*changes, request);
  return Status(Code::kUnsupported, "collection '" + std::string(collection) +
                                        "' has uncommitted changes: a search by words sees them once they are committed",
                "COMMIT first, or search by vector alone: SIMILAR(text, '...', mode => 'vector')");
}

Result<Chunk> OverlayReader::ReadPending(std::string_view collection, const PendingChunk& pending, ChunkNumber number,
                                         ChunkParts parts) const {
  Chunk chunk = AsChunk(pending, number, parts);
  if (parts.embedding && pending.keeps_number) {
    QUIRE_ASSIGN_OR_RETURN(Chunk stored, StateReader::Get(collection, pending.base->chunk.number, parts));
    chunk.embedding = std::move(stored.embedding);
  }
  return chunk;
}

Result<Chunk> OverlayReader::Get(std::string_view collection, ChunkNumber number, ChunkParts parts) const {
  if (number < kProvisional) return StateReader::Get(collection, number, parts);
  QUIRE_ASSIGN_OR_RETURN(const PendingCollection* changes, Changes(collection));
  const size_t place = number - kProvisional;
  if (changes && place < changes->order.size()) {
    const PendingChunk& pending = changes->chunks.at(changes->order[place]);
    if (pending.record) return ReadPending(collection, pending, number, parts);
  }
  return Status(Code::kNotFound, "collection '" + std::string(collection) + "' has no chunk with number " +
                                     std::to_string(number));
}

Result<std::optional<ChunkNumber>> OverlayReader::Find(std::string_view collection, std::string_view id) const {
  QUIRE_ASSIGN_OR_RETURN(const PendingCollection* changes, Changes(collection));
  if (changes && changes->chunks.contains(std::string(id))) {
    for (size_t i = 0; i < changes->order.size(); ++i) {
      if (changes->order[i] != id) continue;
      if (!changes->chunks.at(changes->order[i]).record) return std::optional<ChunkNumber>();
      return std::optional(static_cast<ChunkNumber>(kProvisional + i));
    }
  }
  return StateReader::Find(collection, id);
}

Result<std::unique_ptr<ChunkCursor>> OverlayReader::Scan(std::string_view collection, const Filter& filter,
                                                         ChunkParts parts) const {
  QUIRE_ASSIGN_OR_RETURN(auto base, StateReader::Scan(collection, filter, parts));
  QUIRE_ASSIGN_OR_RETURN(const PendingCollection* changes, Changes(collection));
  if (!changes) return base;
  QUIRE_ASSIGN_OR_RETURN(const filter::Bitmap kept, EvaluatePending(*changes, filter));
  std::unordered_set<ChunkNumber> replaced;
  std::vector<Chunk> own;
  for (size_t i = 0; i < changes->order.size(); ++i) {
    const PendingChunk& pending = changes->chunks.at(changes->order[i]);
    if (pending.base) replaced.insert(pending.base->chunk.number);
    const auto number = static_cast<ChunkNumber>(kProvisional + i);
    if (!kept.Contains(number)) continue;
    QUIRE_ASSIGN_OR_RETURN(own.emplace_back(), ReadPending(collection, pending, number, parts));
  }
  return std::unique_ptr<ChunkCursor>(
      std::make_unique<OverlayCursor>(std::move(base), std::move(replaced), std::move(own)));
}

Result<uint64_t> OverlayReader::Count(std::string_view collection, const Filter& filter) const {
  QUIRE_ASSIGN_OR_RETURN(const PendingCollection* changes, Changes(collection));
  if (!changes) return StateReader::Count(collection, filter);
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, Scan(collection, filter, {.text = false, .embedding = false}));
  uint64_t count = 0;
  for (Chunk chunk;; ++count) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) return count;
  }
}

Result<std::optional<Document>> OverlayReader::GetDocument(std::string_view collection, std::string_view uri) const {
  QUIRE_ASSIGN_OR_RETURN(const PendingCollection* changes, Changes(collection));
  if (changes) {
    const auto found = changes->documents.find(std::string(uri));
    if (found != changes->documents.end()) return found->second;
  }
  return StateReader::GetDocument(collection, uri);
}

Result<std::vector<Document>> OverlayReader::ListDocuments(std::string_view collection) const {
  QUIRE_ASSIGN_OR_RETURN(const PendingCollection* changes, Changes(collection));
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Document> stored, StateReader::ListDocuments(collection));
  if (!changes) return stored;
  std::map<std::string, Document> merged;
  for (const Document& document : stored) merged[document.uri] = document;
  for (const auto& [uri, document] : changes->documents) {
    merged.erase(uri);
    if (document) merged[uri] = *document;
  }
  std::vector<Document> list;
  list.reserve(merged.size());
  for (auto& [uri, document] : merged) list.push_back(std::move(document));
  return list;
}

}  // namespace quire::db
