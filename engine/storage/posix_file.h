// PosixFile: an open file descriptor, and what the operating system said when there is none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quire/status.h"

namespace quire::storage {

// "cannot open 'x': permission denied", from errno. kIoError.
Status ErrnoStatus(std::string_view action, const std::string& path, int error);

// Owns a descriptor. Closed on exec, so that no child process keeps a database open.
class PosixFile {
 public:
  PosixFile() = default;
  // `flags` and a new file's mode as open(2) has them; -1 and errno on failure, see fd().
  PosixFile(const std::string& path, int flags);
  ~PosixFile();
  PosixFile(PosixFile&& other) noexcept;
  PosixFile& operator=(PosixFile&& other) noexcept;

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

  // The first `limit` bytes of the file, fewer if it is shorter or cannot be read.
  std::string ReadPrefix(size_t limit) const;
  // Writes all of `bytes` at `offset`; false on failure.
  bool WriteAt(std::string_view bytes, uint64_t offset) const;

 private:
  int fd_ = -1;
};

}  // namespace quire::storage
