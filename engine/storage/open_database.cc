#include "engine/storage/open_database.h"

#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "engine/storage/directory.h"
#include "engine/storage/format.h"
#include "engine/storage/keys.h"
#include "engine/storage/rocks_options.h"
#include "engine/storage/watermark.h"

namespace quire::storage {
namespace {

// The first sorted file that cannot be opened, with what is wrong with it; empty if all can be.
std::string FindDamagedTable(const std::string& path) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.path().extension() != ".sst") continue;
    const rocksdb::Status status = rocksdb::SstFileReader(rocksdb::Options()).Open(entry.path().string());
    if (!status.ok()) return " (" + entry.path().string() + ": " + status.ToString() + ")";
  }
  return {};
}

// What RocksDB says at an open, as damage where it is damage, with the file where RocksDB keeps its name to itself.
Status OpenFailure(const rocksdb::Status& status, const std::string& path) {
  std::string text = status.ToString();
  if (text.find("hile lock file") != std::string::npos || text.find("lock hold by") != std::string::npos) {
    return BusyStatus(path, "");
  }
  const std::string where = "database '" + path + "'";
  // RocksDB says so whenever the MANIFEST cannot be opened. Quire does not ask for direct I/O.
  if (text.find("Direct I/O is not supported") != std::string::npos) {
    return FromRocks(rocksdb::Status::IOError("the MANIFEST cannot be opened"), where);
  }
  const bool file_missing = status.IsPathNotFound() || status.IsNotFound();
  if (!file_missing && !status.IsCorruption()) return FromRocks(status, where);
  if (text.find(".sst") == std::string::npos) text += FindDamagedTable(path);
  return FromRocks(rocksdb::Status::Corruption(text), where);
}

Result<std::shared_ptr<Rocks>> OpenReadOnly(const std::string& path, const rocksdb::DBOptions& db_options,
                                            const Families& families) {
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(db_options, path, families, &handles, &db);
  if (!status.ok()) return OpenFailure(status, path);
  return std::make_shared<Rocks>(path, true, db, std::move(handles), nullptr);
}

// What is found out about a database without changing it.
struct Examination {
  bool complete = false;  // has a FORMAT key: its creation was completed
  uint64_t sequence = 0;  // what recovery will come to, at least
  Families families;      // those of ours that it has, in our order
};

// Opens "meta" alone, for reading, with the logs that it needs.
Result<Examination> Examine(const std::string& path, const Setup& setup) {
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(setup.for_reading, path, &names);
  if (!status.ok()) return OpenFailure(status, path);
  Examination result;
  for (const auto& family : setup.families) {  // they were made in this order
    if (std::find(names.begin(), names.end(), family.name) == names.end()) break;
    result.families.push_back(family);
  }
  if (result.families.size() < 2 || result.families[1].name != FamilyName(Family::kMeta)) {
    // A MANIFEST whose first record is damaged reads as an empty one. The watermark is made once a creation is complete.
    if (!Watermark::Read(path)) return result;
    return Status(Code::kCorruption, "database '" + path + "': damaged: the MANIFEST names no families of a database",
                  std::string(kMendDamage));
  }

  const Families meta(result.families.begin(), result.families.begin() + 2);
  QUIRE_ASSIGN_OR_RETURN(const std::shared_ptr<Rocks> rocks, OpenReadOnly(path, setup.for_reading, meta));
  result.sequence = rocks->db().GetLatestSequenceNumber();
  std::string format;
  const rocksdb::Status read =
      rocks->db().Get(rocksdb::ReadOptions(), rocks->handle(Family::kMeta), rocksdb::Slice(kFormatKey), &format);
  if (read.IsNotFound() && result.sequence == 0) return result;
  if (read.IsNotFound()) return NotADatabase(path);
  QUIRE_RETURN_IF_ERROR(rocks->Translate(read, Family::kMeta));
  QUIRE_RETURN_IF_ERROR(CheckFormat(path, format));
  if (names.size() != result.families.size()) {
    return Status(Code::kCorruption, "database '" + path + "': damaged: has " + std::to_string(names.size()) +
                                         " column families, " + std::to_string(result.families.size()) +
                                         " of them known", std::string(kMendDamage));
  }
  result.complete = true;
  return result;
}

