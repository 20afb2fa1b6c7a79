// Database::Repair: a new database of what can be read of a damaged one. The page for people: engine/doc/repair.md.

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "engine/base/utf8.h"
#include "engine/db/database_impl.h"
#include "engine/db/embedders.h"
#include "engine/storage/directory.h"
#include "engine/storage/keys.h"

namespace quire {

Result<RepairReport> Database::Repair(const std::string& path, const std::string& to, Options options) {
  return db::Repair(path, to, std::move(options));
}

}  // namespace quire

namespace quire::db {
namespace {

namespace fs = std::filesystem;
using storage::Family;

constexpr size_t kChunksPerCommit = 1000;
constexpr size_t kIdsNamed = 20;            // of those that are lost
constexpr ChunkNumber kLongestGap = 100'000;  // numbers that are tried one by one behind damage, where the end is not known

// Beside the new database while it is made: links to files of the old one, and the new one itself.
constexpr const char* kSalvage = ".salvage";
constexpr const char* kRepairing = ".repairing";

// Takes a collection of the damaged database into the new one.
class CollectionRepair {
 public:
  CollectionRepair(const storage::Snapshot& snapshot, uint32_t id, DatabaseImpl* target, RepairReport* report)
      : snapshot_(snapshot), id_(id), target_(target), report_(report) {}

  Status Run() {
    ReadEntry();
    ReadNumbers();
    NameLost();
    QUIRE_RETURN_IF_ERROR(Create());
    QUIRE_RETURN_IF_ERROR(CopyDocuments());
    result_.name = entry_.schema.name;
    report_->collections.push_back(result_);
    return {};
  }

 private:
  void Note(const std::string& text) { report_->notes.push_back("collection '" + entry_.schema.name + "': " + text); }

  // The schema, and how far the numbers go.
  void ReadEntry() {
    std::string bytes;
    const Result<bool> found = snapshot_.Get(Family::kMeta, storage::CatalogKey(id_), &bytes);
    auto entry = found.ok() && *found ? DecodeCatalogEntry(bytes, id_)
                                      : Result<CatalogEntry>(Status(Code::kCorruption, "its schema cannot be read"));
    if (entry.ok()) {
      entry_ = *std::move(entry);
      has_schema_ = true;
    } else {
      entry_.schema.name = "recovered_" + std::to_string(id_);
      Note(std::string(entry.status().message()) + ": its columns have new names, and its vectors are made anew");
    }
    const Result<bool> counted = snapshot_.Get(Family::kMeta, storage::CountersKey(id_), &bytes);
    if (!counted.ok() || !*counted) return;
    if (const auto counters = DecodeCounters(bytes, entry_.schema.name); counters.ok()) end_ = counters->next_number;
  }

  // The numbers of all chunks that can be read, by document; past damage number by number.
  void ReadNumbers() {
    const std::string prefix = storage::CollectionPrefix('C', id_);
    ChunkNumber next = 0, damaged_from = 0;
    bool damaged = false;
    storage::Cursor cursor = snapshot_.ScanPrefix(Family::kChunk, prefix, storage::Caching::kBypass);
    while (true) {
      for (; cursor.Valid(); cursor.Next()) {
        damaged = false;
        if (cursor.key().size() != prefix.size() + sizeof(ChunkNumber)) continue;
        const auto number = ReadBigEndian<ChunkNumber>(cursor.key().substr(prefix.size()));
        next = number + 1;
        AddChunk(number, cursor.value());
      }
      if (cursor.status().ok()) return;
      if (!damaged) Note(std::string(cursor.status().message()));
      if (!std::exchange(damaged, true)) damaged_from = next;
      if (end_ ? next >= *end_ : next - damaged_from >= kLongestGap) return;
      unread_.insert(next++);
      cursor.Seek(storage::ChunkKey(id_, next));
    }
  }

  void AddChunk(ChunkNumber number, std::string_view bytes) {
    ChunkRecord record;
    if (const Status decoded = DecodeChunk(bytes, number, {.text = !has_schema_}, &record); !decoded.ok()) {
      Note(std::string(decoded.message()));
      unread_.insert(number);
      return;
    }
    numbers_[record.chunk.uri].push_back(number);
    if (!has_schema_) InferColumns(record.chunk);
  }

