// Search by vector in a transaction: what is committed by its index, the transaction's own chunks one by one; their distances
// are what they will be once they are committed.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "engine/codec/raw_vector.h"
#include "engine/db/overlay.h"
#include "engine/db/retrieval.h"

namespace quire::db {

Result<std::vector<float>> OverlayReader::QueryVector(const CollectionState& collection,
                                                      const SearchRequest& request) const {
  if (!request.vector.empty()) return request.vector;
  QUIRE_ASSIGN_OR_RETURN(const auto embedder, collection.EmbedderOf(collection.entry().generation, *state()->snapshot));
  if (embedder == nullptr) {
    return Status(Code::kInvalidArgument, "collection '" + collection.schema().name + "' has no embedder");
  }
  std::vector<float> vector(collection.schema().dim);
  const std::string_view text = request.text;
  QUIRE_RETURN_IF_ERROR(embedder->Embed({&text, 1}, Embedder::Role::kQuery, vector));
  return vector;
}

Result<std::vector<float>> OverlayReader::PendingVector(const CollectionState& collection,
                                                        const PendingChunk& pending) const {
  const Chunk& chunk = pending.record->chunk;
  if (!chunk.embedding.empty()) return chunk.embedding;
  if (pending.keeps_number) {
    const std::string& name = collection.schema().name;
    QUIRE_ASSIGN_OR_RETURN(Chunk stored, StateReader::Get(name, pending.base->chunk.number,
                                                         {.text = false, .embedding = true}));
    return std::move(stored.embedding);
  }
  QUIRE_ASSIGN_OR_RETURN(const auto embedder, collection.EmbedderOf(collection.entry().generation, *state()->snapshot));
  if (embedder == nullptr) {
    return Status(Code::kInvalidArgument, "chunk '" + chunk.id + "' must bring its embedding");
  }
  std::vector<float> vector(collection.schema().dim);
  const std::string_view text = chunk.indexed_text;
  QUIRE_RETURN_IF_ERROR(embedder->Embed({&text, 1}, Embedder::Role::kDocument, vector));
  return vector;
}

Result<std::vector<Hit>> OverlayReader::SearchVectors(const PendingCollection& changes,
                                                      const SearchRequest& request) const {
  const CollectionState& collection = *changes.state;
  const CollectionSchema& schema = collection.schema();
  if (request.distinct) {
    return Status(Code::kUnsupported, "collection '" + schema.name + "' has uncommitted changes: near duplicates are told from committed texts",
                  "COMMIT first");
  }
  std::unordered_set<ChunkNumber> replaced;
  for (const auto& [id, pending] : changes.chunks) {
    if (pending.base) replaced.insert(pending.base->chunk.number);
  }
  SearchRequest wider = request;
  wider.k = static_cast<uint32_t>(std::min<uint64_t>(uint64_t{request.k} + replaced.size(), kMaxResults));
  QUIRE_ASSIGN_OR_RETURN(std::vector<Hit> hits, StateReader::Search(schema.name, wider));
  const bool cut = hits.size() == wider.k && wider.k < uint64_t{request.k} + replaced.size();
  std::erase_if(hits, [&](const Hit& hit) { return replaced.contains(hit.number); });
  if (cut && hits.size() < request.k) {
    return Status(Code::kUnsupported,
                  "collection '" + schema.name + "' has too many uncommitted changes for this search", "COMMIT first");
  }
  QUIRE_ASSIGN_OR_RETURN(const std::vector<float> vector, QueryVector(collection, request));
  const codec::ExactQuery query(schema.metric, vector);
  QUIRE_ASSIGN_OR_RETURN(const filter::Bitmap kept, EvaluatePending(changes, request.filter));
  std::string stored;
  for (size_t i = 0; i < changes.order.size(); ++i) {
    const auto number = static_cast<ChunkNumber>(kProvisional + i);
    if (!kept.Contains(number)) continue;
    if (request.cancelled != nullptr && request.cancelled->load(std::memory_order_relaxed)) {
      return Status(Code::kCancelled, "search cancelled");
    }
    QUIRE_ASSIGN_OR_RETURN(const std::vector<float> own,
                           PendingVector(collection, changes.chunks.at(changes.order[i])));
    if (own.size() != vector.size()) return Status(Code::kInternal, "a pending chunk has no vector");
    stored.clear();
    codec::AppendRawVector(schema.raw, own, &stored);
    Hit hit;
    hit.number = number;
    hit.distance = query.Distance(schema.raw, reinterpret_cast<const uint8_t*>(stored.data()));
    hit.score = ScoreOfDistance(schema.metric, hit.distance);
    if (hit.score >= request.min_score) hits.push_back(hit);
  }
  // Ties as they will be: a chunk of which only attributes changed keeps its number.
  const auto later_number = [&](ChunkNumber number) {
    if (number < kProvisional) return number;
    const PendingChunk& pending = changes.chunks.at(changes.order[number - kProvisional]);
    return pending.keeps_number ? pending.base->chunk.number : number;
  };
  std::sort(hits.begin(), hits.end(), [&](const Hit& a, const Hit& b) {
    return std::pair(a.distance, later_number(a.number)) < std::pair(b.distance, later_number(b.number));
  });
  if (hits.size() > request.k) hits.resize(request.k);
  for (size_t i = 0; i < hits.size(); ++i) hits[i].vector_rank = static_cast<uint32_t>(i + 1);
  return hits;
}

}  // namespace quire::db
