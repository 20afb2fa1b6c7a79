#include "engine/storage/store.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "engine/storage/backup.h"
#include "engine/storage/ballast.h"
#include "engine/storage/batch_rep.h"
#include "engine/storage/committer.h"
#include "engine/storage/open_database.h"
#include "engine/storage/purge.h"
#include "engine/storage/rocks_options.h"
#include "engine/storage/salvage.h"
#include "engine/storage/snapshot_rep.h"
#include "engine/storage/watermark.h"

namespace quire::storage {

struct Store::Rep {
  std::string path;
  Options options;
  uint64_t memory_limit_bytes = 0;
  std::shared_ptr<rocksdb::Cache> cache;

  std::shared_ptr<Rocks> rocks;    // of a reader, Refresh puts another one in its place: take current()
  mutable std::mutex rocks_mutex;  // held to copy or replace `rocks` of a reader

  mutable std::mutex backup_mutex;  // held for the length of a backup

  std::unique_ptr<Committer> committer;  // null: read-only

  std::shared_ptr<Rocks> current() const {
    std::lock_guard lock(rocks_mutex);
    return rocks;
  }
};

std::string EndOfPrefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

namespace {

uint64_t SortedBytes(const std::string& path) {
  uint64_t bytes = 0;
  std::error_code error, gone;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const uint64_t one = entry.path().extension() == ".sst" ? entry.file_size(gone) : 0;
    if (!gone) bytes += one;
  }
  return bytes;
}

}  // namespace

Store::Store(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}

Result<std::unique_ptr<Store>> Store::Open(const std::string& path, const Options& options) {
  auto rep = std::make_unique<Rep>();
  rep->options = options;
  rep->memory_limit_bytes = ResolveMemoryLimit(options.memory_limit_bytes);
  rep->cache = MakeBlockCache(SplitMemory(rep->memory_limit_bytes));
  const bool compacts = options.read_only || Ballast(path).HasRoomToRewrite(SortedBytes(path));
  const auto open = [&] { return OpenDatabase(path, options, rep->cache, compacts); };
  auto opened = open();
  // What a full disk left in the log needs room to be read back.
  const bool full = opened.status().message().find(std::strerror(ENOSPC)) != std::string_view::npos;
  if (full && !options.read_only && Ballast(path).GiveUp()) opened = open();
  QUIRE_ASSIGN_OR_RETURN(rep->rocks, std::move(opened));
  rep->path = rep->rocks->path();
  if (!options.read_only) {
    QUIRE_ASSIGN_OR_RETURN(rep->committer, Committer::Make(rep->rocks, options, compacts));
  }
  return std::unique_ptr<Store>(new Store(std::move(rep)));
}

Result<std::unique_ptr<Store>> Store::OpenDamaged(const std::string& path, const Options& options, const std::string& work,
                                                  std::vector<std::string>* notes) {
  auto rep = std::make_unique<Rep>();
  rep->options = options;
  rep->options.read_only = true;
  rep->memory_limit_bytes = ResolveMemoryLimit(options.memory_limit_bytes);
  rep->cache = MakeBlockCache(SplitMemory(rep->memory_limit_bytes));
  QUIRE_ASSIGN_OR_RETURN(rep->rocks, SalvageDatabase(path, rep->options, rep->cache, work, notes));
  rep->path = path;
  return std::unique_ptr<Store>(new Store(std::move(rep)));
}

Store::~Store() {
  // What could not be flushed is still in the log, and the next open says what is wrong.
  static_cast<void>(Flush().ok());
}

Status Store::Commit(Batch&& batch, Sync most) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  const Batch taken = std::move(batch);
  batch = Batch();
  if (!taken.rep_->status.ok()) return rep_->rocks->Translate(taken.rep_->status);
  if (taken.count() == 0) return {};
  return rep_->committer->Commit(&taken.rep_->changes, taken.frees_space_, most);
}

std::shared_ptr<const Snapshot> Store::snapshot() const {
  return std::shared_ptr<const Snapshot>(new Snapshot(std::make_unique<Snapshot::Rep>(rep_->current())));
}

Status Store::Refresh() {
  if (!read_only()) return Status(Code::kUnsupported, "database '" + path() + "' is open for writing: it sees every commit at once");
  QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<Rocks> now, OpenDatabase(rep_->path, rep_->options, rep_->cache));
  std::lock_guard lock(rep_->rocks_mutex);
  rep_->rocks.swap(now);
  return {};
}

std::optional<uint64_t> Store::acknowledged() const { return Watermark::Read(rep_->path); }

Status Store::Flush() { return read_only() ? Status() : rep_->committer->Flush(); }
void Store::SetSync(Sync sync) {
  if (!read_only()) rep_->committer->SetSync(sync);
}
Sync Store::sync() const { return read_only() ? rep_->options.sync : rep_->committer->sync(); }

