// The disk that the other tests trust: what it forgets, what it lets fail.
#include "tests/fault/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/support/temporary_directory.h"

namespace quire::fault {
namespace {

namespace fs = std::filesystem;
using quire::testing::TemporaryDirectory;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return file ? bytes.str() : "(none)";
}

class Watched {
 public:
  Watched() { Disk::Get().Watch(directory_.path()); }
  ~Watched() { Disk::Get().Stop(); }
  std::string operator/(const std::string& name) const { return directory_ / name; }

  // Writes a file; gives its descriptor.
  int Write(const std::string& name, const std::string& bytes, int flags = O_CREAT | O_TRUNC) {
    const int fd = ::open((*this / name).c_str(), O_RDWR | flags, 0644);
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    return fd;
  }
  void SyncDirectory(const std::string& name = "") {
    const int fd = ::open((*this / name).c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(::fsync(fd) == 0);
    ::close(fd);
  }
  // What a file holds after power loss.
  std::string Left(const std::string& name, Loss loss = Loss::kAll, uint64_t seed = 0) {
    TemporaryDirectory copy;
    Disk::Get().CopyDurable(copy.path(), loss, seed);
    return ReadFile(copy / name);
  }

 private:
  TemporaryDirectory directory_;
};

TEST_CASE("disk: contents are durable after fsync of the file, names after fsync of the directory") {
  Watched disk;
  const int fd = disk.Write("a", "one");
  CHECK(disk.Left("a") == "(none)");
  CHECK(disk.Left("a", Loss::kData).empty());
  disk.SyncDirectory();
  CHECK(disk.Left("a").empty());
  REQUIRE(::fdatasync(fd) == 0);
  CHECK(disk.Left("a") == "one");
  REQUIRE(::pwrite(fd, "NE!", 3, 1) == 3);
  CHECK(disk.Left("a") == "one");
  REQUIRE(::fsync(fd) == 0);
  CHECK(disk.Left("a") == "oNE!");
  REQUIRE(::ftruncate(fd, 1) == 0);
  CHECK(disk.Left("a") == "oNE!");
  REQUIRE(::fsync(fd) == 0);
  CHECK(disk.Left("a") == "o");
  ::close(fd);
}

TEST_CASE("disk: what was not synced is there in part, torn") {
  Watched disk;
  const int fd = disk.Write("a", "0123");
  REQUIRE(::fsync(fd) == 0);
  disk.SyncDirectory();
  REQUIRE(::write(fd, "4567", 4) == 4);
  REQUIRE(::write(fd, "89", 2) == 2);
  ::close(fd);
  std::set<std::string> left;
  for (uint64_t seed = 0; seed < 200; ++seed) left.insert(disk.Left("a", Loss::kSome, seed));
  CHECK(left == std::set<std::string>{"0123", "01234", "012345", "0123456", "01234567", "012345678"});
}

TEST_CASE("disk: renames and removals wait for the directory; directories move with what is in them") {
  Watched disk;
  REQUIRE(::mkdir((disk / "new").c_str(), 0755) == 0);
  int fd = disk.Write("new/a", "one");
  ::fsync(fd);
  ::close(fd);
  disk.SyncDirectory("new");
  disk.SyncDirectory();
  fs::rename(disk / "new", disk / "old");
  CHECK(disk.Left("new/a") == "one");
  CHECK(disk.Left("old/a") == "(none)");
  disk.SyncDirectory();
  CHECK(disk.Left("new/a") == "(none)");
  CHECK(disk.Left("old/a") == "one");
  fs::remove_all(disk / "old");
  CHECK(disk.Left("old/a") == "one");
  disk.SyncDirectory();
  CHECK(disk.Left("old/a") == "(none)");

  fd = disk.Write("b", "two");
  ::fsync(fd);
  ::close(fd);
  disk.SyncDirectory();
  fd = disk.Write("c", "three");
  ::close(fd);
  fs::rename(disk / "c", disk / "b");
  CHECK(disk.Left("b") == "two");
  CHECK(disk.Left("b", Loss::kData).empty());  // the classic: renamed before it was synced
}

TEST_CASE("disk: a chosen call fails, and those after power was lost") {
  Watched disk;
  Disk::Get().Fail({.call = Call::kSync, .at = 2, .error = EIO});
  Disk::Get().Fail({.call = Call::kRead, .at = 1, .error = 0});
  const int fd = disk.Write("a", "0123");
  CHECK(::fsync(fd) == 0);
  CHECK(::fsync(fd) == -1);
  CHECK(errno == EIO);
  CHECK(::fsync(fd) == 0);
  char bytes[4];
  CHECK(::pread(fd, bytes, 4, 0) == 2);
  CHECK(::pread(fd, bytes, 4, 0) == 4);
  CHECK(Disk::Get().count(Call::kSync) == 3);
  CHECK(Disk::Get().failures() == 2);

  disk.SyncDirectory();
  Disk::Get().LosePowerAt(Disk::Get().changes() + 1);
  CHECK(::write(fd, "4", 1) == -1);
  CHECK(::fsync(fd) == -1);
  CHECK(::open((disk / "b").c_str(), O_WRONLY | O_CREAT, 0644) == -1);
  CHECK(::pread(fd, bytes, 4, 0) == 4);
  CHECK(disk.Left("a") == "0123");
  ::close(fd);
}

TEST_CASE("disk: a full one takes nothing but what is given back") {
  Watched disk;
  const std::string big(64 << 10, 'x');
  int fd = disk.Write("a", big);
  Disk::Get().SetRoom(100 << 10);
  CHECK(::write(fd, big.data(), big.size()) == -1);
  CHECK(errno == ENOSPC);
  CHECK(::posix_fallocate(fd, 0, 128 << 10) == ENOSPC);
  CHECK(::pwrite(fd, "new", 3, 0) == 3);  // over what is there
  ::close(fd);
  fs::remove(disk / "a");
  fd = disk.Write("b", big);
  ::close(fd);
}

}  // namespace
}  // namespace quire::fault
