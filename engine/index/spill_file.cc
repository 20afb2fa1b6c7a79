#include "engine/index/spill_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace quire::index {

Result<std::shared_ptr<SpillFile>> SpillFile::Make(size_t bytes, const std::string& directory) {
  const auto failed = [&](int error) {
    return Status(Code::kIoError,
                  "cannot keep " + std::to_string(bytes) + " bytes of codes in '" + directory + "': " + std::strerror(error),
                  "give it room, or open the database with a larger memory_limit");
  };
  const int file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return failed(errno);
  int error = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
  void* mapped = MAP_FAILED;
  if (error == 0) {
    mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) error = errno;
  }
  ::close(file);
  if (error != 0) return failed(error);
  return std::shared_ptr<SpillFile>(new SpillFile(static_cast<uint8_t*>(mapped), bytes));
}

SpillFile::~SpillFile() { ::munmap(data_, size_); }

void SpillFile::Leave() const { ::madvise(data_, size_, MADV_DONTNEED); }

}  // namespace quire::index
