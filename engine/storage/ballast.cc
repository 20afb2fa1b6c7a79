#include "engine/storage/ballast.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "engine/storage/posix_file.h"

namespace quire::storage {

Ballast::Ballast(const std::string& directory)
    : path_(directory + "/" + std::string(kFileName)), directory_(directory) {
  struct stat info {};
  if (::stat(path_.c_str(), &info) == 0) size_ = static_cast<uint64_t>(info.st_size);
}

uint64_t Ballast::Available() const {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(directory_, error);
  return error ? UINT64_MAX : space.available;
}

bool Ballast::Reserve(uint64_t unflushed, uint64_t next) {
  std::lock_guard lock(mutex_);
  const uint64_t wanted = at_rest_ + (2 * (unflushed + next) + kBytesMin - 1) / kBytesMin * kBytesMin;
  low_ = (size_ < wanted && !Grow(wanted)) || Available() < kBytesMin + 2 * next;  // in the log, and in sorted files
  return !low_;
}

// True also where the file system fails otherwise than by being full: then there is no reserve, and nothing is refused.
bool Ballast::Grow(uint64_t bytes) {
  if (Available() < bytes - size_ + kBytesMin) return false;
  const PosixFile file(path_, O_WRONLY | O_CREAT);
  if (!file.is_open()) return errno != ENOSPC;
  const int failed = ::posix_fallocate(file.fd(), 0, static_cast<off_t>(bytes));
  const bool full = failed == ENOSPC || failed == EDQUOT;
  if (failed == 0) size_ = bytes;
  if (full && ::ftruncate(file.fd(), static_cast<off_t>(size_)) != 0) size_ = 0;
  return !full;
}

void Ballast::Flushed(uint64_t sorted) {
  std::lock_guard lock(mutex_);
  at_rest_ = std::clamp(sorted / 2 / kBytesMin * kBytesMin, kBytesMin, kBytesAtRestMax);
  if (size_ > at_rest_ && ::truncate(path_.c_str(), static_cast<off_t>(at_rest_)) == 0) size_ = at_rest_;
  if (size_ < at_rest_) low_ = !Grow(at_rest_);
  low_ = low_ || Available() < kBytesMin;
}

bool Ballast::GiveUp() {
  std::lock_guard lock(mutex_);
  low_ = true;
  size_ = 0;
  return ::unlink(path_.c_str()) == 0;
}

bool Ballast::is_low() const {
  std::lock_guard lock(mutex_);
  return low_;
}

}  // namespace quire::storage