Result<std::shared_ptr<Rocks>> OpenForReading(const std::string& path, const Options& options,
                                              const std::shared_ptr<rocksdb::Cache>& cache) {
  QUIRE_ASSIGN_OR_RETURN(const DirectoryState state, InspectDirectory(path));
  if (state == DirectoryState::kForeign) return NotADatabase(path);
  if (state == DirectoryState::kMissing) return Status(Code::kNotFound, "database '" + path + "' is not there");
  const Status empty(Code::kNotFound, "directory '" + path + "' has no database in it");
  if (state == DirectoryState::kEmpty || state == DirectoryState::kInterrupted) return empty;

  const Setup setup(path, options, cache);
  QUIRE_ASSIGN_OR_RETURN(const Examination found, Examine(path, setup));
  if (!found.complete) return state == DirectoryState::kUnmarked ? NotADatabase(path) : empty;
  return OpenReadOnly(path, setup.for_reading, found.families);
}

// RocksDB reads the MANIFEST, then the logs, then the sorted files. If a writer flushes meanwhile, a sorted file may be
// gone, which is an error, or a log, which is none: then some families would be older than others. So an open during
// which a log went is not used. (Logs go in their order: one that came meanwhile has not gone before those.)
Result<std::shared_ptr<Rocks>> OpenForReadingBesideWriter(const std::string& path, const Options& options,
                                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  constexpr int kAttempts = 200;
  for (int attempt = 1;; ++attempt) {
    const FileSet before = ListFileSet(path);
    Result<std::shared_ptr<Rocks>> rocks = OpenForReading(path, options, cache);
    const FileSet after = ListFileSet(path);
    const bool logs_stayed =
        std::includes(after.logs.begin(), after.logs.end(), before.logs.begin(), before.logs.end());
    if (rocks.ok() ? logs_stayed : before == after) return rocks;
    if (attempt == kAttempts) {
      return Status(Code::kBusy, "database '" + path + "': its files change faster than they can be read", "try again");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// Families are addressed by number in a Batch, so the numbers must be those of FamilyId().
Status CheckFamilies(const Rocks& rocks) {
  for (size_t i = 0; i < kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    const uint32_t id = rocks.handle(family)->GetID();
    if (id == FamilyId(family)) continue;
    return Status(Code::kCorruption, "database '" + rocks.path() + "': damaged: family '" +
                                         std::string(FamilyName(family)) + "' has number " + std::to_string(id) +
                                         ", expected " + std::to_string(FamilyId(family)));
  }
  return {};
}

Status WriteFormat(const Rocks& rocks) {
  rocksdb::WriteOptions durable;
  durable.sync = true;
  return rocks.Translate(rocks.db().Put(durable, rocks.handle(Family::kMeta), rocksdb::Slice(kFormatKey),
                                        EncodeFormat(kFormatNumber, Release())));
}

// Opens with the families there are and makes those that are missing: all at once, because RocksDB's own
// create_missing_column_families writes and syncs its options anew for each.
Result<std::shared_ptr<Rocks>> OpenAndAddFamilies(const std::string& path, const Setup& setup, Families there,
                                                  std::unique_ptr<DirectoryLock> lock) {
  const auto log_guard = std::make_shared<LogGuard>();
  rocksdb::DBOptions options = setup.for_writing;
  options.listeners.push_back(log_guard);
  if (there.empty()) there.push_back(setup.families[0]);
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::Status status = rocksdb::DB::Open(options, path, there, &handles, &db);
  if (!status.ok()) return OpenFailure(status, path);

  const Families missing(setup.families.begin() + static_cast<std::ptrdiff_t>(there.size()), setup.families.end());
  std::vector<rocksdb::ColumnFamilyHandle*> added;
  if (!missing.empty()) status = db->CreateColumnFamilies(missing, &added);
  handles.insert(handles.end(), added.begin(), added.end());
  auto rocks = std::make_shared<Rocks>(path, false, db, std::move(handles), std::move(lock), log_guard);
  QUIRE_RETURN_IF_ERROR(rocks->Translate(status));
  return rocks;
}

// Where the list of files could not be written for a while, "meta" alone knows less than there is: RocksDB passes over the logs that only
// other families need. Then all families are asked.
Status CheckSequence(const std::string& path, const Setup& setup, const Examination& found) {
  if (CheckWatermark(path, found.sequence).ok()) return {};
  QUIRE_ASSIGN_OR_RETURN(const std::shared_ptr<Rocks> rocks, OpenReadOnly(path, setup.for_reading, found.families));
  return CheckWatermark(path, rocks->db().GetLatestSequenceNumber());
}

// REQUIRES: the lock is held, so that what is found stays so.
Result<std::shared_ptr<Rocks>> OpenLocked(const std::string& path, const Options& options,
                                          const std::shared_ptr<rocksdb::Cache>& cache,
                                          std::unique_ptr<DirectoryLock> lock, bool compacts) {
  Setup setup(path, options, cache);
  for (auto& family : setup.families) family.options.disable_auto_compactions = !compacts;
  QUIRE_ASSIGN_OR_RETURN(const DirectoryState state, InspectDirectory(path));
  Examination found;
  if (state == DirectoryState::kDatabase) {
    QUIRE_ASSIGN_OR_RETURN(found, Examine(path, setup));
    QUIRE_RETURN_IF_ERROR(CheckSequence(path, setup, found));
  }
  setup.for_writing.create_if_missing = !found.complete;
  QUIRE_ASSIGN_OR_RETURN(auto rocks, OpenAndAddFamilies(path, setup, std::move(found.families), std::move(lock)));
  QUIRE_RETURN_IF_ERROR(CheckFamilies(*rocks));
  if (!found.complete) QUIRE_RETURN_IF_ERROR(WriteFormat(*rocks));
  return rocks;
}

// A RocksDB that does not carry our mark is looked at before anything is written into it.
Status CheckUnmarked(const std::string& path, const Options& options, const std::shared_ptr<rocksdb::Cache>& cache) {
  QUIRE_ASSIGN_OR_RETURN(const Examination found, Examine(path, Setup(path, options, cache)));
  return found.complete ? Status() : NotADatabase(path);
}

Result<std::shared_ptr<Rocks>> OpenForWriting(const std::string& path, const Options& options,
                                              const std::shared_ptr<rocksdb::Cache>& cache, bool compacts) {
  QUIRE_ASSIGN_OR_RETURN(const DirectoryState state, InspectDirectory(path));
  const bool there = state != DirectoryState::kMissing && state != DirectoryState::kEmpty;
  if (state == DirectoryState::kForeign) return NotADatabase(path);
  if (state == DirectoryState::kUnmarked) QUIRE_RETURN_IF_ERROR(CheckUnmarked(path, options, cache));
  if (!there && !options.create_if_missing) {
    return Status(Code::kNotFound, state == DirectoryState::kMissing
                                       ? "database '" + path + "' is not there"
                                       : "directory '" + path + "' has no database in it");
  }
  if (state == DirectoryState::kMissing) QUIRE_RETURN_IF_ERROR(CreateDirectory(path));
  QUIRE_ASSIGN_OR_RETURN(std::unique_ptr<DirectoryLock> lock, DirectoryLock::Acquire(path));
  return OpenLocked(path, options, cache, std::move(lock), compacts);
}

}  // namespace

Status CheckWatermark(const std::string& path, uint64_t sequence) {
  const uint64_t acknowledged = Watermark::Read(path).value_or(0);
  if (acknowledged <= sequence) return {};
  const std::string file = path + "/" + std::string(Watermark::kFileName);
  return Status(
      Code::kCorruption,
      "database '" + path + "': damaged: " + std::to_string(acknowledged - sequence) +
          " changes of acknowledged commits are missing: the log can be read up to change " + std::to_string(sequence) +
          ", expected " + std::to_string(acknowledged),
      "restore a backup, or save what is left: open it read-only, or REPAIR DATABASE 'path' TO 'new path'; removing '" + file +
          "' accepts the loss");
}

Result<std::shared_ptr<Rocks>> OpenDatabase(const std::string& path, const Options& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache, bool compacts) {
  return options.read_only ? OpenForReadingBesideWriter(path, options, cache) : OpenForWriting(path, options, cache, compacts);
}

}  // namespace quire::storage