Status Store::VerifyChecksums() const {
  if (!read_only()) return rep_->rocks->Translate(rep_->rocks->db().VerifyChecksum());
  // RocksDB's own check opens files by name, and a writer beside may have removed them.
  const auto view = snapshot();
  for (size_t i = 0; i < kFamilyCount; ++i) {
    Cursor cursor = view->Scan(static_cast<Family>(i), "", "", Caching::kBypass);
    while (cursor.Valid()) cursor.Next();
    QUIRE_RETURN_IF_ERROR(cursor.status());
  }
  return {};
}

Status Store::CompactRange(Family family, std::string_view lo, std::string_view hi) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  const rocksdb::Slice begin(lo), end(hi);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.change_level = false;  // races with other compactions in 7.8.3
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const auto compact = [&] {
    return rep_->rocks->db().CompactRange(options, rep_->rocks->handle(family), &begin, hi.empty() ? nullptr : &end);
  };
  return rep_->rocks->Translate(rep_->committer->WithBallast(compact), family);
}

Status Store::CompactDeleted(Family family, const std::string& prefix) {
  constexpr double kDeletedShare = 0.1;  // of the entries
  const std::string end = EndOfPrefix(prefix);
  const rocksdb::Slice lo(prefix), hi(end);
  const rocksdb::Range range(lo, hi);
  rocksdb::TablePropertiesCollection tables;
  QUIRE_RETURN_IF_ERROR(rep_->rocks->Translate(
      rep_->rocks->db().GetPropertiesOfTablesInRange(rep_->rocks->handle(family), &range, 1, &tables), family));
  uint64_t entries = 0, deletions = 0;
  for (const auto& [name, table] : tables) {
    entries += table->num_entries;
    deletions += table->num_deletions;
  }
  // Each deletion stands for itself and for what it hides; keys written anew hide one another across files.
  const bool overlaps = tables.size() > 1;
  if (static_cast<double>(deletions) <= kDeletedShare * static_cast<double>(entries) && !overlaps) return {};
  return CompactRange(family, prefix, end);
}

Result<BackupInfo> Store::Backup(const std::string& directory) const {
  if (read_only()) {
    return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only",
                  "the process that writes makes its backups");
  }
  std::lock_guard lock(rep_->backup_mutex);
  return CreateBackup(*rep_->rocks, directory);
}

Status Store::Restore(const std::string& directory, const std::string& path) { return RestoreBackup(directory, path); }

Result<std::vector<std::string>> Store::Purge(const std::vector<Prefix>& prefixes, uint64_t deleted_at) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  QUIRE_RETURN_IF_ERROR(Flush());
  std::vector<KeyRange> ranges;
  ranges.reserve(prefixes.size());
  for (const Prefix& prefix : prefixes) ranges.push_back({prefix.family, prefix.bytes, EndOfPrefix(prefix.bytes)});
  return PurgeRanges(*rep_->rocks, ranges, deleted_at);
}

Status Store::VisitFiles(size_t overlap, function_ref<void(const std::string&, std::string_view)> visit) const {
  return storage::VisitFiles(path(), overlap, visit);
}

Usage Store::usage() const {
  const std::shared_ptr<Rocks> rocks = rep_->current();
  rocksdb::DB& db = rocks->db();
  Usage usage;
  for (rocksdb::ColumnFamilyHandle* handle : rocks->handles()) {
    uint64_t bytes = 0;
    if (db.GetIntProperty(handle, rocksdb::DB::Properties::kSizeAllMemTables, &bytes))
      usage.write_buffer_bytes += bytes;
  }
  db.GetIntProperty(rocks->handle(Family::kMeta), rocksdb::DB::Properties::kBlockCacheUsage, &usage.cache_bytes);
  db.GetIntProperty(rocksdb::DB::Properties::kNumSnapshots, &usage.views);
  db.GetIntProperty(rocksdb::DB::Properties::kBackgroundErrors, &usage.background_errors);
  std::vector<rocksdb::LiveFileMetaData> files;
  db.GetLiveFilesMetaData(&files);
  usage.files = files.size();
  for (const rocksdb::LiveFileMetaData& file : files) usage.file_bytes += file.size;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path(), error)) {
    std::error_code gone;  // logs come and go
    const uint64_t bytes = entry.path().extension() == ".log" ? entry.file_size(gone) : 0;
    if (!gone) usage.log_bytes += bytes;
  }
  return usage;
}

bool Store::read_only() const { return rep_->options.read_only; }
const std::string& Store::path() const { return rep_->path; }
uint64_t Store::memory_limit_bytes() const { return rep_->memory_limit_bytes; }

}  // namespace quire::storage