  void InferColumns(const Chunk& chunk) {
    auto& columns = entry_.schema.attributes;
    for (size_t i = columns.size(); i < chunk.attributes.size(); ++i) {
      columns.push_back({"column" + std::to_string(i + 1), Type::kNull});
    }
    for (size_t i = 0; i < chunk.attributes.size(); ++i) {
      if (columns[i].type == Type::kNull) columns[i].type = chunk.attributes[i].type();
    }
  }

  // Which of the numbers that could not be read were chunks: ids lead to numbers.
  void NameLost() {
    if (unread_.empty()) return;
    const std::string prefix = storage::ChunkIdKey(id_, "");
    std::string ids;
    storage::Cursor cursor = snapshot_.ScanPrefix(Family::kChunk, prefix, storage::Caching::kBypass);
    for (; cursor.Valid(); cursor.Next()) {
      if (!unread_.contains(ByteReader(cursor.value()).Raw<ChunkNumber>())) continue;
      if (++result_.lost <= kIdsNamed) ids += (ids.empty() ? "'" : ", '") + Printable(cursor.key().substr(prefix.size())) + "'";
    }
    if (!cursor.status().ok()) Note("which chunks are lost is not known in full: " + std::string(cursor.status().message()));
    if (result_.lost > 0) {
      Note(std::to_string(result_.lost) + " chunks cannot be read: " + ids + (result_.lost > kIdsNamed ? ", ..." : ""));
    }
  }

  // The collection anew, with its own embedder where there is one.
  Status Create() {
    CollectionSchema schema = entry_.schema;
    for (ColumnSchema& column : schema.attributes) {
      if (column.type == Type::kNull) column.type = Type::kText;
    }
    if (schema.embedder == kTrained) schema.embedder = kBuiltin;
    if (schema.embedder != kNone && IsBuiltIn(schema.embedder)) schema.dim = 0;
    Status status = target_->CreateCollection(schema);
    if (status.code() == Code::kNotFound || status.code() == Code::kUnavailable) {
      Note("embedder '" + schema.embedder + "' cannot be had (" + std::string(status.message()) +
           "): its vectors are kept without it; ALTER COLLECTION " + schema.name + " SET EMBEDDER embeds anew");
      schema.embedder = kNone;
      schema.dim = entry_.schema.dim;
      status = target_->CreateCollection(schema);
      keeps_vectors_ = true;
    }
    QUIRE_RETURN_IF_ERROR(status);
    QUIRE_ASSIGN_OR_RETURN(const MadeBy made_by, target_->MadeByNow(schema.name));
    keeps_vectors_ = has_schema_ && (keeps_vectors_ || made_by == entry_.made_by);
    needs_vectors_ = LowerCase(made_by.name) == kNone;
    return {};
  }

  Status CopyDocuments() {
    transaction_ = target_->Begin();
    for (auto& [uri, numbers] : numbers_) {
      std::vector<Chunk> chunks;
      for (const ChunkNumber number : numbers) {
        if (auto chunk = ReadWhole(number); chunk.ok()) {
          chunks.push_back(*std::move(chunk));
        } else {
          Note(std::string(chunk.status().message()));
          ++result_.lost;
        }
      }
      std::sort(chunks.begin(), chunks.end(), [](const Chunk& a, const Chunk& b) { return a.ordinal < b.ordinal; });
      result_.chunks += chunks.size();
      pending_ += chunks.size();
      if (uri.empty()) {
        for (Chunk& chunk : chunks) {
          QUIRE_RETURN_IF_ERROR(transaction_->Put(entry_.schema.name, std::move(chunk)));
          QUIRE_RETURN_IF_ERROR(CommitIfFull());
        }
      } else {
        QUIRE_RETURN_IF_ERROR(transaction_->PutDocument(entry_.schema.name, ReadDocument(uri), std::move(chunks)).status());
        ++result_.documents;
        QUIRE_RETURN_IF_ERROR(CommitIfFull());
      }
    }
    QUIRE_RETURN_IF_ERROR(CopyEmptyDocuments());
    return transaction_->Commit();
  }

