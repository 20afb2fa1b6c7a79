#include "engine/db/collection_writer.h"

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/codec/raw_vector.h"
#include "engine/db/columns.h"
#include "engine/db/overlay.h"
#include "engine/db/reader.h"
#include "engine/storage/keys.h"

namespace quire::db {

using storage::Family;

bool HasVectors(const CollectionState& now, const PendingCollection& pending) {
  for (const auto& [id, chunk] : pending.chunks) {
    if (!chunk.record || chunk.keeps_number) continue;
    for (const uint32_t generation : now.WrittenGenerations()) {
      if (!chunk.vectors.contains(generation)) return false;
    }
  }
  return true;
}

Status CollectionWriter::CheckUnchanged(const std::string& id, const PendingChunk& chunk) const {
  QUIRE_ASSIGN_OR_RETURN(const auto number, FindChunk(current_, snapshot_, id));
  bool same = number.has_value() == chunk.base.has_value();
  if (same && number) {
    QUIRE_ASSIGN_OR_RETURN(const ChunkRecord now, ReadChunk(current_, snapshot_, *number, {.text = false}));
    same = *number == chunk.base->chunk.number && now.revision == chunk.base->revision;
  }
  if (same) return {};
  return Status(Code::kConflict, "collection '" + current_.schema().name + "': chunk '" + Printable(id) +
                                     "' was changed by another transaction", "run the transaction again");
}

// A document that another transaction wrote meanwhile may have chunks that this one knows nothing of.
Status CollectionWriter::CheckDocuments(const PendingCollection& pending) const {
  const auto bytes_of = [](const std::optional<Document>& document) { return document ? EncodeDocument(*document) : std::string(); };
  for (const auto& [uri, before] : pending.documents_before) {
    QUIRE_ASSIGN_OR_RETURN(const auto now, ReadDocument(current_, snapshot_, uri));
    if (bytes_of(now) == bytes_of(before)) continue;
    return Status(Code::kConflict, "collection '" + current_.schema().name + "': document '" + Printable(uri) +
                                       "' was changed by another transaction", "run the transaction again");
  }
  return {};
}

void CollectionWriter::RemoveBase(const PendingChunk& chunk) {
  const Chunk& old = chunk.base->chunk;
  batch_->Delete(Family::kChunk, storage::ChunkKey(current_.id(), old.number));
  if (!chunk.record) batch_->Delete(Family::kChunk, storage::ChunkIdKey(current_.id(), old.id));
  ForEachIndexed(old, [&](uint16_t column, const Value& value) { attributes_.Remove(column, value, old.number); });
  table_.Remove(old.number);
  removals_.push_back(old.number);
  if (!old.uri.empty()) ++documents_[old.uri].removed;
}

Status CollectionWriter::AddRecord(const PendingChunk& chunk) {
  if (counters_.next_number == kProvisional) {
    return Status(Code::kResourceExhausted, "collection '" + current_.schema().name + "' has used all of its 2^31 numbers",
                  "copy it into a new one");
  }
  const ChunkNumber number = counters_.next_number++;
  const Chunk& added = chunk.record->chunk;
  new_ids_.emplace_back(added.id, number);
  batch_->Put(Family::kChunk, storage::ChunkKey(current_.id(), number), EncodeChunk(*chunk.record));
  ForEachIndexed(added, [&](uint16_t column, const Value& value) { attributes_.Add(column, value, number); });
  postings_.Add(number, chunk.words);
  table_.Add(number, chunk.words.lengths);
  for (const uint32_t generation : current_.WrittenGenerations()) {
    insertions_[generation].push_back({.number = number, .vector = chunk.vectors.at(generation)});
  }
  if (!added.uri.empty()) {
    DocumentTally& tally = documents_[added.uri];
    ++tally.added;
    tally.title = added.title;
  }
  return {};
}

// In the order of their keys, which is what writing them costs least in.
void CollectionWriter::WriteIds() {
  std::sort(new_ids_.begin(), new_ids_.end());
  std::string bytes;
  for (const auto& [id, number] : new_ids_) {
    bytes.clear();
    AppendBigEndian(&bytes, number);
    batch_->Put(Family::kChunk, storage::ChunkIdKey(current_.id(), id), bytes);
  }
}

void CollectionWriter::RewriteRecord(const PendingChunk& chunk) {
  const Chunk& old = chunk.base->chunk;
  const Chunk& now = chunk.record->chunk;
  batch_->Put(Family::kChunk, storage::ChunkKey(current_.id(), old.number), EncodeChunk(*chunk.record));
  ForEachIndexed(old, [&](uint16_t column, const Value& value) { attributes_.Remove(column, value, old.number); });
  ForEachIndexed(now, [&](uint16_t column, const Value& value) { attributes_.Add(column, value, old.number); });
  if (old.uri == now.uri) return;  // other attributes do not make the document another one
  if (!old.uri.empty()) ++documents_[old.uri].removed;
  if (!now.uri.empty()) {
    ++documents_[now.uri].added;
    documents_[now.uri].title = now.title;
  }
}

void CollectionWriter::PutDocument(const Document& document, bool is_new) {
  batch_->Put(Family::kChunk, storage::DocumentKey(current_.id(), document.uri), EncodeDocument(document));
  if (is_new) ++counters_.documents;
}

Status CollectionWriter::WriteDocuments(const PendingCollection& pending) {
  for (const auto& [uri, document] : pending.documents) {
    QUIRE_ASSIGN_OR_RETURN(const auto before, ReadDocument(current_, snapshot_, uri));
    if (document) {
      PutDocument(*document, !before);
    } else if (before) {
      batch_->Delete(Family::kChunk, storage::DocumentKey(current_.id(), uri));
      --counters_.documents;
    }
  }
  for (const auto& [uri, tally] : documents_) {
    if (!pending.documents.contains(uri)) QUIRE_RETURN_IF_ERROR(WriteImplicitDocument(uri));
  }
  return {};
}

// Chunks of this document were changed one by one. It is there as long as it has chunks, and what its source was is no
// longer known: the next load of that source must not find it unchanged.
Status CollectionWriter::WriteImplicitDocument(const std::string& uri) {
  const DocumentTally& tally = documents_[uri];
  QUIRE_ASSIGN_OR_RETURN(const auto before, ReadDocument(current_, snapshot_, uri));
  if (!before) {
    if (tally.added > 0) PutDocument({.uri = uri, .title = tally.title}, true);
    return {};
  }
  QUIRE_ASSIGN_OR_RETURN(const filter::Bitmap chunks,
                         filter::FindEqual(current_.id(), filter::kUriColumn, Value::Text(uri), snapshot_));
  if (static_cast<int64_t>(chunks.Count()) + tally.added - tally.removed == 0) {
    batch_->Delete(Family::kChunk, storage::DocumentKey(current_.id(), uri));
    --counters_.documents;
  } else if (before->content_hash != Hash128{}) {
    PutDocument({.uri = uri, .title = before->title}, false);
  }
  return {};
}

Result<Views> CollectionWriter::ApplyToVectors() {
  QUIRE_ASSIGN_OR_RETURN(const auto vectors, current_.Vectors(snapshot_));
  Views views(1);
  const std::vector<index::Insertion>& serving = insertions_[current_.entry().generation];
  QUIRE_ASSIGN_OR_RETURN(views[0],
                         index::Apply(*vectors, {.insertions = serving, .removals = removals_, .spill_directory = directory_},
                                      snapshot_, batch_));
  const std::optional<SecondGeneration>& second = current_.entry().second;
  if (!second) return views;
  const std::vector<index::Insertion>& insertions = insertions_[second->number];
  if (second->role == GenerationRole::kFilling) return LeaveForFilling(std::move(views));
  if (insertions.empty() && removals_.empty()) return views;
  QUIRE_ASSIGN_OR_RETURN(const auto beside, current_.Vectors(second->number, snapshot_));
  views.emplace_back();
  QUIRE_ASSIGN_OR_RETURN(views[1],
                         index::Apply(*beside, {.insertions = insertions, .removals = removals_, .spill_directory = directory_},
                                      snapshot_, batch_));
  return views;
}

// What comes now will be copied into the second generation with the rest: where its vectors are not those of the one that
// serves they wait in its own keys. And what goes before it was copied never will be.
Result<Views> CollectionWriter::LeaveForFilling(Views views) {
  const SecondGeneration& second = *current_.entry().second;
  const auto key = [&](ChunkNumber number) { return storage::RawKey(current_.id(), second.number, number); };
  for (const index::Insertion& insertion : insertions_[second.number]) {
    std::string bytes;
    codec::AppendRawVector(current_.schema().raw, insertion.vector, &bytes);
    batch_->Put(Family::kRaw, key(insertion.number), bytes);
  }
  std::vector<ChunkNumber> removals;
  for (const ChunkNumber number : removals_) {
    if (number < second.copied_to) removals.push_back(number);
    if (number >= second.copied_to && number >= second.written_from) batch_->Delete(Family::kRaw, key(number));
  }
  if (removals.empty()) return views;
  QUIRE_ASSIGN_OR_RETURN(const auto beside, current_.Vectors(second.number, snapshot_));
  views.emplace_back();
  QUIRE_ASSIGN_OR_RETURN(views[1], index::Apply(*beside, {.insertions = {}, .removals = removals}, snapshot_, batch_));
  return views;
}

Result<std::shared_ptr<const CollectionState>> CollectionWriter::Apply(const PendingCollection& pending) {
  QUIRE_ASSIGN_OR_RETURN(const auto table, current_.Table(snapshot_));
  table_ = *table;
  const bool others_committed = pending.state.get() != &current_;
  if (others_committed) QUIRE_RETURN_IF_ERROR(CheckDocuments(pending));
  for (const std::string& id : pending.order) {
    const PendingChunk& chunk = pending.chunks.at(id);
    if (others_committed) QUIRE_RETURN_IF_ERROR(CheckUnchanged(id, chunk));
    if (chunk.base && chunk.keeps_number) {
      if (chunk.record->revision != chunk.base->revision) RewriteRecord(chunk);
      continue;
    }
    if (chunk.base) RemoveBase(chunk);
    if (chunk.record) QUIRE_RETURN_IF_ERROR(AddRecord(chunk));
  }
  WriteIds();
  QUIRE_RETURN_IF_ERROR(WriteDocuments(pending));
  postings_.Write(current_.id(), batch_);
  QUIRE_RETURN_IF_ERROR(attributes_.Write(current_.id(), snapshot_, batch_));
  table_.Write(current_.id(), batch_);
  QUIRE_ASSIGN_OR_RETURN(Views views, ApplyToVectors());
  counters_.chunks = table_.live_count();
  counters_.total_length = table_.total_length();
  batch_->Put(Family::kMeta, storage::CountersKey(current_.id()), EncodeCounters(counters_));
  return std::make_shared<const CollectionState>(current_, current_.entry(), counters_,
                                                 std::make_shared<const ChunkTable>(std::move(table_)), std::move(views));
}

}  // namespace quire::db
