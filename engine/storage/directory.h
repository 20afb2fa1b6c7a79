// What lies at a path before it is opened. Nothing here changes a file.
#pragma once

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

// A text that is another one after a writer has replaced files: the name and size of the MANIFEST, and which logs there
// are. Commits that only append to the log do not change it.
std::string FileSetMark(const std::string& path);

// Makes the directory, and the entry in its parent durable. Errors: kNotFound (no parent), kIoError. An existing one is
//   not an error.
Status CreateDirectory(const std::string& path);

}  // namespace quire::storage
