// A full disk: what adds is refused, readers go on, DELETE and VACUUM work and make room, and then everything goes on.
#include <catch2/catch.hpp>
#include <cerrno>

#include "quire/connection.h"
#include "tests/fault/world.h"

namespace quire::fault {
namespace {

constexpr uint64_t kMiB = 1 << 20;

class FullDisk {
 public:
  FullDisk() {
    Open();
    REQUIRE(Run("CREATE COLLECTION docs (n INTEGER) WITH (embedder = 'hashed')").ok());
  }
  void Open() {
    connection_.reset();
    database_.reset();
    Options options;
    options.memory_limit_bytes = 8 << 20;
    auto opened = Database::Open(world.root + "/db", options);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    database_ = std::move(opened).value();
    connection_ = std::make_unique<Connection>(database_);
  }
  Status Run(const std::string& statement) {
    QUIRE_ASSIGN_OR_RETURN(const auto rows, connection_->Execute(statement));
    rows_ = 0;
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, rows->Next());
      if (!more) return {};
      ++rows_;
      first_ = rows->value(0).ToString();
    }
  }
  // Chunks of incompressible text, 3,000 bytes each.
  Status Insert(int count = 100) {
    std::string values;
    for (int i = 0; i < count; ++i, ++inserted_) {
      std::string text = "harbour";
      while (text.size() < 3000) text += " " + std::to_string(random_());
      values += (i == 0 ? "('" : ", ('") + std::to_string(inserted_) + "', '" + text + "', " + std::to_string(inserted_) + ")";
    }
    return Run("INSERT INTO docs (id, text, n) VALUES " + values);
  }
  // At once, or, where a write had failed in the middle, after opening again.
  Status RunOrReopen(const std::string& statement) {
    const Status status = Run(statement);
    if (status.ok()) return status;
    INFO(status.ToString());
    CHECK(status.code() == Code::kIoError);
    Open();
    return Run(statement);
  }
  uint64_t Used() const {
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world.root)) bytes += entry.is_regular_file() ? entry.file_size() : 0;
    return bytes;
  }
  bool HasBallast() const { return std::filesystem::exists(world.root + "/db/BALLAST"); }
  void CheckReaders() {
    REQUIRE(Run("SELECT id FROM docs WHERE text MATCH 'harbour' LIMIT 10").ok());
    CHECK(rows_ == 10);
    REQUIRE(Run("SELECT count(*) FROM docs").ok());
  }
  void CheckSound() {
    const auto faults = database_->Check();
    REQUIRE(faults.ok());
    for (const std::string& fault : *faults) FAIL_CHECK(fault);
  }
  const std::string& first() const { return first_; }

  World world;

 private:
  std::shared_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
  std::mt19937_64 random_{7};
  int inserted_ = 0;
  uint64_t rows_ = 0;
  std::string first_;
};

// Full, and known to be: from here on what adds is refused without being tried.
void CheckRemovingMakesRoom(FullDisk* disk) {
  disk->CheckReaders();
  Status deleted = disk->RunOrReopen("DELETE FROM docs WHERE n % 10 <> 0");
  INFO(deleted.ToString());
  REQUIRE(deleted.ok());
  const Status vacuumed = disk->RunOrReopen("VACUUM");
  INFO(vacuumed.ToString());
  INFO(Disk::Get().FreeBytes().value_or(0) << " bytes are free after VACUUM, " << disk->Used() << " used");
  REQUIRE(vacuumed.ok());
  disk->CheckReaders();
  const Status inserted = disk->Insert();
  INFO(inserted.ToString());
  CHECK(inserted.ok());
  CHECK(disk->HasBallast());
  disk->CheckSound();
  disk->Open();
  disk->CheckReaders();
  disk->CheckSound();
}

TEST_CASE("full disk: a database that fills the disk can be cleared out") {
  FullDisk disk;
  Disk::Get().SetRoom(40 * kMiB);
  Status status;
  int batches = 0;
  for (; status.ok() && batches < 300; ++batches) status = disk.Insert();
  INFO(status.ToString() << ", after " << batches);
  CHECK(status.code() == Code::kResourceExhausted);  // nothing was tried: the outcome is known
  CHECK(disk.HasBallast());
  REQUIRE(batches > 10);
  SECTION("while it is open") {}
  SECTION("after it was opened again") { disk.Open(); }
  CheckRemovingMakesRoom(&disk);
}

TEST_CASE("full disk: one that others fill, too") {
  FullDisk disk;
  for (int i = 0; i < 20; ++i) REQUIRE(disk.Insert().ok());
  REQUIRE(disk.HasBallast());
  Disk::Get().SetRoom(disk.Used());
  Status status;
  SECTION("before a large commit") {
    status = disk.Insert();
    CHECK(status.code() == Code::kResourceExhausted);
  }
  SECTION("under small ones") {
    for (int i = 0; i < 1000 && status.ok(); ++i) status = disk.Insert(1);
  }
  REQUIRE_FALSE(status.ok());
  const Status refused = disk.Insert();
  INFO(refused.ToString());
  CHECK_FALSE(refused.ok());
  CheckRemovingMakesRoom(&disk);
}

// RocksDB keeps the log that failed then, and aborts the process where that is written to.
TEST_CASE("full disk: a commit fails while nothing is in memory, and the next is refused until the database is opened again") {
  FullDisk disk;
  REQUIRE(disk.Insert().ok());
  REQUIRE(disk.Run("CHECKPOINT").ok());
  Disk::Get().Fail({.call = Call::kWrite, .at = Disk::Get().count(Call::kWrite) + 1, .error = ENOSPC});
  CHECK(disk.Insert(1).code() == Code::kIoError);
  CHECK(Disk::Get().failures() == 1);
  disk.CheckReaders();
  CHECK(disk.Insert(1).code() == Code::kIoError);
  CHECK(disk.Run("DELETE FROM docs WHERE n = 3").code() == Code::kIoError);
  CHECK(disk.Run("CHECKPOINT").code() == Code::kIoError);
  disk.Open();
  CHECK(disk.Insert(1).ok());
  disk.CheckSound();
}

}  // namespace
}  // namespace quire::fault
