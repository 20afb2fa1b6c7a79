#include "engine/db/reader.h"

#include "engine/codec/raw_vector.h"
#include "engine/db/attribute_cursor.h"
#include "engine/db/chunk_cursor.h"
#include "engine/db/columns.h"
#include "engine/db/retrieval.h"
#include "engine/storage/keys.h"

namespace quire::db {
Status NoSuchChunk(const CollectionState& collection, ChunkNumber number) {
  return Status(Code::kNotFound, "collection '" + collection.schema().name + "' has no chunk with number " +
                                     std::to_string(number));
}

Result<ChunkRecord> ReadChunk(const CollectionState& collection, const storage::Snapshot& snapshot, ChunkNumber number,
                              ChunkParts parts) {
  std::string bytes;
  QUIRE_ASSIGN_OR_RETURN(const bool found, snapshot.Get(storage::Family::kChunk,
                                                        storage::ChunkKey(collection.id(), number), &bytes));
  if (!found) return NoSuchChunk(collection, number);
  CountRecord(bytes, parts);
  ChunkRecord record;
  QUIRE_RETURN_IF_ERROR(DecodeChunk(bytes, number, parts, &record));
  QUIRE_RETURN_IF_ERROR(CompleteChunk(collection, snapshot, parts, &record.chunk));
  return record;
}

void CountRecord(std::string_view bytes, const ChunkParts& parts) {
  if (parts.cost == nullptr) return;
  ++parts.cost->chunks;
  parts.cost->bytes += bytes.size();
}

Status CompleteChunk(const CollectionState& collection, const storage::Snapshot& snapshot, ChunkParts parts,
                     Chunk* chunk) {
  chunk->attributes.resize(collection.schema().attributes.size());
  if (parts.embedding) {
    const index::Parameters parameters{.collection = collection.id(),
                                       .generation = collection.entry().generation,
                                       .dim = collection.schema().dim,
                                       .metric = collection.schema().metric,
                                       .raw = collection.schema().raw};
    QUIRE_ASSIGN_OR_RETURN(chunk->embedding, index::ReadVector(parameters, chunk->number, snapshot));
    if (parts.cost != nullptr) parts.cost->bytes += codec::RawBytes(parameters.raw, parameters.dim);
  }
  return {};
}

Result<std::optional<ChunkNumber>> FindChunk(const CollectionState& collection, const storage::Snapshot& snapshot,
                                             std::string_view id) {
  std::string bytes;
  QUIRE_ASSIGN_OR_RETURN(const bool found, snapshot.Get(storage::Family::kChunk,
                                                        storage::ChunkIdKey(collection.id(), id), &bytes));
  if (!found) return std::optional<ChunkNumber>();
  if (bytes.size() != sizeof(ChunkNumber)) {
    return Status(Code::kCorruption, "chunk '" + std::string(id) + "': its number is damaged", "run CHECK DATABASE");
  }
  return std::optional<ChunkNumber>(ReadBigEndian<ChunkNumber>(bytes));
}

Result<std::optional<Document>> ReadDocument(const CollectionState& collection, const storage::Snapshot& snapshot,
                                             std::string_view uri) {
  std::string bytes;
  QUIRE_ASSIGN_OR_RETURN(const bool found, snapshot.Get(storage::Family::kChunk,
                                                        storage::DocumentKey(collection.id(), uri), &bytes));
  if (!found) return std::optional<Document>();
  QUIRE_ASSIGN_OR_RETURN(Document document, DecodeDocument(bytes, uri));
  return std::optional<Document>(std::move(document));
}

namespace {

// Adds the ids of which a chunk must have one for `filter` to keep it; false if the filter does not say.
bool RequiredIds(const Filter& filter, std::vector<std::string>* ids) {
  if (filter.op() == Filter::Op::kAnd) return RequiredIds(filter.child(0), ids) || RequiredIds(filter.child(1), ids);
  const bool is_equality = filter.op() == Filter::Op::kEqual || filter.op() == Filter::Op::kIn;
  if (!is_equality || LowerCase(filter.column()) != "id") return false;
  for (const Value& value : filter.values()) {
    if (value.type() == Type::kText) ids->push_back(value.text());
  }
  return true;
}

// Where the attribute index keeps a column.
Result<std::pair<uint16_t, Type>> StoredColumn(const CollectionSchema& schema, std::string_view name) {
  const std::string lower = LowerCase(name);
  if (lower == "uri") return std::pair(filter::kUriColumn, Type::kText);
  for (size_t i = 0; i < schema.attributes.size(); ++i) {
    if (LowerCase(schema.attributes[i].name) != lower) continue;
    return std::pair(static_cast<uint16_t>(filter::kFirstAttribute + i), schema.attributes[i].type);
  }
  QUIRE_ASSIGN_OR_RETURN(const Type type, ColumnType(schema, name));
  return std::pair(filter::kNotIndexed, type);
}

}  // namespace

Result<filter::Bitmap> EvaluateFilter(const CollectionState& collection, const storage::Snapshot& snapshot,
                                      const Filter& filter) {
  QUIRE_ASSIGN_OR_RETURN(const auto table, collection.Table(snapshot));
  if (filter.op() == Filter::Op::kAll) return table->Live();
  // An id names its chunk: only that one is then looked at.
  filter::Bitmap candidates;
  if (std::vector<std::string> ids; RequiredIds(filter, &ids)) {
    for (const std::string& id : ids) {
      QUIRE_ASSIGN_OR_RETURN(const auto number, FindChunk(collection, snapshot, id));
      if (number) candidates.Add(*number);
    }
  } else {
    candidates = table->Live();
  }
  const CollectionSchema& schema = collection.schema();
  const auto column = [&](std::string_view name) { return StoredColumn(schema, name); };
  const auto read = [&](ChunkNumber number) -> Result<Chunk> {
    QUIRE_ASSIGN_OR_RETURN(ChunkRecord record, ReadChunk(collection, snapshot, number, {}));
    return std::move(record.chunk);
  };
  const auto value_of = [&](const Chunk& chunk, std::string_view name) { return ColumnValue(schema, chunk, name); };
  return filter::Evaluate(filter, {.collection = collection.id(),
                                   .snapshot = &snapshot,
                                   .live = &candidates,
                                   .column = column,
                                   .read = read,
                                   .value_of = value_of});
}

text::WordSource WordsOf(const CollectionState& collection, const storage::Snapshot& snapshot,
                         const ChunkTable& table) {
  return {.collection = collection.id(), .snapshot = &snapshot, .analyzer = &collection.analyzer(), .chunks = &table};
}

Result<CollectionInfo> StateReader::GetCollection(std::string_view name) const {
  QUIRE_ASSIGN_OR_RETURN(const auto collection, state_->Find(name));
  return collection->Info();
}

std::vector<CollectionInfo> StateReader::ListCollections() const {
  std::vector<CollectionInfo> list;
  for (const auto& [name, collection] : state_->collections) list.push_back(collection->Info());
  return list;
}

Result<std::vector<Hit>> StateReader::Search(std::string_view collection, const SearchRequest& request) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  return Retrieve(*found, *state_->snapshot, request,
                  [&](const std::vector<float>& vector, const std::vector<index::Neighbour>& neighbours, uint32_t k) {
                    if (gauge_) gauge_->Offer(state_, *found, vector, neighbours, k);
                  });
}

