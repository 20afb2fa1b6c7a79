#include "engine/storage/posix_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>
#include <utility>

namespace quire::storage {

Status ErrnoStatus(std::string_view action, const std::string& path, int error) {
  std::string reason = std::generic_category().message(error);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  std::string message(action);
  message.append(" '").append(path).append("': ").append(reason);
  return Status(Code::kIoError, std::move(message));
}

PosixFile::PosixFile(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}

PosixFile::~PosixFile() {
  if (fd_ >= 0) ::close(fd_);
}

PosixFile::PosixFile(PosixFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

PosixFile& PosixFile::operator=(PosixFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

std::string PosixFile::ReadPrefix(size_t limit) const {
  std::string bytes(limit, '\0');
  size_t done = 0;
  while (done < limit) {
    const ssize_t count = ::pread(fd_, bytes.data() + done, limit - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

bool PosixFile::WriteAt(std::string_view bytes, uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return true;
}

}  // namespace quire::storage
