#include "engine/storage/backup.h"

#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "engine/storage/directory.h"

namespace quire::storage {
namespace {

namespace fs = std::filesystem;

// Of RocksDB's own files in a directory of backups, the one that every backup has: `meta/<number>`.
constexpr std::string_view kMeta = "meta";

rocksdb::BackupEngineOptions EngineOptions(const std::string& directory) {
  rocksdb::BackupEngineOptions options(directory);
  options.sync = true;
  // The families are flushed one by one: only with the log is a transaction in the copy whole.
  options.backup_log_files = true;
  options.share_table_files = true;
  options.share_files_with_checksum = true;
  return options;
}

std::string Where(const std::string& directory) { return "backup directory '" + directory + "'"; }

bool HoldsBackups(const std::string& directory) {
  std::error_code error;
  return fs::is_directory(fs::path(directory) / kMeta, error);
}

// Whether there is nothing but folders of RocksDB's engine: a first backup did not get as far as `meta`.
bool HoldsBeginnings(const std::string& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name != "shared" && name != "shared_checksum" && name != "private") return false;
  }
  return !error;
}

// A directory that is missing, empty, or has backups in it.
Status CheckDirectory(const std::string& directory) {
  QUIRE_ASSIGN_OR_RETURN(const DirectoryState state, InspectDirectory(directory));
  if (state == DirectoryState::kMissing) return CreateDirectory(directory);
  if (state == DirectoryState::kEmpty || (state == DirectoryState::kForeign && (HoldsBackups(directory) || HoldsBeginnings(directory)))) return {};
  const bool database = state != DirectoryState::kForeign;
  return Status(Code::kInvalidArgument, Where(directory) + (database ? " is a database" : " holds other files"),
                "give a directory of its own");
}

// RocksDB's engine syncs its folders, but passes over those it cannot open.
Status SyncFolders(const std::string& directory, rocksdb::BackupID number) {
  const std::string numbered = "/private/" + std::to_string(number);
  for (const std::string& folder : {numbered, std::string("/private"), std::string("/shared_checksum"), std::string("/meta"), std::string()}) {
    QUIRE_RETURN_IF_ERROR(SyncDirectory(directory + folder));
  }
  return {};
}

// Which database this is, whatever its path.
Result<std::string> IdentityOf(const Rocks& rocks) {
  std::string identity;
  QUIRE_RETURN_IF_ERROR(rocks.Translate(rocks.db().GetDbIdentity(identity)));
  while (!identity.empty() && identity.back() == '\n') identity.pop_back();
  return "quire " + identity;
}

}  // namespace

Result<BackupInfo> CreateBackup(const Rocks& rocks, const std::string& directory) {
  // The copy is made of bytes: what is damaged already would be copied so, and older backups be taken for dispensable.
  QUIRE_RETURN_IF_ERROR(rocks.Translate(rocks.db().VerifyChecksum()));
  QUIRE_RETURN_IF_ERROR(CheckDirectory(directory));
  QUIRE_ASSIGN_OR_RETURN(const std::string identity, IdentityOf(rocks));
  rocksdb::BackupEngine* opened = nullptr;
  QUIRE_RETURN_IF_ERROR(FromRocks(
      rocksdb::BackupEngine::Open(EngineOptions(directory), rocksdb::Env::Default(), &opened), Where(directory)));
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  rocksdb::BackupInfo last;
  if (engine->GetLatestBackupInfo(&last).ok() && last.app_metadata != identity) {
    return Status(Code::kInvalidArgument, Where(directory) + " holds backups of another database",
                  "give a directory of its own");
  }
  rocksdb::CreateBackupOptions options;
  options.flush_before_backup = true;
  rocksdb::BackupID number = 0;
  rocksdb::DB* db = &rocks.db();
  QUIRE_RETURN_IF_ERROR(
      FromRocks(engine->CreateNewBackupWithMetadata(options, db, identity, &number), Where(directory)));
  QUIRE_RETURN_IF_ERROR(SyncFolders(directory, number));
  QUIRE_RETURN_IF_ERROR(FromRocks(engine->VerifyBackup(number, /*verify_with_checksum=*/true), Where(directory)));
  rocksdb::BackupInfo made;
  QUIRE_RETURN_IF_ERROR(FromRocks(engine->GetBackupInfo(number, &made), Where(directory)));
  return BackupInfo{.number = number, .files = made.number_files, .bytes = made.size};
}

Status RestoreBackup(const std::string& directory, const std::string& path) {
  if (!HoldsBackups(directory)) {
    return Status(Code::kNotFound, Where(directory) + " has no backup in it", "BACKUP TO makes one");
  }
  QUIRE_ASSIGN_OR_RETURN(const DirectoryState state, InspectDirectory(path));
  if (state != DirectoryState::kMissing && state != DirectoryState::kEmpty) {
    return Status(Code::kAlreadyExists, "'" + path + "' is there and not empty", "restore to a new path, then open it");
  }
  rocksdb::BackupEngineReadOnly* opened = nullptr;
  QUIRE_RETURN_IF_ERROR(
      FromRocks(rocksdb::BackupEngineReadOnly::Open(EngineOptions(directory), rocksdb::Env::Default(), &opened),
                Where(directory)));
  std::unique_ptr<rocksdb::BackupEngineReadOnly> engine(opened);
  rocksdb::BackupInfo last;
  QUIRE_RETURN_IF_ERROR(FromRocks(engine->GetLatestBackupInfo(&last), Where(directory)));
  if (last.app_metadata.rfind("quire ", 0) != 0) {
    return Status(Code::kInvalidArgument, Where(directory) + " holds backups of something else");
  }
  // Under another name until it is whole, so that nobody opens a part of it.
  const std::string unfinished = path + ".restoring";
  QUIRE_RETURN_IF_ERROR(RemoveUnfinished(unfinished));
  Status status = CreateDirectory(unfinished);
  if (status.ok()) {
    status = FromRocks(engine->RestoreDBFromBackup(last.backup_id, unfinished, unfinished), Where(directory));
  }
  engine.reset();  // its threads may still write after a failure
  if (status.ok()) status = MoveDirectory(unfinished, path);
  std::error_code ignored;
  if (!status.ok()) fs::remove_all(unfinished, ignored);
  return status;
}

}  // namespace quire::storage
