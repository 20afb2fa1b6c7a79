// The calls of the C library that the test program answers in its place: see disk.h. Each asks the disk whether it is to fail, is
// carried out, and is recorded. Which calls there are: `nm -D --undefined-only` of RocksDB's and the C++ library, and ours.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "tests/fault/disk.h"

namespace {

using quire::fault::Call;
using quire::fault::Disk;

template <typename Function>
Function* Real(Function*, const char* name) {
  // POSIX has dlsym give functions as void*.
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));  // NOLINT
}
#define QUIRE_REAL(name) static const auto real = Real(static_cast<decltype(&::name)>(nullptr), #name)

int Fail(int error) {
  errno = error;
  return -1;
}

// The path that `path` means below an open directory.
std::string Below(int directory, const char* path) {
  if (directory == AT_FDCWD || path[0] == '/') return path;
  char target[PATH_MAX];
  const ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(directory)).c_str(), target, sizeof target);
  return length <= 0 ? path : std::string(target, static_cast<size_t>(length)) + "/" + path;
}

bool IsUnnamed(int flags) { return (flags & O_TMPFILE) == O_TMPFILE; }

int OpenAt(int directory, const char* path, int flags, mode_t mode) {
  QUIRE_REAL(openat);
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto place = disk.watching() ? disk.Find(Below(directory, path).c_str()) : std::nullopt;
  if (!place) {
    const int fd = real(directory, path, flags, mode);
    if (fd >= 0 && disk.watching()) disk.SetFile(fd, nullptr);
    return fd;
  }
  const bool creates = (flags & O_CREAT) != 0 && place->node == nullptr;
  const bool changes = creates || IsUnnamed(flags) || (flags & O_TRUNC) != 0;
  if (const int error = disk.Enter(Call::kOpen, creates ? 1 : 0, changes); error != 0) return Fail(error);
  const int fd = real(directory, path, flags, mode);
  if (fd < 0) return fd;
  auto node = place->node;
  if (IsUnnamed(flags)) {
    node = Disk::MakeNode(false);
  } else if (node == nullptr) {
    node = Disk::MakeNode(false);
    Disk::SetEntry(*place->parent, place->name, node);
  } else if ((flags & O_TRUNC) != 0) {
    Disk::Record(*node, 0, "", true);
  }
  disk.SetFile(fd, node);
  return fd;
}

mode_t ModeOf(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 || IsUnnamed(flags) ? va_arg(arguments, mode_t) : 0;
}

// What `write` at a place may add to the file: none where it only writes over what is there.
uint64_t Growth(int fd, off_t offset, size_t count) {
  struct stat info {};
  const uint64_t end = static_cast<uint64_t>(offset) + count;
  if (::fstat(fd, &info) != 0) return 0;
  const uint64_t there = static_cast<uint64_t>(info.st_blocks) * 512;
  return end > there ? end - there : 0;
}

template <typename Carry>
ssize_t WriteAt(int fd, const void* bytes, size_t count, off_t offset, const Carry& carry) {
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto node = disk.FileOf(fd);
  if (node == nullptr) return carry();
  if (offset < 0) {
    struct stat info {};
    const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0 && ::fstat(fd, &info) == 0;
    offset = appends ? info.st_size : ::lseek(fd, 0, SEEK_CUR);
  }
  if (const int error = disk.Enter(Call::kWrite, Growth(fd, offset, count)); error != 0) return Fail(error);
  const ssize_t done = carry();
  if (done > 0) {
    Disk::Record(*node, static_cast<uint64_t>(offset), {static_cast<const char*>(bytes), static_cast<size_t>(done)}, false);
  }
  return done;
}

// No file of this program has to survive the machine, so the disk is never waited for.
int Sync(int fd) {
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto node = disk.FileOf(fd);
  if (node == nullptr) return 0;
  struct stat info {};
  const bool directory = ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
  if (const int error = disk.Enter(directory ? Call::kSyncDirectory : Call::kSync); error != 0) return Fail(error);
  Disk::Synced(*node);
  return 0;
}

template <typename Carry>
int Remove(const char* path, const Carry& carry) {
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto place = disk.Find(path);
  if (!place || place->node == nullptr) return carry();
  if (const int error = disk.Enter(Call::kDelete); error != 0) return Fail(error);
  const int result = carry();
  if (result == 0) Disk::SetEntry(*place->parent, place->name, nullptr);
  return result;
}

// Gives the file `from` the name `to` as well, or in its place.
template <typename Carry>
int Name(Call call, const char* from, const char* to, const Carry& carry) {
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto source = disk.Find(from);
  const auto target = disk.Find(to);
  if (!source || !target || source->node == nullptr) return carry();
  if (const int error = disk.Enter(call); error != 0) return Fail(error);
  const int result = carry();
  if (result != 0) return result;
  if (call == Call::kRename) Disk::SetEntry(*source->parent, source->name, nullptr);
  Disk::SetEntry(*target->parent, target->name, source->node);
  return result;
}

