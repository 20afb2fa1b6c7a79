// Forgetting a document: it is removed, everything of its collection is rewritten without it, and then the disk is searched for
// it. The page for people: engine/doc/forget.md.

#include <algorithm>
#include <bitset>
#include <cstring>
#include <memory>
#include <set>
#include <unordered_map>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/db/database_impl.h"
#include "engine/db/key_kinds.h"
#include "engine/db/reader.h"
#include "engine/storage/keys.h"

namespace quire::db {

using storage::Family;

namespace {

// What a text is looked for by: pieces of this length, one behind the other. Shorter ones are in other texts by chance.
constexpr size_t kPieceBytes = 32;
constexpr size_t kPieceMin = 12;

// Finds any of a set of pieces in bytes. A bitmap of the first four bytes of each piece passes over nearly all places.
class PieceFinder {
 public:
  void Add(std::string_view text) {
    for (size_t begin = 0; begin + kPieceMin <= text.size(); begin += kPieceBytes) {
      std::string piece(text.substr(begin, kPieceBytes));
      if (!known_.insert(piece).second) continue;
      heads_.set(SlotOf(Head(piece.data())));
      pieces_[Head(piece.data())].push_back(std::move(piece));
    }
  }
  size_t size() const { return known_.size(); }

  bool IsIn(std::string_view bytes) const {
    for (size_t at = 0; at + kPieceMin <= bytes.size(); ++at) {
      const uint32_t head = Head(bytes.data() + at);
      if (!heads_.test(SlotOf(head))) continue;
      const auto found = pieces_.find(head);
      if (found == pieces_.end()) continue;
      for (const std::string& piece : found->second) {
        if (bytes.substr(at, piece.size()) == piece) return true;
      }
    }
    return false;
  }

 private:
  static uint32_t Head(const char* bytes) {
    uint32_t head;
    std::memcpy(&head, bytes, sizeof head);
    return head;
  }
  static size_t SlotOf(uint32_t head) { return (head * 2654435761U) >> 16; }

  std::set<std::string> known_;
  std::bitset<1 << 16> heads_;
  std::unordered_map<uint32_t, std::vector<std::string>> pieces_;  // by their first four bytes
};

// What a document is looked for by.
Result<uint64_t> AddDocument(const Reader& reader, std::string_view collection, const std::string& uri,
                             PieceFinder* pieces) {
  const Filter filter = Filter::Compare(Filter::Op::kEqual, "uri", Value::Text(uri));
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(collection, filter, {.text = true, .embedding = false}));
  uint64_t chunks = 0;
  Chunk chunk;
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) break;
    ++chunks;
    pieces->Add(chunk.text);
  }
  return chunks;
}

// The collections that an earlier FORGET of the same document has begun to rewrite; none: it left nothing, or there was none.
Result<std::set<uint32_t>> ReadNote(const storage::Snapshot& snapshot, const std::string& key) {
  std::set<uint32_t> collections;
  std::string value;
  QUIRE_ASSIGN_OR_RETURN(const bool there, snapshot.Get(Family::kMeta, key, &value));
  ByteReader in(value);
  while (there && in.ok() && !in.done()) collections.insert(in.Raw<uint32_t>());
  if (!in.ok()) return Status(Code::kCorruption, "the note of a document that was to be forgotten is damaged");
  return collections;
}

std::string EncodeNote(const std::set<uint32_t>& collections) {
  std::string value;
  for (const uint32_t id : collections) AppendRaw(&value, id);
  return value;
}

constexpr std::string_view kFamilyWords[] = {"catalog", "texts", "words", "attributes",
                                             "tree",    "codes", "codes", "vectors"};

// Where a key is, for a person.
std::string Describe(const DatabaseState& state, Family family, std::string_view key) {
  std::string where = "the " + std::string(kFamilyWords[static_cast<size_t>(family)]);
  if (key.size() < 1 + sizeof(uint32_t)) return where;
  const auto collection = state.FindById(ReadBigEndian<uint32_t>(key.substr(1)));
  if (!collection) return where + " of a dropped collection";
  std::string of = where + " of collection '" + collection->schema().name + "'";
  if (family != Family::kChunk || key[0] != 'C' || key.size() != 1 + 2 * sizeof(uint32_t)) return of;
  const auto number = ReadBigEndian<uint32_t>(key.substr(1 + sizeof(uint32_t)));
  const auto record = ReadChunk(*collection, *state.snapshot, number, {.text = false, .embedding = false});
  if (!record.ok()) return of;
  const Chunk& chunk = record->chunk;
  return "chunk '" + Printable(chunk.id) + "'" + (chunk.uri.empty() ? "" : " of '" + Printable(chunk.uri) + "'") +
         " in collection '" + collection->schema().name + "' has a part of the same text";
}

