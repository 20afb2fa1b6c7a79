// Renaming, backups, forgetting.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/base/hash.h"
#include "engine/storage/keys.h"
#include "engine/storage/store.h"
#include "quire/database.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Chunk;
using quire::Code;
using quire::Database;
using quire::testing::TemporaryDirectory;
namespace fs = std::filesystem;

void Ok(const quire::Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

std::unique_ptr<Database> OpenAt(const std::string& path, uint32_t background_threads = 1) {
  auto database = Database::Open(path, {.sync = quire::Sync::kOff, .background_threads = background_threads});
  Ok(database.status());
  return *std::move(database);
}

// Texts of their own that do not compress into each other.
std::string TextOf(int document, int chunk) {
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "word" + std::to_string((document * 7919 + chunk * 104729 + i * 1299709) % 999983) + " ";
  return text;
}

void Load(Database& database, const std::string& collection, int documents, int chunks = 3) {
  for (int d = 0; d < documents; ++d) {
    auto transaction = database.Begin();
    std::vector<Chunk> list;
    for (int c = 0; c < chunks; ++c) list.push_back({.text = TextOf(d, c)});
    quire::Document document{.uri = "folder/document-" + std::to_string(d) + ".md"};
    Ok(transaction->PutDocument(collection, std::move(document), std::move(list)).status());
    Ok(transaction->Commit());
  }
}

uint64_t CountOf(const Database& database, const std::string& collection) {
  const auto count = database.reader()->Count(collection, quire::Filter());
  Ok(count.status());
  return *count;
}

void CheckSound(const Database& database) {
  const auto faults = database.Check();
  Ok(faults.status());
  CHECK(faults->empty());
}

TEST_CASE("db: a collection is renamed, and what is open goes on", "[db]") {
  const TemporaryDirectory directory;
  {
    const auto database = OpenAt(directory / "db", 0);
    Ok(database->CreateCollection({.name = "docs"}));
    Ok(database->CreateCollection({.name = "other"}));
    Load(*database, "docs", 5);
    const auto old_reader = database->reader();
    auto transaction = database->Begin();
    Ok(transaction->Insert("docs", {.id = "late", .text = "written under the old name"}));
    Ok(database->StartRebuild("docs", {.switch_when_ready = true}));

    CHECK(database->RenameCollection("docs", "Other").code() == Code::kAlreadyExists);
    CHECK(database->RenameCollection("docs", "not a name").code() == Code::kInvalidArgument);
    CHECK(database->RenameCollection("dcos", "x").code() == Code::kNotFound);
    Ok(database->RenameCollection("docs", "Handbook"));

    CHECK(old_reader->Search("docs", {.text = TextOf(1, 1), .k = 1}).ok());
    CHECK(old_reader->GetCollection("handbook").status().code() == Code::kNotFound);
    Ok(transaction->Commit());
    Ok(database->RunJobs());
    CHECK(CountOf(*database, "handbook") == 16);
    CHECK(database->reader()->GetCollection("docs").status().code() == Code::kNotFound);
    CHECK(database->ListGenerations("handbook")->front().number == 2);
    Ok(database->RenameCollection("handbook", "HANDBOOK"));  // the same name in other case
    Ok(database->CreateCollection({.name = "docs"}));
  }
  const auto database = OpenAt(directory / "db", 0);
  CHECK(database->reader()->GetCollection("handbook")->schema.name == "HANDBOOK");
  CHECK(CountOf(*database, "handbook") == 16);
  CHECK(CountOf(*database, "docs") == 0);
  CheckSound(*database);
}

TEST_CASE("db: a backup made while commits go on is restored whole", "[db]") {
  const TemporaryDirectory directory;
  const auto database = OpenAt(directory / "db");
  Ok(database->CreateCollection({.name = "docs"}));
  Load(*database, "docs", 20);
  const auto first = database->Backup(directory / "backups");
  Ok(first.status());
  CHECK(first->number == 1);

  std::atomic<bool> stop{false};
  std::atomic<int> committed{20};
  std::thread writer([&] {
    for (int d = 20; !stop && d < 5000; ++d) {
      auto transaction = database->Begin();
      for (int c = 0; c < 3; ++c) {
        Chunk chunk{
            .id = std::to_string(d) + "#" + std::to_string(c), .uri = "u" + std::to_string(d), .text = TextOf(d, c)};
        if (!transaction->Insert("docs", std::move(chunk)).ok()) return;
      }
      if (!transaction->Commit().ok()) return;
      ++committed;
    }
  });
  while (committed < 60) std::this_thread::yield();
  const auto second = database->Backup(directory / "backups");
  stop = true;
  writer.join();
  Ok(second.status());
  CHECK(second->number == 2);

  Ok(Database::Restore(directory / "backups", directory / "copy"));
  const auto copy = OpenAt(directory / "copy");
  const uint64_t chunks = CountOf(*copy, "docs");
  CHECK(chunks % 3 == 0);  // no part of a transaction
  CHECK(chunks >= 60 * 3);
  CHECK(chunks <= static_cast<uint64_t>(committed) * 3);
  CheckSound(*copy);
  const auto hits = copy->reader()->Search("docs", {.text = TextOf(7, 1), .k = 1});
  Ok(hits.status());
  CHECK(copy->reader()->Get("docs", hits->at(0).number, {})->text == TextOf(7, 1));
  Load(*copy, "docs", 1);  // it can be written to
}

TEST_CASE("db: what is no place for a backup, or none itself, is left as it is", "[db]") {
  const TemporaryDirectory directory;
  const auto database = OpenAt(directory / "db", 0);
  Ok(database->CreateCollection({.name = "docs"}));
  Load(*database, "docs", 3);

  CHECK(database->Backup(directory / "db").status().code() == Code::kInvalidArgument);
  fs::create_directory(directory / "full");
  std::ofstream(directory / "full/letter.txt") << "mine";
  CHECK(database->Backup(directory / "full").status().code() == Code::kInvalidArgument);
  CHECK(database->Backup(directory / "no/such/parent").status().code() == Code::kNotFound);

  CHECK(Database::Restore(directory / "full", directory / "new").code() == Code::kNotFound);
  Ok(database->Backup(directory / "backups").status());
  CHECK(Database::Restore(directory / "backups", directory / "db").code() == Code::kAlreadyExists);
  CHECK(Database::Open(directory / "backups", {}).status().code() == Code::kInvalidArgument);
  const auto other = OpenAt(directory / "other", 0);
  CHECK(other->Backup(directory / "backups").status().code() == Code::kInvalidArgument);

  for (const auto& entry : fs::recursive_directory_iterator(directory / "backups")) {
    if (entry.path().extension() != ".sst" || entry.file_size() < 300) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200).put('\x5a').put('\xa5');
    break;
  }
  CHECK(Database::Restore(directory / "backups", directory / "new").code() == Code::kCorruption);
  CHECK_FALSE(fs::exists(directory / "new"));
  CHECK_FALSE(fs::exists(directory / "new.restoring"));
}