Result<std::vector<std::vector<Hit>>> StateReader::SearchBatch(std::string_view collection,
                                                               const std::vector<SearchRequest>& requests) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  return RetrieveBatch(*found, *state_->snapshot, requests,
                       [](const std::vector<float>&, const std::vector<index::Neighbour>&, uint32_t) {});
}

Result<Chunk> StateReader::Get(std::string_view collection, ChunkNumber number, ChunkParts parts) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  QUIRE_ASSIGN_OR_RETURN(ChunkRecord record, ReadChunk(*found, *state_->snapshot, number, parts));
  return std::move(record.chunk);
}

Result<std::optional<ChunkNumber>> StateReader::Find(std::string_view collection, std::string_view id) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  return FindChunk(*found, *state_->snapshot, id);
}

Result<std::unique_ptr<ChunkCursor>> StateReader::Scan(std::string_view collection, const Filter& filter,
                                                       ChunkParts parts) const {
  QUIRE_ASSIGN_OR_RETURN(auto found, state_->Find(collection));
  QUIRE_ASSIGN_OR_RETURN(const filter::Bitmap kept, EvaluateFilter(*found, *state_->snapshot, filter));
  const ChunkNumber end = found->counters().next_number;
  if (parts.attributes_only && ReadsAttributesOnly(*found, parts, kept.Count())) {
    return MakeAttributeCursor(state_, std::move(found), kept.ToWords(end), parts);
  }
  return MakeChunkCursor(state_, std::move(found), kept.ToWords(end), kept.Count(), parts);
}

Result<uint64_t> StateReader::Count(std::string_view collection, const Filter& filter) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  if (filter.op() == Filter::Op::kAll) return found->counters().chunks;
  QUIRE_ASSIGN_OR_RETURN(const filter::Bitmap kept, EvaluateFilter(*found, *state_->snapshot, filter));
  return kept.Count();
}

Result<std::optional<Document>> StateReader::GetDocument(std::string_view collection, std::string_view uri) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  return ReadDocument(*found, *state_->snapshot, uri);
}

Result<std::vector<Document>> StateReader::ListDocuments(std::string_view collection) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  const std::string prefix = storage::DocumentKey(found->id(), "");
  std::vector<Document> documents;
  storage::Cursor cursor = state_->snapshot->ScanPrefix(storage::Family::kChunk, prefix);
  for (; cursor.Valid(); cursor.Next()) {
    QUIRE_ASSIGN_OR_RETURN(Document document, DecodeDocument(cursor.value(), cursor.key().substr(prefix.size())));
    documents.push_back(std::move(document));
  }
  QUIRE_RETURN_IF_ERROR(cursor.status());
  return documents;
}

Result<uint64_t> StateReader::DocumentFrequency(std::string_view collection, std::string_view word) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  QUIRE_ASSIGN_OR_RETURN(const auto table, found->Table(*state_->snapshot));
  return text::DocumentFrequency(WordsOf(*found, *state_->snapshot, *table), word);
}

Result<Reader::WordScores> StateReader::ScoreWords(std::string_view collection, std::string_view query,
                                                   const std::vector<ChunkNumber>& numbers) const {
  QUIRE_ASSIGN_OR_RETURN(const auto found, state_->Find(collection));
  QUIRE_ASSIGN_OR_RETURN(const auto table, found->Table(*state_->snapshot));
  WordScores result;
  QUIRE_ASSIGN_OR_RETURN(result.scores, text::ScoreChunks(WordsOf(*found, *state_->snapshot, *table), query, numbers,
                                                          &result.upper_bound));
  return result;
}

}  // namespace quire::db
