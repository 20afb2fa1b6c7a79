// Opening: what is created, what is refused and with which words, and that a refusal changes nothing.
#include <sys/stat.h>
#include <unistd.h>

#include "engine/storage/directory_lock.h"
#include "engine/storage/format.h"
#include "engine/storage/keys.h"
#include "tests/unit/storage_support.h"
#include "tests/unit/support/child_process.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::storage {
namespace {

using Catch::Contains;
using quire::testing::ChildArgument;
using quire::testing::ChildProcess;
using quire::testing::TellParent;
using quire::testing::TemporaryDirectory;

Options ReadOnly() {
  Options options = SmallOptions();
  options.read_only = true;
  return options;
}

Options NoCreate() {
  Options options = SmallOptions();
  options.create_if_missing = false;
  return options;
}

TEST_CASE("storage: a missing path is created only if asked", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  for (const Options& options : {NoCreate(), ReadOnly()}) {
    const Status status = FailureOfOpen(path, options);
    CHECK(status.code() == Code::kNotFound);
    CHECK(status.message() == "database '" + path + "' is not there");
    CHECK_FALSE(std::filesystem::exists(path));
  }
  OpenOrFail(path);
  OpenOrFail(path, NoCreate());
  OpenOrFail(path, ReadOnly());
}

TEST_CASE("storage: an empty directory becomes a database only if asked", "[storage]") {
  const TemporaryDirectory directory;
  for (const Options& options : {NoCreate(), ReadOnly()}) {
    CHECK(FailureOfOpen(directory.path(), options).code() == Code::kNotFound);
    CHECK(DirectoryBytes(directory.path()).empty());
  }
  OpenOrFail(directory.path());
  OpenOrFail(directory.path() + "/", NoCreate());
}

TEST_CASE("storage: a database needs a parent directory and a path", "[storage]") {
  const TemporaryDirectory directory;
  const Status status = FailureOfOpen(directory / "no/a.quire");
  CHECK(status.code() == Code::kNotFound);
  CHECK_THAT(std::string(status.message()), Contains("no/a.quire") && Contains("is not there"));
  CHECK(FailureOfOpen("").code() == Code::kInvalidArgument);
  CHECK(FailureOfOpen(std::string("a\0b", 3)).code() == Code::kInvalidArgument);
}

TEST_CASE("storage: a file is not a database", "[storage]") {
  const TemporaryDirectory directory;
  WriteFile(directory / "a.txt", "text");
  for (const Options& options : {SmallOptions(), ReadOnly()}) {
    const Status status = FailureOfOpen(directory / "a.txt", options);
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK_THAT(std::string(status.message()), Contains("a.txt': not a directory"));
  }
  CHECK(FailureOfOpen(directory / "a.txt/b").code() == Code::kIoError);
  CHECK(ReadFile(directory / "a.txt") == "text");
}

TEST_CASE("storage: a directory of someone else is left alone", "[storage]") {
  const TemporaryDirectory directory;
  WriteFile(directory / "notes.md", "text");
  for (const Options& options : {SmallOptions(), ReadOnly(), NoCreate()}) {
    const Status status = FailureOfOpen(directory.path(), options);
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK(status.message() == "'" + directory.path() + "': not a Quire database");
  }
  CHECK(DirectoryBytes(directory.path()) == Contents{{"notes.md", "text"}});
}

TEST_CASE("storage: a RocksDB of someone else is left alone", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  {
    const auto store = OpenOrFail(path);
    Batch batch;
    batch.Delete(Family::kMeta, kFormatKey);
    Check(store->Commit(std::move(batch)));
  }
  std::filesystem::remove(path + "/QUIRE_LOCK");
  std::filesystem::remove(path + "/COMMITTED");
  const Contents before = DirectoryBytes(path);
  for (const Options& options : {SmallOptions(), ReadOnly()}) {
    CHECK(FailureOfOpen(path, options).code() == Code::kInvalidArgument);
  }
  CHECK(DirectoryBytes(path) == before);
  CHECK_FALSE(std::filesystem::exists(path + "/QUIRE_LOCK"));
}

TEST_CASE("storage: a copy without the side files is a database", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  CommitOne(*OpenOrFail(path), Family::kChunk, "a", "1");
  std::filesystem::remove(path + "/QUIRE_LOCK");
  std::filesystem::remove(path + "/COMMITTED");
  CHECK(GetOrNone(*OpenOrFail(path, ReadOnly())->snapshot(), Family::kChunk, "a") == "1");
  CHECK(GetOrNone(*OpenOrFail(path)->snapshot(), Family::kChunk, "a") == "1");
}

TEST_CASE("storage: unknown files beside a database are ignored", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  CommitOne(*OpenOrFail(path), Family::kChunk, "a", "1");
  WriteFile(path + "/core", "x");
  WriteFile(path + "/.nfs0001", "x");
  std::filesystem::create_directory(path + "/lost+found");
  CHECK(GetOrNone(*OpenOrFail(path)->snapshot(), Family::kChunk, "a") == "1");
  CHECK(ReadFile(path + "/core") == "x");
}

TEST_CASE("storage: an interrupted creation is taken up", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  std::filesystem::create_directory(path);
  WriteFile(path + "/QUIRE_LOCK", "1 gone\n");
  CHECK(FailureOfOpen(path, ReadOnly()).code() == Code::kNotFound);
  CommitOne(*OpenOrFail(path), Family::kChunk, "a", "1");
  CHECK(GetOrNone(*OpenOrFail(path)->snapshot(), Family::kChunk, "a") == "1");
}

TEST_CASE("storage: a newer format is refused with both numbers", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  CommitOne(*OpenOrFail(path), Family::kMeta, kFormatKey, EncodeFormat(7, "9.9.9") + "and more");
  const Contents before = DirectoryBytes(path);
  for (const Options& options : {SmallOptions(), ReadOnly()}) {
    const Status status = FailureOfOpen(path, options);
    CHECK(status.code() == Code::kUnsupported);
    CHECK_THAT(std::string(status.message()), Contains("format 7, written by Quire 9.9.9") &&
                                                  Contains("formats up to " + std::to_string(kFormatNumber)));
  }
  CHECK(DirectoryBytes(path) == before);
}

TEST_CASE("storage: a FORMAT of another shape is no format", "[storage]") {
  CHECK(CheckFormat("x", EncodeFormat(kFormatNumber, "0.1.0")).ok());
  for (const std::string& value : {std::string(), std::string("QUIRE"), EncodeFormat(0, "0.1.0"),
                                   EncodeFormat(1, "0.1.0").substr(0, 12), "X" + EncodeFormat(1, "0.1.0")}) {
    CHECK(CheckFormat("x", value).code() == Code::kInvalidArgument);
  }
}

TEST_CASE("storage: the database's FORMAT holds release and number", "[storage]") {
  const TemporaryDirectory directory;
  const auto store = OpenOrFail(directory / "a.quire");
  CHECK(GetOrNone(*store->snapshot(), Family::kMeta, kFormatKey) == EncodeFormat(kFormatNumber, Release()));
}

TEST_CASE("storage: a lost CURRENT does not lead to an empty database", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  CommitOne(*OpenOrFail(path), Family::kChunk, "a", "1");
  std::filesystem::remove(path + "/CURRENT");
  const Contents before = DirectoryBytes(path);
  for (const Options& options : {SmallOptions(), ReadOnly()}) {
    const Status status = FailureOfOpen(path, options);
    CHECK(status.code() == Code::kCorruption);
    CHECK_THAT(std::string(status.message()), Contains("CURRENT"));
  }
  CHECK(DirectoryBytes(path) == before);
}

TEST_CASE("storage: a second open in the same process is refused", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  auto store = OpenOrFail(path);
  const Status status = FailureOfOpen(path);
  CHECK(status.code() == Code::kBusy);
  CHECK(status.message() == "database '" + path + "' is already open in this process");
  CommitOne(*store, Family::kChunk, "a", "1");
  store.reset();
  OpenOrFail(path);
}

TEST_CASE("storage child: holds a database", "[.]") {
  const auto store = OpenOrFail(ChildArgument("QUIRE_CHILD_PATH"));
  REQUIRE(TellParent("open"));
  ::pause();
}

TEST_CASE("storage: a second process is told who holds the database", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  ChildProcess child("storage child: holds a database", {{"QUIRE_CHILD_PATH", path}});
  REQUIRE(child.Read(20'000) == "open");
  const Status status = FailureOfOpen(path);
  CHECK(status.code() == Code::kBusy);
  std::string name = ReadFile("/proc/" + std::to_string(child.pid()) + "/comm");
  name.pop_back();
  CHECK(status.message() ==
        "database '" + path + "' is in use by process " + std::to_string(child.pid()) + " (" + name + ")");
  OpenOrFail(path, ReadOnly());
  child.Kill();
  OpenOrFail(path);
}

TEST_CASE("storage: a holder that cannot be read is another process", "[storage]") {
  CHECK(BusyStatus("x", "").message() == "database 'x' is in use by another process");
  CHECK(BusyStatus("x", "-3 y").message() == "database 'x' is in use by another process");
  CHECK(BusyStatus("x", "99999999999999999999 y").message() == "database 'x' is in use by another process");
  CHECK(BusyStatus("x", "1").message() == "database 'x' is in use by process 1");
  CHECK(BusyStatus("x", "1 a b\x1b\n").message() == "database 'x' is in use by process 1 (a b\\x1b)");
}

TEST_CASE("storage: opening without writing leaves nothing behind", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  const auto count_files = [&] {
    const std::filesystem::directory_iterator files(path);
    return std::distance(begin(files), end(files));
  };
  OpenOrFail(path);
  OpenOrFail(path);
  const auto after_two = count_files();
  for (int i = 0; i < 8; ++i) OpenOrFail(path);
  CHECK(count_files() <= after_two);
}

TEST_CASE("storage child: opens what it may not read", "[.]") {
  if (::geteuid() == 0) REQUIRE(::seteuid(65534) == 0);
  const Result<std::unique_ptr<Store>> store = Store::Open(ChildArgument("QUIRE_CHILD_PATH"), SmallOptions());
  REQUIRE(TellParent(store.status().ToString() + " "));
}

TEST_CASE("storage: an unreadable directory is an error that names it", "[storage]") {
  const TemporaryDirectory directory;
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  const std::string path = directory / "a.quire";
  OpenOrFail(path);
  REQUIRE(::chmod(path.c_str(), 0) == 0);
  // Who gave up root may not be looked into, so the leak sanitizer cannot stop its threads.
  ChildProcess child("storage child: opens what it may not read", {{"QUIRE_CHILD_PATH", path}, {"ASAN_OPTIONS", "detect_leaks=0"}});
  CHECK_THAT(child.ReadToEnd(), Contains("cannot read '" + path + "': permission denied"));
  CHECK(child.Wait() == 0);
  REQUIRE(::chmod(path.c_str(), 0755) == 0);
}

}  // namespace
}  // namespace quire::storage
