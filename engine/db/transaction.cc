#include "engine/db/transaction.h"

#include <map>
#include <set>

#include "engine/base/bytes.h"
#include "engine/base/calendar.h"
#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/db/overlay.h"
#include "engine/db/trained.h"
#include "engine/db/validate.h"

namespace quire::db {
namespace {

// What words and vector of a chunk are made of, as one number.
uint64_t IndexHash(const Chunk& chunk) {
  std::string bytes = chunk.indexed_text;
  for (const float component : chunk.embedding) AppendRaw(&bytes, component);
  return Hash64(bytes);
}

// What the chunk is made of, as an id. Equal ones of a document are told apart by their number among each other, so that an
// id stays when other chunks come and go.
std::string DeriveId(const Chunk& chunk, uint32_t occurrence) {
  std::string bytes;
  for (const std::string* field : {&chunk.uri, &chunk.section, &chunk.text}) AppendString(&bytes, *field);
  AppendVarint(&bytes, occurrence);
  return ToHex(HashOf128(bytes));
}

bool SameWords(const Chunk& a, const Chunk& b) { return a.text == b.text && a.title == b.title && a.section == b.section; }

bool SameRecord(const Chunk& a, const Chunk& b) {
  return SameWords(a, b) && a.uri == b.uri && a.anchor == b.anchor && a.ordinal == b.ordinal && a.start == b.start &&
         a.end == b.end && a.attributes == b.attributes;
}

}  // namespace

TransactionImpl::TransactionImpl(std::shared_ptr<const DatabaseState> state, PrepareFunction prepare, CommitFunction commit)
    : state_(std::move(state)),
      pending_(std::make_shared<Pending>()),
      prepare_(std::move(prepare)),
      commit_(std::move(commit)) {}

void TransactionImpl::Own() {
  if (pending_.use_count() > 1) pending_ = std::make_shared<Pending>(*pending_);
}

void TransactionImpl::Note(std::string key, std::string value) {
  Own();
  pending_->notes[std::move(key)] = std::move(value);
}

Result<PendingCollection*> TransactionImpl::Touch(std::string_view collection) {
  if (over_) return Status(Code::kInvalidArgument, "the transaction is over");
  QUIRE_ASSIGN_OR_RETURN(auto state, state_->Find(collection));
  Own();
  PendingCollection& pending = pending_->collections[state->id()];
  if (!pending.state) pending.state = std::move(state);
  return &pending;
}

Result<PendingChunk*> TransactionImpl::TouchChunk(PendingCollection* collection, const std::string& id) {
  const auto [found, is_new] = collection->chunks.try_emplace(id);
  PendingChunk& pending = found->second;
  if (!is_new) return &pending;
  const auto read = [&]() -> Status {
    QUIRE_ASSIGN_OR_RETURN(const auto number, FindChunk(*collection->state, *state_->snapshot, id));
    if (!number) return {};
    QUIRE_ASSIGN_OR_RETURN(pending.base, ReadChunk(*collection->state, *state_->snapshot, *number, {}));
    pending.record = pending.base;
    pending.keeps_number = true;
    if (const std::string& uri = pending.base->chunk.uri; !uri.empty()) collection->ids_by_uri[uri].push_back(id);
    return {};
  };
  if (Status status = read(); !status.ok()) {
    collection->chunks.erase(found);
    return status;
  }
  collection->order.push_back(id);
  return &pending;
}

Result<std::string> TransactionImpl::DeriveFreeId(const PendingCollection& collection, const Chunk& chunk) {
  for (uint32_t occurrence = 0;; ++occurrence) {
    std::string id = DeriveId(chunk, occurrence);
    if (const auto found = collection.chunks.find(id); found != collection.chunks.end()) {
      if (!found->second.record) return id;
      continue;
    }
    QUIRE_ASSIGN_OR_RETURN(const auto number, FindChunk(*collection.state, *state_->snapshot, id));
    if (!number) return id;
  }
}

Status TransactionImpl::Set(PendingCollection* collection, PendingChunk* pending, Chunk chunk) {
  if (!chunk.uri.empty()) collection->ids_by_uri[chunk.uri].push_back(chunk.id);
  const auto document = collection->documents.find(chunk.uri);
  if (document != collection->documents.end() && !document->second) collection->documents.erase(document);  // it is back
  pending->vectors.clear();  // made of what it was before
  if (chunk.created_at == 0) chunk.created_at = pending->base ? pending->base->chunk.created_at : NowMicroseconds();
  const bool index_given = !chunk.indexed_text.empty() || !chunk.embedding.empty();
  if (chunk.indexed_text.empty()) chunk.indexed_text = IndexedTextOf(chunk);
  ChunkRecord record;
  record.index_hash = IndexHash(chunk);
  if (pending->base) {
    const ChunkRecord& base = *pending->base;
    const bool same_index = record.index_hash == base.index_hash || (!index_given && SameWords(chunk, base.chunk));
    pending->keeps_number = same_index;
    if (same_index) {
      record.index_hash = base.index_hash;
      record.revision = base.revision;
      chunk.number = base.chunk.number;
      chunk.indexed_text.clear();
      chunk.embedding.clear();
    }
    if (same_index && SameRecord(chunk, base.chunk)) {
      pending->record = pending->base;
      return {};
    }
  }
  if (pending->keeps_number) ++record.revision;
  record.chunk = std::move(chunk);
  pending->record = std::move(record);
  return {};
}

Status TransactionImpl::Insert(std::string_view collection, Chunk chunk) {
  QUIRE_ASSIGN_OR_RETURN(PendingCollection * pending, Touch(collection));
  QUIRE_RETURN_IF_ERROR(ValidateChunk(pending->state->schema(), &chunk));
  if (chunk.id.empty()) {
    QUIRE_ASSIGN_OR_RETURN(chunk.id, DeriveFreeId(*pending, chunk));
  }
  QUIRE_ASSIGN_OR_RETURN(PendingChunk * slot, TouchChunk(pending, chunk.id));
  if (slot->record) {
    return Status(Code::kAlreadyExists, "collection '" + pending->state->schema().name + "' has a chunk with id '" +
                                            Printable(chunk.id) + "' already",
                  "write ON CONFLICT (id) DO UPDATE to replace it");
  }
  ++pending->added;
  return Set(pending, slot, std::move(chunk));
}

Status TransactionImpl::Put(std::string_view collection, Chunk chunk) {
  QUIRE_ASSIGN_OR_RETURN(PendingCollection * pending, Touch(collection));
  QUIRE_RETURN_IF_ERROR(ValidateChunk(pending->state->schema(), &chunk));
  if (chunk.id.empty()) {
    QUIRE_ASSIGN_OR_RETURN(chunk.id, DeriveFreeId(*pending, chunk));
  }
  QUIRE_ASSIGN_OR_RETURN(PendingChunk * slot, TouchChunk(pending, chunk.id));
  pending->added += slot->record ? 0 : 1;
  return Set(pending, slot, std::move(chunk));
}

Result<bool> TransactionImpl::Delete(std::string_view collection, std::string_view id) {
  QUIRE_ASSIGN_OR_RETURN(PendingCollection * pending, Touch(collection));
  QUIRE_ASSIGN_OR_RETURN(PendingChunk * slot, TouchChunk(pending, std::string(id)));
  const bool was_there = slot->record.has_value();
  pending->added -= was_there ? 1 : 0;
  slot->record.reset();
  slot->keeps_number = false;
  return was_there;
}

Result<std::set<std::string>> TransactionImpl::IdsOf(PendingCollection* collection, const std::string& uri) const {
  std::set<std::string> ids;
  if (const auto touched = collection->ids_by_uri.find(uri); touched != collection->ids_by_uri.end()) {
    for (const std::string& id : touched->second) {
      const auto& record = collection->chunks.at(id).record;
      if (record && record->chunk.uri == uri) ids.insert(id);
    }
  }
  const CollectionState& state = *collection->state;
  QUIRE_ASSIGN_OR_RETURN(const auto document, ReadDocument(state, *state_->snapshot, uri));
  collection->documents_before.try_emplace(uri, document);
  if (!document) return ids;  // as there is one for whatever has committed chunks
  QUIRE_ASSIGN_OR_RETURN(const filter::Bitmap committed,
                         filter::FindEqual(state.id(), filter::kUriColumn, Value::Text(uri), *state_->snapshot));
  Status failure;
  committed.ForEach([&](ChunkNumber number) {
    auto record = ReadChunk(state, *state_->snapshot, number, {.text = false, .embedding = false});
    if (!record.ok()) return failure = record.status(), false;
    if (!collection->chunks.contains(record->chunk.id)) ids.insert(std::move(record->chunk.id));
    return true;
  });
  QUIRE_RETURN_IF_ERROR(std::move(failure));
  return ids;
}

Result<Transaction::DocumentChange> TransactionImpl::PutDocument(std::string_view collection, Document document,
                                                                 std::vector<Chunk> chunks) {
  QUIRE_ASSIGN_OR_RETURN(PendingCollection * pending, Touch(collection));
  if (document.uri.empty()) return Status(Code::kInvalidArgument, "document has no uri");
  std::set<std::string_view> ids;
  for (Chunk& chunk : chunks) {
    chunk.uri = document.uri;
    QUIRE_RETURN_IF_ERROR(ValidateChunk(pending->state->schema(), &chunk));
    if (!chunk.id.empty() && !ids.insert(chunk.id).second) {
      return Status(Code::kInvalidArgument, "document '" + document.uri + "': two chunks have the id '" + chunk.id + "'");
    }
  }
  QUIRE_ASSIGN_OR_RETURN(const std::set<std::string> old_ids, IdsOf(pending, document.uri));

  DocumentChange change;
  std::map<std::string, bool> old;  // id -> is in the new version
  std::map<std::pair<std::string, std::string>, uint32_t> occurrences;  // of section and text so far
  for (const std::string& id : old_ids) old.emplace(id, false);
  for (uint32_t ordinal = 0; ordinal < chunks.size(); ++ordinal) {
    Chunk& chunk = chunks[ordinal];
    chunk.ordinal = ordinal;
    if (chunk.id.empty()) chunk.id = DeriveId(chunk, occurrences[{chunk.section, chunk.text}]++);
    const auto was = old.find(chunk.id);
    QUIRE_ASSIGN_OR_RETURN(PendingChunk * slot, TouchChunk(pending, chunk.id));
    if (was != old.end()) was->second = true;
    pending->added += slot->record ? 0 : 1;
    QUIRE_RETURN_IF_ERROR(Set(pending, slot, std::move(chunk)));
    slot->keeps_number ? ++change.kept : ++change.added;
  }
  for (const auto& [id, stays] : old) {
    if (stays) continue;
    QUIRE_RETURN_IF_ERROR(Delete(collection, id).status());
    ++change.removed;
  }
  pending->documents[document.uri] = std::move(document);
  return change;
}

Result<bool> TransactionImpl::DeleteDocument(std::string_view collection, std::string_view uri) {
  QUIRE_ASSIGN_OR_RETURN(const auto document, reader()->GetDocument(collection, uri));
  QUIRE_ASSIGN_OR_RETURN(PendingCollection * pending, Touch(collection));
  QUIRE_ASSIGN_OR_RETURN(const std::set<std::string> ids, IdsOf(pending, std::string(uri)));
  if (!document && ids.empty()) return false;
  for (const std::string& id : ids) QUIRE_RETURN_IF_ERROR(Delete(collection, id).status());
  QUIRE_ASSIGN_OR_RETURN(pending, Touch(collection));
  pending->documents[std::string(uri)] = std::nullopt;
  return true;
}

std::shared_ptr<const Reader> TransactionImpl::reader() const {
  if (pending_->empty()) return std::make_shared<StateReader>(state_);
  return std::make_shared<OverlayReader>(state_, pending_);
}

Status TransactionImpl::Prepare() {
  if (over_) return Status(Code::kInvalidArgument, "the transaction is over");
  Own();
  return prepare_(pending_.get());
}

void TransactionImpl::SetSync(Sync most) { most_ = most; }

Status TransactionImpl::Commit() {
  if (over_) return Status(Code::kInvalidArgument, "the transaction is over");
  over_ = true;
  if (pending_->empty()) return {};
  Pending changes = pending_.use_count() > 1 ? *pending_ : std::move(*pending_);
  pending_ = std::make_shared<Pending>();
  changes.most = most_;
  return commit_(std::move(changes));
}

void TransactionImpl::Rollback() {
  over_ = true;
  pending_ = std::make_shared<Pending>();
}

}  // namespace quire::db