// Every key and value, as they are once decompressed.
Status SearchKeys(const DatabaseState& state, const PieceFinder& pieces, ForgetReceipt* receipt) {
  constexpr size_t kListMax = 20;
  for (size_t i = 0; i < storage::kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    storage::Cursor cursor = state.snapshot->Scan(family, "", "", storage::Caching::kBypass);
    for (; cursor.Valid(); cursor.Next()) {
      receipt->bytes += cursor.key().size() + cursor.value().size();
      if (!pieces.IsIn(cursor.key()) && !pieces.IsIn(cursor.value())) continue;
      if (receipt->found.size() == kListMax) return receipt->found.push_back("and more"), Status();
      receipt->found.push_back(Describe(state, family, cursor.key()));
    }
    QUIRE_RETURN_IF_ERROR(cursor.status());
  }
  return {};
}

Status SearchFiles(const storage::Store& store, const PieceFinder& pieces, ForgetReceipt* receipt) {
  std::set<std::string> names, found;
  QUIRE_RETURN_IF_ERROR(store.VisitFiles(kPieceBytes, [&](const std::string& name, std::string_view bytes) {
    names.insert(name);
    receipt->bytes += bytes.size();
    if (pieces.IsIn(bytes)) found.insert(name);
  }));
  receipt->files = names.size();
  for (const std::string& name : found) receipt->found.push_back("file " + name);
  return {};
}

}  // namespace

Status DatabaseImpl::EraseDeleted(uint32_t id, ForgetReceipt* receipt) {
  JobQueue::Control control;
  QUIRE_RETURN_IF_ERROR(Merge(id, index::Repacking::kAll, &control));
  if (gauge_->HasWork()) QUIRE_RETURN_IF_ERROR(gauge_->Run(control.cancel_flag()));  // its samples hold older views
  std::vector<storage::Store::Prefix> prefixes;
  for (const KeyKinds& keys : kCollectionKeys) {
    for (const char kind : keys.kinds) prefixes.push_back({keys.family, storage::CollectionPrefix(kind, id)});
  }
  const uint64_t deleted_at = state()->snapshot->sequence();
  QUIRE_ASSIGN_OR_RETURN(const std::vector<std::string> left, store_->Purge(prefixes, deleted_at));
  receipt->found.insert(receipt->found.end(), left.begin(), left.end());
  const auto now = state();
  const auto collection = now->FindById(id);
  if (!collection) return {};
  QUIRE_ASSIGN_OR_RETURN(const auto vectors, collection->Vectors(*now->snapshot));
  if (vectors->links().on_disk) {
    receipt->found.push_back("the vector index is read from the disk and may have codes of vectors that went, until it is built anew: REINDEX " +
                             collection->schema().name);
  }
  if (const uint64_t dead = vectors->links().dead; dead > 0) {
    receipt->found.push_back("the links of the vector index have codes of " + std::to_string(dead) +
                             " vectors that went, until it is built anew: REINDEX " + collection->schema().name);
  }
  return {};
}

Result<ForgetReceipt> DatabaseImpl::ForgetDocument(std::string_view name, const std::string& uri, const ForgetAlso& also) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  ForgetReceipt receipt;
  PieceFinder pieces;
  pieces.Add(uri);
  std::set<uint32_t> changed;
  std::string note;
  {
    const auto transaction = BeginNoted();
    QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, transaction->reader()->GetCollection(name));
    note = storage::ForgetKey(info.id, HashOf128(uri));
    QUIRE_ASSIGN_OR_RETURN(changed, ReadNote(*store_->snapshot(), note));
    const bool begun = !changed.empty();
    changed.insert(info.id);
    QUIRE_ASSIGN_OR_RETURN(receipt.chunks, AddDocument(*transaction->reader(), name, uri, &pieces));
    QUIRE_ASSIGN_OR_RETURN(const bool removed, transaction->DeleteDocument(name, uri));
    if (!removed && !begun) {
      return Status(Code::kNotFound, "collection '" + info.schema.name + "' has no document '" + Printable(uri) + "'");
    }
    if (also) {
      QUIRE_ASSIGN_OR_RETURN(const std::vector<std::string> others, also(*transaction));
      for (const std::string& other : others) {
        QUIRE_ASSIGN_OR_RETURN(const CollectionInfo of_other, transaction->reader()->GetCollection(other));
        changed.insert(of_other.id);
      }
    }
    transaction->Note(note, EncodeNote(changed));  // so that it can be said again until nothing is left
    QUIRE_RETURN_IF_ERROR(transaction->Commit());
  }  // with its view
  receipt.pieces = pieces.size();
  for (const uint32_t id : changed) QUIRE_RETURN_IF_ERROR(EraseDeleted(id, &receipt));
  QUIRE_RETURN_IF_ERROR(SearchKeys(*state(), pieces, &receipt));
  QUIRE_RETURN_IF_ERROR(SearchFiles(*store_, pieces, &receipt));
  if (!receipt.found.empty()) return receipt;  // the note stays: what is left goes when it is said again
  storage::Batch batch;
  batch.SetFreesSpace();
  batch.Delete(Family::kMeta, note);
  QUIRE_RETURN_IF_ERROR(store_->Commit(std::move(batch)));
  return receipt;
}

}  // namespace quire::db