  Status CommitIfFull() {
    if (pending_ < kChunksPerCommit) return {};
    pending_ = 0;
    QUIRE_RETURN_IF_ERROR(transaction_->Commit());
    transaction_ = target_->Begin();
    return {};
  }

  Result<Chunk> ReadWhole(ChunkNumber number) {
    std::string bytes;
    QUIRE_ASSIGN_OR_RETURN(const bool found, snapshot_.Get(Family::kChunk, storage::ChunkKey(id_, number), &bytes));
    if (!found) return Status(Code::kCorruption, "chunk " + std::to_string(number) + " is gone");
    ChunkRecord record;
    QUIRE_RETURN_IF_ERROR(DecodeChunk(bytes, number, {}, &record));
    if (keeps_vectors_) {
      auto vector = index::ReadVector({.collection = id_,
                                       .generation = entry_.generation,
                                       .dim = entry_.schema.dim,
                                       .metric = entry_.schema.metric,
                                       .raw = entry_.schema.raw},
                                      number, snapshot_);
      if (vector.ok()) {
        record.chunk.embedding = *std::move(vector);
      } else if (needs_vectors_) {
        return Status(Code::kCorruption, "chunk '" + Printable(record.chunk.id) + "' has lost its vector, which nothing can make anew: " +
                                             std::string(vector.status().message()));
      }
    }
    return std::move(record.chunk);
  }

  // With the hash of its source only where all of it is there: else the next load takes the source for unchanged.
  Document ReadDocument(const std::string& uri) {
    std::string bytes;
    const Result<bool> found = snapshot_.Get(Family::kChunk, storage::DocumentKey(id_, uri), &bytes);
    auto document = found.ok() && *found ? DecodeDocument(bytes, uri) : Result<Document>(Status(Code::kCorruption, "is not there"));
    if (!document.ok()) {
      Note("document '" + Printable(uri) + "': its title, size and time are lost");
      return Document{.uri = uri};
    }
    if (!unread_.empty() || result_.lost > 0) document->content_hash = {};
    return *std::move(document);
  }

  // Documents without chunks.
  Status CopyEmptyDocuments() {
    const std::string prefix = storage::DocumentKey(id_, "");
    storage::Cursor cursor = snapshot_.ScanPrefix(Family::kChunk, prefix, storage::Caching::kBypass);
    for (; cursor.Valid(); cursor.Next()) {
      const std::string uri(cursor.key().substr(prefix.size()));
      if (numbers_.contains(uri)) continue;
      ++result_.documents;
      QUIRE_RETURN_IF_ERROR(transaction_->PutDocument(entry_.schema.name, ReadDocument(uri), {}).status());
    }
    if (!cursor.status().ok()) Note("documents without chunks are not taken over: " + std::string(cursor.status().message()));
    return {};
  }