// Whether a text is in any file of a directory as it is.
bool IsOnDisk(const std::string& path, const std::string& text) {
  for (const auto& entry : fs::directory_iterator(path)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("db: a forgotten document is in no file", "[db]") {
  const TemporaryDirectory directory;
  const auto database = OpenAt(directory / "db");
  Ok(database->CreateCollection({.name = "docs"}));
  Load(*database, "docs", 30);
  const std::string word = TextOf(7, 1).substr(0, 10);  // in the log as it is
  REQUIRE(IsOnDisk(directory / "db", word));

  const auto receipt = database->ForgetDocument("docs", "folder/document-7.md", {});
  Ok(receipt.status());
  CHECK(receipt->chunks == 3);
  CHECK(receipt->pieces > 20);
  CHECK(receipt->files > 5);
  INFO((receipt->found.empty() ? std::string() : receipt->found[0]));
  CHECK(receipt->found.empty());
  CHECK_FALSE(IsOnDisk(directory / "db", word));
  CHECK(*database->reader()->DocumentFrequency("docs", word) == 0);
  CHECK(CountOf(*database, "docs") == 87);
  CheckSound(*database);

  CHECK(database->ForgetDocument("docs", "folder/document-7.md", {}).status().code() == Code::kNotFound);
  CHECK(database->ForgetDocument("dcos", "x", {}).status().code() == Code::kNotFound);
}

TEST_CASE("db: a file around keys that are not there is no finding", "[db]") {
  const TemporaryDirectory directory;
  const auto database = OpenAt(directory / "db", 0);
  for (const char* name : {"first", "second", "third"}) Ok(database->CreateCollection({.name = name, .embedder = "none", .dim = 2}));
  for (const char* name : {"first", "second", "third"}) {  // the second one has no words
    const auto transaction = database->Begin();
    for (int i = 0; i < 3; ++i) {
      const std::string text = std::string(name) == "second" ? "" : TextOf(i, 1);
      Ok(transaction->PutDocument(name, {.uri = "folder/" + std::to_string(i)}, {{.text = text, .embedding = {1, 2}}}).status());
    }
    Ok(transaction->Commit());
  }
  Ok(database->Flush());
  const auto receipt = database->ForgetDocument("second", "folder/1", {});
  Ok(receipt.status());
  for (const std::string& found : receipt->found) FAIL_CHECK(found);
}

TEST_CASE("db: FORGET that did not come to its end can be said again", "[db]") {
  const TemporaryDirectory directory;
  // No threads: a job may hold an older view for a moment.
  const std::string uri = "folder/secret.md", word = "mxqvkjwbphgydzfc";
  {
    const auto database = OpenAt(directory / "db", 0);
    Ok(database->CreateCollection({.name = "docs"}));
    Load(*database, "docs", 10);
    Ok(database->DropCollection("docs"));  // its number is not used again, nor is its note
    Ok(database->CreateCollection({.name = "docs"}));
    Load(*database, "docs", 10);
    auto transaction = database->Begin();
    Ok(transaction->PutDocument("docs", {.uri = uri}, {{.text = word + " is told to nobody"}}).status());
    Ok(transaction->Commit());
    Ok(database->Flush());
    transaction = database->Begin();
    Ok(transaction->DeleteDocument("docs", uri).status());
    Ok(transaction->Commit());
    CHECK(database->ForgetDocument("docs", uri, {}).status().code() == Code::kNotFound);
  }
  {  // as the commit of FORGET leaves it
    auto store = quire::storage::Store::Open(directory / "db", {});
    Ok(store.status());
    quire::storage::Batch batch;
    batch.Put(quire::storage::Family::kMeta, quire::storage::ForgetKey(2, quire::HashOf128(uri)), std::string("\2\0\0\0", 4));
    Ok((*store)->Commit(std::move(batch)));
  }
  const auto database = OpenAt(directory / "db", 0);
  REQUIRE(IsOnDisk(directory / "db", word));
  const auto receipt = database->ForgetDocument("docs", uri, {});
  Ok(receipt.status());
  CHECK(receipt->chunks == 0);
  for (const std::string& found : receipt->found) CHECK(found.starts_with("file MANIFEST"));  // names it until it is opened again
  CHECK_FALSE(IsOnDisk(directory / "db", word));
  CheckSound(*database);
  const auto again = database->ForgetDocument("docs", uri, {});
  CHECK(again.status().code() == (receipt->found.empty() ? Code::kNotFound : Code::kOk));
}

TEST_CASE("db: a receipt says what is left", "[db]") {
  const TemporaryDirectory directory;
  const auto database = OpenAt(directory / "db");
  Ok(database->CreateCollection({.name = "docs"}));
  Load(*database, "docs", 5);
  auto transaction = database->Begin();
  Ok(transaction->Insert("docs", {.id = "quote", .uri = "letter.md", .text = "As was said: " + TextOf(2, 0)}));
  Ok(transaction->Commit());
  const auto has = [](const quire::ForgetReceipt& receipt, std::string_view part) {
    for (const std::string& line : receipt.found) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  };
  const auto quoted = database->ForgetDocument("docs", "folder/document-2.md", {});
  Ok(quoted.status());
  CHECK(has(*quoted, "chunk 'quote' of 'letter.md' in collection 'docs'"));

  auto reader = database->reader();
  const auto seen = database->ForgetDocument("docs", "folder/document-3.md", {});
  Ok(seen.status());
  CHECK(has(*seen, "a reader that began before"));
  reader.reset();
  transaction.reset();
  const auto again = database->ForgetDocument("docs", "folder/document-3.md", {});  // until nothing is left
  Ok(again.status());
  CHECK_FALSE(has(*again, "a reader that began before"));
}

TEST_CASE("db: an index that cannot be read does not hide the others", "[db]") {
  const TemporaryDirectory directory;
  {
    const auto database = OpenAt(directory / "db", 0);
    Ok(database->CreateCollection({.name = "first"}));
    Ok(database->CreateCollection({.name = "second"}));
    Load(*database, "first", 2);
    Load(*database, "second", 2);
  }
  {
    const auto store = quire::storage::Store::Open(directory / "db", {});
    Ok(store.status());
    quire::storage::Batch batch;
    batch.Put(quire::storage::Family::kMeta, quire::storage::IndexKey(1, 1), "garbage");
    Ok((*store)->Commit(std::move(batch)));
  }
  const auto database = OpenAt(directory / "db", 0);
  const auto list = database->ListIndexes();
  REQUIRE(list.size() == 2);
  CHECK(list[0].collection == "first");
  CHECK_FALSE(list[0].fault.empty());
  CHECK(list[1].fault.empty());
  CHECK(list[1].vectors == 6);
}

TEST_CASE("db: metrics tell what there is", "[db]") {
  const TemporaryDirectory directory;
  const auto database = OpenAt(directory / "db", 0);
  Ok(database->CreateCollection({.name = "docs"}));
  Load(*database, "docs", 3);
  const auto value = [&](std::string_view name) {
    for (const quire::MetricInfo& metric : database->ListMetrics()) {
      if (metric.name == name) return metric.value;
    }
    FAIL("no metric " << name);
    return uint64_t{0};
  };
  CHECK(value("chunks") == 9);
  CHECK(value("documents") == 3);
  CHECK(value("log_bytes") > 0);
  Ok(database->Flush());
  CHECK(value("log_bytes") == 0);
  CHECK(value("disk_bytes") > 1000);
}

uint64_t DiskBytes(const Database& database) {
  for (const quire::MetricInfo& metric : database.ListMetrics()) {
    if (metric.name == "disk_bytes") return metric.value;
  }
  return 0;
}

TEST_CASE("db: VACUUM gives back what twenty rounds of replacing everything left", "[db]") {
  const TemporaryDirectory directory;
  const auto churned = OpenAt(directory / "churned", 0), fresh = OpenAt(directory / "fresh", 0);
  for (const auto& database : {churned.get(), fresh.get()}) Ok(database->CreateCollection({.name = "docs", .embedder = "hashed"}));
  for (int round = 0; round <= 20; ++round) {
    for (int d = 0; d < 40; ++d) {
      auto transaction = churned->Begin();
      std::vector<Chunk> list;
      for (int c = 0; c < 5; ++c) list.push_back({.text = TextOf(d, c + 1000 * (20 - round))});
      Ok(transaction->PutDocument("docs", {.uri = "folder/document-" + std::to_string(d) + ".md"}, std::move(list)).status());
      Ok(transaction->Commit());
    }
  }
  Load(*fresh, "docs", 40, 5);
  Ok(churned->Flush());
  const uint64_t before = DiskBytes(*churned);
  Ok(churned->Vacuum("docs"));
  Ok(fresh->Vacuum(""));
  CAPTURE(before, DiskBytes(*churned), DiskBytes(*fresh));
  CHECK(before > 2 * DiskBytes(*fresh));
  CHECK(static_cast<double>(DiskBytes(*churned)) <= 1.3 * static_cast<double>(DiskBytes(*fresh)));
  CHECK(CountOf(*churned, "docs") == 200);
  CheckSound(*churned);
}

}  // namespace
