// DirectoryLock: one process at a time, and the next one is told who.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/storage/posix_file.h"
#include "quire/status.h"

namespace quire::storage {

// An flock on the file QUIRE_LOCK of a database directory, which holds "<pid> <program>" of its holder. It is taken
// before RocksDB's own LOCK, so that nothing in the directory is read or written by two at a time, and it goes with the
// process. The file also marks the directory as Quire's while its creation is under way.
class DirectoryLock {
 public:
  static constexpr std::string_view kFileName = "QUIRE_LOCK";

  // Errors: kBusy "database 'x.quire' is in use by process 1234 (quire-load)"; kIoError.
  static Result<std::unique_ptr<DirectoryLock>> Acquire(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(PosixFile file) : file_(std::move(file)) {}
  PosixFile file_;
};

// That `directory` is held by whom `holder` ("<pid> <program>", or anything) names. kBusy.
Status BusyStatus(const std::string& directory, std::string_view holder);

}  // namespace quire::storage
