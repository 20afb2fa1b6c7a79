#include "extensions/ingest/source_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

Status SystemFailure() { return Status(Code::kIoError, ToLower(std::generic_category().message(errno))); }

Status TooLarge(uint64_t size, uint64_t bytes_max) {
  return Status(Code::kResourceExhausted,
                "has " + std::to_string(size) + " bytes, expected at most " + std::to_string(bytes_max), "split it");
}

class Descriptor {
 public:
  // Non-blocking: a FIFO that took the place of a file since it was listed must not hang the load.
  explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

Result<std::string> ReadFileBytes(const std::string& path, uint64_t bytes_max) {
  const Descriptor file(path);
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) return SystemFailure();
  if (!S_ISREG(info.st_mode)) return Status(Code::kIoError, "is not a regular file");
  if (static_cast<uint64_t>(info.st_size) > bytes_max) return TooLarge(static_cast<uint64_t>(info.st_size), bytes_max);
  std::string bytes(static_cast<size_t>(info.st_size) + 1, '\0');
  size_t size = 0;
  while (true) {  // the file may grow while it is read
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemFailure();
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size > bytes_max) return TooLarge(size, bytes_max);
    if (size == bytes.size()) bytes.resize(bytes.size() + 4096);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace quire::ingest
