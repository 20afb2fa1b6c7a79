#include "engine/storage/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <charconv>

#include "engine/base/utf8.h"

namespace quire::storage {
namespace {

constexpr size_t kHolderBytesMax = 64;  // a pid and the 15 bytes Linux keeps of a program's name

std::string ProgramName() {
  const PosixFile file("/proc/self/comm", O_RDONLY);
  std::string name = file.is_open() ? file.ReadPrefix(kHolderBytesMax) : std::string();
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

}  // namespace

Status BusyStatus(const std::string& directory, std::string_view holder) {
  std::string message = "database '" + directory + "' is ";
  long pid = 0;
  const auto [end, error] = std::from_chars(holder.data(), holder.data() + holder.size(), pid);
  if (error != std::errc() || pid <= 0) {
    message += "in use by another process";
  } else if (pid == ::getpid()) {
    message += "already open in this process";
  } else {
    std::string_view name(end, static_cast<size_t>(holder.data() + holder.size() - end));
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == '\n') name.remove_suffix(1);
    message += "in use by process " + std::to_string(pid);
    if (!name.empty()) message += " (" + Printable(name) + ")";
  }
  return Status(Code::kBusy, std::move(message), "close it there, or open it read-only here");
}

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::Acquire(const std::string& directory) {
  const std::string path = directory + "/" + std::string(kFileName);
  PosixFile file(path, O_RDWR | O_CREAT);
  if (!file.is_open()) return ErrnoStatus("cannot open", path, errno);
  if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoStatus("cannot lock", path, errno);
    return BusyStatus(directory, file.ReadPrefix(kHolderBytesMax));
  }
  // Cut first: a reader between the two calls must not see this pid with another program's name.
  const std::string holder = std::to_string(::getpid()) + " " + ProgramName() + "\n";
  if (::ftruncate(file.fd(), 0) != 0 || !file.WriteAt(holder, 0)) return ErrnoStatus("cannot write", path, errno);
  return std::unique_ptr<DirectoryLock>(new DirectoryLock(std::move(file)));
}

DirectoryLock::~DirectoryLock() {
  // Explicitly: a child forked meanwhile shares the descriptor, and with it the lock.
  if (file_.is_open()) ::flock(file_.fd(), LOCK_UN);
}

}  // namespace quire::storage