// `length`: of the file afterwards, where that changes.
template <typename Carry>
int Resize(Call call, int fd, off_t length, uint64_t growth, const Carry& carry, int failed) {
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto node = disk.FileOf(fd);
  if (node == nullptr) return carry();
  if (const int error = disk.Enter(call, growth); error != 0) return failed == 0 ? error : Fail(error);
  const int result = carry();
  if (result == 0 && length >= 0) Disk::Record(*node, static_cast<uint64_t>(length), "", true);
  return result;
}

// The file's length once [offset, offset + length) is there; -1: as it is.
off_t LengthWith(int fd, off_t offset, off_t length) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && offset + length > info.st_size ? offset + length : -1;
}

}  // namespace

#pragma GCC visibility push(default)  // seen by the shared libraries, which is the point
extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return OpenAt(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return OpenAt(directory, path, flags, mode);
}

int close(int fd) {
  QUIRE_REAL(close);
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  if (disk.watching()) disk.SetFile(fd, nullptr);
  return real(fd);
}

int fclose(FILE* file) {
  QUIRE_REAL(fclose);
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  if (disk.watching()) disk.SetFile(::fileno(file), nullptr);
  return real(file);
}

ssize_t pread(int fd, void* bytes, size_t count, off_t offset) {
  QUIRE_REAL(pread);
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto node = disk.FileOf(fd);
  if (node == nullptr) return real(fd, bytes, count, offset);
  if (const int error = disk.Enter(Call::kRead, 0, false); error != 0) return Fail(error);
  return real(fd, bytes, disk.halves_reads() ? count / 2 : count, offset);
}

size_t fread_unlocked(void* bytes, size_t size, size_t count, FILE* file) {
  QUIRE_REAL(fread_unlocked);
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto node = disk.FileOf(::fileno(file));
  if (node == nullptr) return real(bytes, size, count, file);
  if (const int error = disk.Enter(Call::kRead, 0, false); error != 0) {
    errno = error;
    return 0;
  }
  return real(bytes, size, count, file);  // gives less only at the end, as the C library promises
}

ssize_t write(int fd, const void* bytes, size_t count) {
  QUIRE_REAL(write);
  return WriteAt(fd, bytes, count, -1, [&] { return real(fd, bytes, count); });
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  QUIRE_REAL(pwrite);
  return WriteAt(fd, bytes, count, offset, [&] { return real(fd, bytes, count, offset); });
}

int fsync(int fd) { return Sync(fd); }

int fdatasync(int fd) { return Sync(fd); }

int unlink(const char* path) noexcept {
  QUIRE_REAL(unlink);
  return Remove(path, [&] { return real(path); });
}

int rmdir(const char* path) noexcept {
  QUIRE_REAL(rmdir);
  return Remove(path, [&] { return real(path); });
}

int remove(const char* path) noexcept {
  QUIRE_REAL(remove);
  return Remove(path, [&] { return real(path); });
}

int unlinkat(int directory, const char* path, int flags) noexcept {
  QUIRE_REAL(unlinkat);
  return Remove(Below(directory, path).c_str(), [&] { return real(directory, path, flags); });
}

int rename(const char* from, const char* to) noexcept {
  QUIRE_REAL(rename);
  return Name(Call::kRename, from, to, [&] { return real(from, to); });
}

int link(const char* from, const char* to) noexcept {
  QUIRE_REAL(link);
  return Name(Call::kLink, from, to, [&] { return real(from, to); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  QUIRE_REAL(mkdir);
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const auto place = disk.Find(path);
  if (!place || place->node != nullptr) return real(path, mode);
  if (const int error = disk.Enter(Call::kMakeDirectory, 1); error != 0) return Fail(error);
  const int result = real(path, mode);
  if (result == 0) Disk::SetEntry(*place->parent, place->name, Disk::MakeNode(true));
  return result;
}

int ftruncate(int fd, off_t length) noexcept {
  QUIRE_REAL(ftruncate);
  return Resize(Call::kTruncate, fd, length, 0, [&] { return real(fd, length); }, -1);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  QUIRE_REAL(fallocate);
  const off_t after = (mode & FALLOC_FL_KEEP_SIZE) != 0 ? -1 : LengthWith(fd, offset, length);
  const uint64_t growth = (mode & FALLOC_FL_PUNCH_HOLE) != 0 ? 0 : Growth(fd, offset, static_cast<size_t>(length));
  return Resize(Call::kAllocate, fd, after, growth, [&] { return real(fd, mode, offset, length); }, -1);
}

int posix_fallocate(int fd, off_t offset, off_t length) {
  QUIRE_REAL(posix_fallocate);
  const uint64_t growth = Growth(fd, offset, static_cast<size_t>(length));
  return Resize(Call::kAllocate, fd, LengthWith(fd, offset, length), growth, [&] { return real(fd, offset, length); }, 0);
}

int statvfs(const char* path, struct statvfs* info) noexcept {
  QUIRE_REAL(statvfs);
  Disk& disk = Disk::Get();
  const auto lock = disk.Lock();
  const int result = real(path, info);
  const auto free = disk.Find(path) ? disk.FreeBytes() : std::nullopt;
  if (result == 0 && free) info->f_bavail = info->f_bfree = *free / info->f_frsize;
  return result;
}

}  // extern "C"
#pragma GCC visibility pop
