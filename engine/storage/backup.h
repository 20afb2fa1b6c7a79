// Backups: copies of an open database in a directory of their own, by RocksDB's backup engine. Files that an earlier backup
// there has already are not copied again. The page for people: engine/doc/backup.md.
#pragma once

#include <string>

#include "engine/storage/rocks.h"
#include "quire/database.h"

namespace quire::storage {

// Adds a backup of `rocks` to `directory`, which is made if it is missing; all files of it are verified.
// Errors: kCorruption (of the database, found before anything is copied, or of the copy), kInvalidArgument (`directory`
//   holds something else, or backups of another database), kReadOnly, kIoError, kNotFound (no parent). One at a time.
Result<BackupInfo> CreateBackup(const Rocks& rocks, const std::string& directory);

// Makes the database `path` of the last backup in `directory`.
// Errors: kNotFound (no backup), kAlreadyExists (`path` is there and not empty), kCorruption, kIoError; `path` is then as it
//   was.
Status RestoreBackup(const std::string& directory, const std::string& path);

}  // namespace quire::storage
