// Damaged files: found and named, or harmless; never a wrong value, never an abort.
#include <random>

#include "engine/storage/watermark.h"
#include "tests/unit/storage_support.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::storage {
namespace {

using Catch::Contains;
using quire::testing::TemporaryDirectory;

constexpr int kCommits = 60;

std::string ValueOf(int i) { return std::string(300 + static_cast<size_t>(i) * 7, static_cast<char>('a' + i % 26)); }

// Commits that touch every family. Each is a Batch of kFamilyCount changes.
void Fill(Store& store) {
  for (int i = 0; i < kCommits; ++i) {
    Batch batch;
    for (const Family family : kFamilies) batch.Put(family, "key " + std::to_string(i), ValueOf(i));
    Check(store.Commit(std::move(batch)));
  }
}

// A closed database, and a copy of one as a killed process would have left it: everything still in the log.
struct Databases {
  explicit Databases(const TemporaryDirectory& directory)
      : closed(directory / "a.quire"), killed(directory / "k.quire") {
    const auto store = OpenOrFail(closed);
    Fill(*store);
    std::filesystem::copy(closed, killed);
  }
  const std::string closed, killed;
};

// Whether everything is there; false if damage was found. A wrong or missing value fails the test.
bool ReadsBack(const std::string& path, const Options& options = SmallOptions()) {
  const Result<std::unique_ptr<Store>> store = Store::Open(path, options);
  if (!store.ok()) {
    INFO(store.status().ToString());
    REQUIRE(store.status().code() == Code::kCorruption);
    return false;
  }
  const auto snapshot = (*store)->snapshot();
  bool whole = true;
  for (const Family family : kFamilies) {
    for (int i = 0; i < kCommits; ++i) {
      std::string value;
      const Result<bool> found = snapshot->Get(family, "key " + std::to_string(i), &value);
      if (!found.ok()) REQUIRE(found.status().code() == Code::kCorruption);
      if (found.ok()) REQUIRE((*found && value == ValueOf(i)));
      whole &= found.ok();
    }
    const Result<Contents> all = ReadAll(*snapshot, family);
    if (!all.ok()) REQUIRE(all.status().code() == Code::kCorruption);
    whole &= all.ok();
  }
  // What a read runs into, the check must find as well.
  const Status checked = (*store)->VerifyChecksums();
  if (!whole) REQUIRE(checked.code() == Code::kCorruption);
  return whole && checked.ok();
}

TEST_CASE("storage: a truncated sorted file is named at open", "[storage]") {
  const TemporaryDirectory directory;
  const Databases databases(directory);
  const auto files = FilesEndingWith(databases.closed, ".sst");
  REQUIRE(files.size() >= kFamilyCount);
  for (const auto& file : files) {
    const std::string bytes = ReadFile(file);
    for (const size_t size : {size_t{0}, size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
      WriteFile(file, bytes.substr(0, size));
      const Contents before = DirectoryBytes(databases.closed);
      const Status status = FailureOfOpen(databases.closed);
      CHECK(status.code() == Code::kCorruption);
      CHECK_THAT(std::string(status.message()), Contains(file.filename().string()) && Contains("a.quire"));
      CHECK(DirectoryBytes(databases.closed) == before);
    }
    WriteFile(file, bytes);
  }
  CHECK(ReadsBack(databases.closed));
}

TEST_CASE("storage: a missing sorted file is damage", "[storage]") {
  const TemporaryDirectory directory;
  const Databases databases(directory);
  const auto file = FilesEndingWith(databases.closed, ".sst").front();
  std::filesystem::remove(file);
  const Status status = FailureOfOpen(databases.closed);
  CHECK(status.code() == Code::kCorruption);
  CHECK_THAT(std::string(status.message()), Contains(file.stem().string()));
}

TEST_CASE("storage: a flipped bit of a sorted file is found, or harmless", "[storage]") {
  const unsigned seed = Seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  const Databases databases(directory);
  const std::string copy = directory / "copy.quire";
  int found = 0;
  for (int round = 0; round < 60; ++round) {
    std::filesystem::remove_all(copy);
    std::filesystem::copy(databases.closed, copy);
    const auto files = FilesEndingWith(copy, ".sst");
    const auto& file = files[random() % files.size()];
    const size_t place = random() % std::filesystem::file_size(file);
    INFO(file << " byte " << place);
    FlipBit(file, place, random() % 8);
    Options options = SmallOptions();
    options.read_only = round % 10 != 0;  // a writer's background work takes a second to give up
    found += ReadsBack(copy, options) ? 0 : 1;
  }
  CHECK(found >
        40);  // harmless: padding of the footer, properties; and a reader does not look at the filters of all files
}

TEST_CASE("storage: damage in a data block names database, family and file", "[storage]") {
  const TemporaryDirectory directory;
  const Databases databases(directory);
  for (const auto& file : FilesEndingWith(databases.closed, ".sst")) {
    if (ReadFile(file).find("FORMAT") == std::string::npos) FlipBit(file, 100, 3);
  }
  const auto store = OpenOrFail(databases.closed);
  std::string value = "unchanged";
  const Status status = store->snapshot()->Get(Family::kRaw, "key 0", &value).status();
  CHECK(status.code() == Code::kCorruption);
  CHECK(value == "unchanged");
  CHECK_THAT(std::string(status.message()), Contains("a.quire', family 'raw'") && Contains(".sst"));
  CHECK_THAT(std::string(store->VerifyChecksums().message()), Contains(".sst"));
  Cursor cursor = store->snapshot()->ScanPrefix(Family::kRaw, "");
  CHECK_FALSE(cursor.Valid());
  CHECK(cursor.status().code() == Code::kCorruption);
  const std::vector<std::string> keys = {"key 0"};
  CHECK(store->snapshot()->MultiGet(Family::kRaw, keys, [](size_t, std::string_view) { return Status(); }).code() ==
        Code::kCorruption);
}

TEST_CASE("storage: a flipped bit of MANIFEST or CURRENT is found, or harmless", "[storage]") {
  const unsigned seed = Seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  const Databases databases(directory);
  const std::string copy = directory / "copy.quire";
  int found = 0;
  for (int round = 0; round < 40; ++round) {
    std::filesystem::remove_all(copy);
    std::filesystem::copy(databases.closed, copy);
    std::filesystem::path file = copy + "/CURRENT";
    const std::string manifest = copy + "/" + ReadFile(file).substr(0, 15);  // "MANIFEST-000005"
    if (round % 2 == 0) file = manifest;
    FlipBit(file, random() % std::filesystem::file_size(file), random() % 8);
    found += ReadsBack(copy) ? 0 : 1;
  }
  CHECK(found > 30);
}

TEST_CASE("storage: a killed process's log is recovered", "[storage]") {
  const TemporaryDirectory directory;
  const Databases databases(directory);
  REQUIRE(std::filesystem::file_size(FilesEndingWith(databases.killed, ".log").front()) > 100'000);
  CHECK(ReadsBack(databases.killed));
}

TEST_CASE("storage: a flipped bit of the log is found by the watermark", "[storage]") {
  const unsigned seed = Seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  const Databases databases(directory);
  const auto log = FilesEndingWith(databases.killed, ".log").front();
  const std::string bytes = ReadFile(log);
  const Contents before = DirectoryBytes(databases.killed);
  for (int round = 0; round < 20; ++round) {
    const size_t place = random() % (bytes.size() - 1000);
    INFO("byte " << place);
    FlipBit(log, place, random() % 8);
    const Status status = FailureOfOpen(databases.killed);
    CHECK(status.code() == Code::kCorruption);
    CHECK_THAT(std::string(status.message()), Contains("changes of acknowledged commits are missing"));
    CHECK_THAT(std::string(status.hint()), Contains("read-only") && Contains("COMMITTED"));
    WriteFile(log, bytes);
  }
  CHECK(DirectoryBytes(databases.killed) == before);  // no refused open has touched anything
  CHECK(ReadsBack(databases.killed));
}

TEST_CASE("storage: what is left of a damaged log can be read, and the loss accepted", "[storage]") {
  const TemporaryDirectory directory;
  const Databases databases(directory);
  const auto log = FilesEndingWith(databases.killed, ".log").front();
  FlipBit(log, std::filesystem::file_size(log) / 2, 0);
  Options read_only = SmallOptions();
  read_only.read_only = true;
  Contents left;
  {
    const auto reader = OpenOrFail(databases.killed, read_only);
    left = ReadAll(*reader->snapshot(), Family::kRaw).value();
    CHECK((left.size() > 10 && left.size() < kCommits));
    for (const Family family : kFamilies) {
      if (family != Family::kMeta) CHECK(ReadAll(*reader->snapshot(), family).value() == left);
    }
  }
  CHECK(FailureOfOpen(databases.killed).code() == Code::kCorruption);
  std::filesystem::remove(databases.killed + "/COMMITTED");
  CHECK(ReadAll(*OpenOrFail(databases.killed)->snapshot(), Family::kRaw).value() == left);
  OpenOrFail(databases.killed);
}

TEST_CASE("storage: a torn or zero tail of the log behind the last commit is harmless", "[storage]") {
  const TemporaryDirectory directory;
  const Databases databases(directory);
  const auto log = FilesEndingWith(databases.killed, ".log").front();
  const std::string bytes = ReadFile(log);
  const std::string copy = directory / "copy.quire";
  for (const std::string& tail :
       {std::string(5000, '\0'), bytes.substr(bytes.size() - 3000, 1500), std::string("\x01")}) {
    std::filesystem::remove_all(copy);
    std::filesystem::copy(databases.killed, copy);
    WriteFile(copy + "/" + log.filename().string(), bytes + tail);
    CHECK(ReadsBack(copy));
  }
}

TEST_CASE("storage: commits that were not synced may be missing without complaint", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire", copy = directory / "b.quire";
  Options options = SmallOptions();
  options.sync = Sync::kNormal;
  options.background_threads = 0;
  const auto store = OpenOrFail(path, options);
  Fill(*store);
  std::filesystem::copy(path, copy);
  const auto log = FilesEndingWith(copy, ".log").front();
  WriteFile(log, ReadFile(log).substr(0, 50'000));  // power loss
  const auto snapshot = OpenOrFail(copy)->snapshot();
  const Contents left = ReadAll(*snapshot, Family::kRaw).value();
  CHECK((left.size() > 1 && left.size() < kCommits));
  for (const Family family : kFamilies) {
    if (family != Family::kMeta) CHECK(ReadAll(*snapshot, family).value() == left);
  }
}

TEST_CASE("storage: the watermark file is read back, and its damage is not the database's", "[storage]") {
  const TemporaryDirectory directory;
  CHECK_FALSE(Watermark::Read(directory.path()).has_value());
  const auto watermark = std::move(Watermark::Open(directory.path(), 5)).value();
  CHECK(Watermark::Read(directory.path()) == 5);
  watermark->Advance(9);
  watermark->Advance(7);
  CHECK(Watermark::Read(directory.path()) == 9);
  const std::string file = directory / "COMMITTED";
  REQUIRE(ReadFile(file).size() == Watermark::kBytes);
  for (size_t byte = 0; byte < Watermark::kBytes; ++byte) {
    FlipBit(file, byte, 1);
    CHECK_FALSE(Watermark::Read(directory.path()).has_value());
    FlipBit(file, byte, 1);
  }
  WriteFile(file, ReadFile(file).substr(0, 20));
  CHECK_FALSE(Watermark::Read(directory.path()).has_value());
}

}  // namespace
}  // namespace quire::storage
