// Every kind of file of a database, damaged or gone: it is found out or harmless, it is said what to do, and REPAIR DATABASE makes a
// sound database of the rest without touching what there is. QUIRE_FAULT_ALL=1: many more bits. QUIRE_SEED.
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/fault/world.h"

namespace quire::fault {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

constexpr int kRows = 1500;

std::string TextOf(int number) {
  return "lighthouse " + std::to_string(number) + " stands on rock " + std::to_string(number * 31) + " and is painted " + (number % 2 == 0 ? "white" : "red");
}

Options SmallOptions() {
  Options options;
  options.memory_limit_bytes = 8 << 20;
  options.background_threads = 0;
  return options;
}

void Check(const Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

// A collection that is embedded, in documents, and one with vectors that were brought; some of it in the log alone.
void Fill(const std::string& path) {
  const auto database = std::move(Database::Open(path, SmallOptions())).value();
  CollectionSchema schema{.name = "lights", .attributes = {{"n", Type::kInteger}, {"colour", Type::kText}}, .embedder = "hashed"};
  Check(database->CreateCollection(schema));
  Check(database->CreateCollection({.name = "points", .embedder = "none", .dim = 8}));
  for (int begin = 0; begin < kRows; begin += 500) {
    const auto transaction = database->Begin();
    for (int i = begin; i < begin + 500; i += 10) {
      std::vector<Chunk> chunks;
      for (int j = i; j < i + 10; ++j) {
        Chunk chunk;
        chunk.id = "c" + std::to_string(j);
        chunk.text = TextOf(j);
        chunk.attributes = {Value::Integer(j), Value::Text(j % 2 == 0 ? "white" : "red")};
        chunks.push_back(std::move(chunk));
      }
      Check(transaction->PutDocument("lights", {.uri = "d" + std::to_string(i) + ".md", .title = "T"}, std::move(chunks)).status());
    }
    Chunk point;
    point.id = "p" + std::to_string(begin);
    point.text = "point";
    point.embedding.assign(8, static_cast<float>(begin + 1));
    Check(transaction->Put("points", std::move(point)));
    Check(transaction->Commit());
    if (begin == 1000) Check(database->Flush());
  }
  const auto transaction = database->Begin();
  for (int i = 0; i < 40; ++i) Check(transaction->Delete("lights", "c" + std::to_string(i * 3)).status());
  Check(transaction->Commit());
}

bool IsDeleted(const std::string& id) {
  const int number = id[0] == 'c' ? std::atoi(id.c_str() + 1) : 1;
  return number % 3 == 0 && number / 3 < 40;
}

Files ReadFiles(const std::string& path) {
  Files files;
  for (const auto& entry : fs::directory_iterator(path)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    files[entry.path().filename().string()] = bytes.str();
  }
  return files;
}

void WriteFile(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

// Text and document of each chunk by id, of "points" with the vector.
Result<std::map<std::string, std::string>> ReadAll(const Database& database) {
  std::map<std::string, std::string> all;
  for (const CollectionInfo& info : database.reader()->ListCollections()) {
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, database.reader()->Scan(info.schema.name, {}, {.embedding = true}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) break;
      all[chunk.id] = chunk.text + "|" + chunk.uri;
      if (info.schema.name == "points") all[chunk.id] += "|" + std::to_string(chunk.embedding[0]);
    }
  }
  return all;
}

struct Damaged {
  quire::testing::TemporaryDirectory directory;
  std::string whole = directory / "whole", path = directory / "db", repaired = directory / "repaired";
  std::map<std::string, std::string> contents;
  Files files;  // as they are after a kill: with a log

  Damaged() {
    Fill(whole);
    {
      const auto database = std::move(Database::Open(whole, SmallOptions())).value();
      REQUIRE(std::move(ReadAll(*database)).value().size() == kRows - 40 + kRows / 500);
      // Some of it stays in the log: copied while it is open.
      const auto transaction = database->Begin();
      Chunk last;
      last.id = "last";
      last.text = "the last light";
      Check(transaction->Put("lights", std::move(last)));
      Check(transaction->Commit());
      contents = std::move(ReadAll(*database)).value();
      files = ReadFiles(whole);
    }
  }
  void Restore() const {
    fs::remove_all(path);
    fs::remove_all(repaired);
    fs::create_directory(path);
    for (const auto& [name, bytes] : files) WriteFile(path + "/" + name, bytes);
  }

  // Repairs, and looks at what came of it. Gives how many chunks are there; nothing of them may be wrong.
  size_t Repair() const {
    const Files before = ReadFiles(path);
    const auto report = Database::Repair(path, repaired, SmallOptions());
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    Files after = ReadFiles(path);
    after["QUIRE_LOCK"] = before.contains("QUIRE_LOCK") ? before.at("QUIRE_LOCK") : "";
    if (!before.contains("QUIRE_LOCK")) after.erase("QUIRE_LOCK");
    CHECK(after == before);
    CHECK_FALSE(fs::exists(repaired + ".salvage"));
    CHECK_FALSE(fs::exists(repaired + ".repairing"));
    const auto database = std::move(Database::Open(repaired, SmallOptions())).value();
    const auto faults = std::move(database->Check()).value();
    for (const std::string& fault : faults) FAIL_CHECK(fault);
    const auto found = std::move(ReadAll(*database)).value();
    const bool has_schemas = database->reader()->GetCollection("points").ok() && database->reader()->GetCollection("lights").ok();
    size_t right = 0;
    for (const auto& [id, text] : found) {
      const auto expected = contents.find(id);
      if (expected == contents.end() && IsDeleted(id) && !report->notes.empty()) continue;  // a file may be gone that said so
      if (!has_schemas && expected != contents.end() && expected->second.starts_with(text)) {
        ++right;
        continue;
      }
      if (expected == contents.end() || expected->second != text) {
        FAIL_CHECK(id << " is '" << text << "'" << (expected == contents.end() ? "" : ", was '" + expected->second + "'"));
      } else {
        ++right;
      }
    }
    // What is not there was said to be lost.
    if (right < contents.size()) CHECK(report->notes.size() > 0);
    return right;
  }

  // Whether the damage shows, in opening or in checking. Where it does, there is something to be done.
  bool IsFound() const {
    const auto opened = Database::Open(path, SmallOptions());
    if (!opened.ok()) {
      INFO(opened.status().ToString());
      CHECK(opened.status().code() == Code::kCorruption);
      CHECK(opened.status().hint().find("REPAIR") != std::string_view::npos);
      return true;
    }
    const auto faults = (*opened)->Check();
    return !faults.ok() || !faults->empty();
  }
  bool IsUnharmed() const {
    const auto opened = Database::Open(path, SmallOptions());
    if (!opened.ok()) return false;
    const auto found = ReadAll(**opened);
    return found.ok() && *found == contents;
  }
};

std::string KindOf(const std::string& name) {
  if (name.ends_with(".sst")) return ".sst";
  if (name.ends_with(".log")) return ".log";
  for (const std::string kind : {"MANIFEST", "OPTIONS"}) {
    if (name.starts_with(kind)) return kind;
  }
  return name;
}

TEST_CASE("damage: a flipped bit of any file is found or harmless, and what is whole is saved") {
  const Extent extent;
  std::mt19937_64 random(extent.seed);
  const Damaged damaged;
  std::map<std::string, std::vector<std::string>> kinds;
  for (const auto& [name, bytes] : damaged.files) {
    if (!bytes.empty()) kinds[KindOf(name)].push_back(name);
  }
  for (const char* kind : {".sst", ".log", "MANIFEST", "CURRENT", "COMMITTED", "OPTIONS", "IDENTITY", "QUIRE_LOCK"}) {
    CAPTURE(kind);
    REQUIRE(kinds.contains(kind));
    const auto& names = kinds[kind];
    const bool large = kinds[kind].size() > 1 || damaged.files.at(names[0]).size() > 1000;
    for (uint64_t round = 0; round < (extent.all ? 300 : large ? 3 : 1); ++round) {
      damaged.Restore();
      const std::string& name = names[random() % names.size()];
      std::string bytes = damaged.files.at(name);
      const size_t byte = random() % bytes.size(), bit = random() % 8;
      bytes[byte] = static_cast<char>(static_cast<unsigned char>(bytes[byte]) ^ (1u << bit));
      WriteFile(damaged.path + "/" + name, bytes);
      CAPTURE(name, byte, bit);
      const size_t saved = damaged.Repair();  // first: a look at a database that is sound changes it
      CHECK(saved + 1500 > damaged.contents.size());
      if (!damaged.IsFound()) CHECK((saved == damaged.contents.size() && damaged.IsUnharmed()));
    }
  }
}

TEST_CASE("damage: a file that is gone is missed, and the rest is saved") {
  const Extent extent;
  const Damaged damaged;
  std::set<std::string> done;
  for (const auto& [name, bytes] : damaged.files) {
    if (!extent.all && !done.insert(KindOf(name)).second) continue;
    damaged.Restore();
    fs::remove(damaged.path + "/" + name);
    CAPTURE(name);
    damaged.Repair();
    if (!damaged.IsFound()) CHECK(damaged.IsUnharmed());
  }
}

TEST_CASE("damage: an index that disagrees with its chunks is made anew") {
  quire::testing::TemporaryDirectory directory;
  Fill(directory / "db");
  const auto report = Database::Repair(directory / "db", directory / "new", SmallOptions());
  Check(report.status());
  REQUIRE(report->collections.size() == 2);
  CHECK(report->collections[0].chunks == kRows - 40);
  CHECK(report->collections[0].documents == kRows / 10);
  CHECK(report->collections[0].lost == 0);
  CHECK(report->notes.empty());
  CHECK(Database::Repair(directory / "db", directory / "new", SmallOptions()).status().code() == Code::kAlreadyExists);
  CHECK(Database::Repair(directory / "none", directory / "new2", SmallOptions()).status().code() == Code::kNotFound);
  const auto open = std::move(Database::Open(directory / "db", SmallOptions())).value();
  CHECK(Database::Repair(directory / "db", directory / "new2", SmallOptions()).status().code() == Code::kBusy);
}

TEST_CASE("damage: a repair removes nothing that no repair has left") {
  const quire::testing::TemporaryDirectory directory;
  REQUIRE(Database::Open(directory / "db", SmallOptions()).ok());
  for (const std::string ending : {".salvage", ".repairing"}) {
    const std::string beside = directory / "new" + ending;
    std::filesystem::create_directory(beside);
    std::ofstream(beside + "/thesis.txt") << "years of work";
    const Status status = Database::Repair(directory / "db", directory / "new", SmallOptions()).status();
    CHECK(status.code() == Code::kAlreadyExists);
    CHECK(status.message().find(beside) != std::string_view::npos);
    CHECK(std::filesystem::exists(beside + "/thesis.txt"));
    std::filesystem::remove_all(beside);
  }
  CHECK(Database::Repair(directory / "db", directory / "new", SmallOptions()).ok());
  CHECK_FALSE(fs::exists(directory / "new2"));
}

}  // namespace
}  // namespace quire::fault
