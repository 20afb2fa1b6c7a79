#include "engine/storage/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

#include "engine/storage/ballast.h"
#include "engine/storage/directory_lock.h"
#include "engine/storage/posix_file.h"
#include "engine/storage/rocks_status.h"
#include "engine/storage/watermark.h"

namespace quire::storage {
namespace {

// Which of the telling files a directory has.
struct Contents {
  bool any = false;
  bool current = false;    // RocksDB's root
  bool lock = false;       // our mark
  bool watermark = false;  // made when the creation of a database is complete
  bool tables = false;     // sorted files
};

Result<Contents> ListDirectory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) return ErrnoStatus("cannot read", path, errno);
  Contents contents;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    contents.any = true;
    contents.current |= name == "CURRENT";
    contents.lock |= name == DirectoryLock::kFileName;
    contents.watermark |= name == Watermark::kFileName;
    contents.tables |= name.ends_with(".sst");
  }
  if (errno != 0) return ErrnoStatus("cannot read", path, errno);
  return contents;
}

// Whether RocksDB, or what stands beside it, names a file so.
bool IsDatabaseFile(std::string_view name) {
  for (const std::string_view ending : {".sst", ".log", ".tmp", ".dbtmp"}) {
    if (name.ends_with(ending)) return true;
  }
  for (const std::string_view beginning : {"MANIFEST-", "OPTIONS-", "LOG"}) {
    if (name.starts_with(beginning)) return true;
  }
  return name == "CURRENT" || name == "IDENTITY" || name == "LOCK" || name == Watermark::kFileName || name == DirectoryLock::kFileName ||
         name == Ballast::kFileName;
}

}  // namespace

Result<DirectoryState> InspectDirectory(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return Status(Code::kInvalidArgument, "the path of a database is empty or holds a zero byte");
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return DirectoryState::kMissing;
    return ErrnoStatus("cannot read", path, errno);
  }
  if (!S_ISDIR(info.st_mode)) {
    return Status(Code::kInvalidArgument, "'" + path + "': not a directory, and a Quire database is one");
  }
  QUIRE_ASSIGN_OR_RETURN(const Contents contents, ListDirectory(path));
  if (contents.current) return contents.lock ? DirectoryState::kDatabase : DirectoryState::kUnmarked;
  if (!contents.lock) return contents.any ? DirectoryState::kForeign : DirectoryState::kEmpty;
  if (contents.watermark || contents.tables) {
    // To create a database here would let RocksDB remove the sorted files as unknown.
    return Status(Code::kCorruption, "database '" + path + "': damaged: the file CURRENT is missing",
                  std::string(kMendDamage));
  }
  return DirectoryState::kInterrupted;
}

FileSet ListFileSet(const std::string& path) {
  FileSet files;
  const PosixFile current(path + "/CURRENT", O_RDONLY);
  if (current.is_open()) files.manifest = current.ReadPrefix(64);
  while (!files.manifest.empty() && files.manifest.back() == '\n') files.manifest.pop_back();
  struct stat info {};
  if (::stat((path + "/" + files.manifest).c_str(), &info) == 0) files.manifest += ":" + std::to_string(info.st_size);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    if (std::string_view(entry->d_name).ends_with(".log")) files.logs.insert(entry->d_name);
  }
  return files;
}

Status CreateDirectory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0) {
    if (errno == EEXIST) return {};
    if (errno == ENOENT) {
      return Status(Code::kNotFound, "cannot create '" + path + "': the directory it lies in is not there");
    }
    return ErrnoStatus("cannot create", path, errno);
  }
  return SyncParent(path);
}

Status SyncDirectory(const std::string& path) {
  const PosixFile entries(path, O_RDONLY | O_DIRECTORY);
  if (!entries.is_open() || ::fsync(entries.fd()) != 0) return ErrnoStatus("cannot sync", path, errno);
  return {};
}

Status SyncParent(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return SyncDirectory(parent.empty() ? "." : parent);
}

Status MoveDirectory(const std::string& from, const std::string& to) {
  QUIRE_RETURN_IF_ERROR(SyncDirectory(from));
  if (::rename(from.c_str(), to.c_str()) != 0) return ErrnoStatus("cannot rename", from, errno);
  return SyncParent(to);
}

Status RemoveUnfinished(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  bool known = fs::is_directory(path, error);
  for (auto entry = fs::recursive_directory_iterator(path, error); known && !error && entry != fs::end(entry); entry.increment(error)) {
    known = entry->is_directory() || IsDatabaseFile(entry->path().filename().string());
  }
  if (!known) {
    return Status(Code::kAlreadyExists, "'" + path + "' is in the way: that is where the new database is made", "remove or rename it");
  }
  if (!error) fs::remove_all(path, error);
  return error ? Status(Code::kIoError, "cannot remove '" + path + "': " + error.message()) : Status();
}

}  // namespace quire::storage