  const storage::Snapshot& snapshot_;
  const uint32_t id_;
  DatabaseImpl* const target_;
  RepairReport* const report_;
  RepairReport::Collection result_;
  CatalogEntry entry_;
  bool has_schema_ = false;
  bool keeps_vectors_ = false;  // they are taken over, where they can be read
  bool needs_vectors_ = false;  // nothing can make them
  std::optional<ChunkNumber> end_;  // no chunk has this number or a higher one; nothing: not known
  std::map<std::string, std::vector<ChunkNumber>> numbers_;  // by document; "": of none
  std::set<ChunkNumber> unread_;
  std::unique_ptr<Transaction> transaction_;
  size_t pending_ = 0;
};

// The collections there are: of the catalog, and, where that is damaged, of the chunks.
std::set<uint32_t> FindCollections(const storage::Snapshot& snapshot, RepairReport* report) {
  std::set<uint32_t> ids;
  const auto gather = [&](Family family, char kind) {
    const std::string prefix(1, kind);
    storage::Cursor cursor = snapshot.ScanPrefix(family, prefix, storage::Caching::kBypass);
    while (cursor.Valid()) {
      if (cursor.key().size() < 1 + sizeof(uint32_t)) {
        cursor.Next();
        continue;
      }
      const auto id = ReadBigEndian<uint32_t>(cursor.key().substr(1));
      ids.insert(id);
      cursor.Seek(storage::EndOfPrefix(storage::CollectionPrefix(kind, id)));
    }
    return cursor.status();
  };
  const Status catalog = gather(Family::kMeta, 'M');
  if (catalog.ok() && !ids.empty()) return ids;
  if (!catalog.ok()) report->notes.push_back("the catalog is damaged: " + std::string(catalog.message()));
  if (const Status chunks = gather(Family::kChunk, 'C'); !chunks.ok()) report->notes.push_back(std::string(chunks.message()));
  return ids;
}

void CopyEmbedders(const storage::Snapshot& snapshot, DatabaseImpl* target, RepairReport* report) {
  storage::Cursor cursor = snapshot.ScanPrefix(Family::kMeta, "B");
  for (; cursor.Valid(); cursor.Next()) {
    auto definition = DecodeDefinition(cursor.value());
    const std::string name(cursor.key().substr(1));
    const Status made = definition.ok() ? target->CreateEmbedder(*std::move(definition)) : definition.status();
    if (!made.ok()) report->notes.push_back("embedder '" + Printable(name) + "' is not taken over: " + std::string(made.message()));
  }
  if (!cursor.status().ok()) report->notes.push_back("embedders: " + std::string(cursor.status().message()));
}

Status FillFrom(const storage::Snapshot& snapshot, const std::string& unfinished, Options options, RepairReport* report) {
  options.read_only = false;
  options.create_if_missing = true;
  options.sync = Sync::kOff;
  QUIRE_ASSIGN_OR_RETURN(const auto target, DatabaseImpl::Open(unfinished, std::move(options)));
  CopyEmbedders(snapshot, target.get(), report);
  const std::set<uint32_t> ids = FindCollections(snapshot, report);
  for (const uint32_t id : ids) QUIRE_RETURN_IF_ERROR(CollectionRepair(snapshot, id, target.get(), report).Run());
  QUIRE_RETURN_IF_ERROR(target->Flush());
  QUIRE_ASSIGN_OR_RETURN(const auto faults, target->Check());
  if (faults.empty()) return {};
  return Status(Code::kInternal, "the repaired database has " + std::to_string(faults.size()) + " faults, the first: " + faults[0]);
}

// A directory that goes with its owner, unless it was given its name.
class Unfinished {
 public:
  explicit Unfinished(std::string path) : path_(std::move(path)) {}
  ~Unfinished() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

}  // namespace

Result<MadeBy> DatabaseImpl::MadeByNow(std::string_view name) const {
  QUIRE_ASSIGN_OR_RETURN(const auto collection, state()->Find(name));
  return collection->entry().made_by;
}

Result<RepairReport> Repair(const std::string& path, const std::string& to, Options options) {
  QUIRE_ASSIGN_OR_RETURN(const storage::DirectoryState state, storage::InspectDirectory(to));
  if (state != storage::DirectoryState::kMissing && state != storage::DirectoryState::kEmpty) {
    return Status(Code::kAlreadyExists, "'" + to + "' is there and not empty", "repair to a new path, then open it");
  }
  for (const char* ending : {kSalvage, kRepairing}) QUIRE_RETURN_IF_ERROR(storage::RemoveUnfinished(to + ending));
  RepairReport report;
  const Unfinished links(to + kSalvage), unfinished(to + kRepairing);
  QUIRE_ASSIGN_OR_RETURN(const auto source, storage::Store::OpenDamaged(path, options, links.path(), &report.notes));
  QUIRE_RETURN_IF_ERROR(FillFrom(*source->snapshot(), unfinished.path(), std::move(options), &report));
  QUIRE_RETURN_IF_ERROR(storage::MoveDirectory(unfinished.path(), to));
  return report;
}

}  // namespace quire::db
