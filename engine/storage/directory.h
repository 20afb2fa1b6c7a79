// What lies at a path before it is opened. Nothing here changes a file.
#pragma once

#include <set>
#include <string>

#include "quire/status.h"

namespace quire::storage {

enum class DirectoryState {
  kMissing,
  kEmpty,
  kInterrupted,  // ours, but its creation did not get as far as a database
  kDatabase,     // marked as ours, with a RocksDB in it
  kUnmarked,     // a RocksDB without our mark: a restored copy, or another program's
  kForeign,      // files, but no database
};

// Errors: kInvalidArgument (a file, an empty path), kIoError (unreadable), kCorruption (our files without CURRENT).
Result<DirectoryState> InspectDirectory(const std::string& path);

// The files from which a reader without a lock puts a database together.
struct FileSet {
  std::string manifest;        // name and size
  std::set<std::string> logs;  // names

  friend bool operator==(const FileSet& a, const FileSet& b) { return a.manifest == b.manifest && a.logs == b.logs; }
};
FileSet ListFileSet(const std::string& path);

// Makes the directory, and the entry in its parent durable. Errors: kNotFound (no parent), kIoError. An existing one is
//   not an error.
Status CreateDirectory(const std::string& path);

// Makes the entries of a directory durable; of the one that `path` lies in. Errors: kIoError.
Status SyncDirectory(const std::string& path);
Status SyncParent(const std::string& path);
// Gives a finished directory its name, durably: `to` is missing or empty. Errors: kIoError.
Status MoveDirectory(const std::string& from, const std::string& to);

// Removes a directory that was to become a database and never did, if there is one. Errors: kAlreadyExists (it has files that are none of
//   a database), kIoError; nothing has been removed then.
Status RemoveUnfinished(const std::string& path);

}  // namespace quire::storage
