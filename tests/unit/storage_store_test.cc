// Batches, snapshots, cursors and durability modes of an undamaged store.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "tests/unit/storage_support.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::storage {
namespace {

using quire::testing::TemporaryDirectory;

TEST_CASE("storage: what is committed is read, in its family only", "[storage]") {
  const TemporaryDirectory directory;
  const auto store = OpenOrFail(directory / "a.quire");
  for (const Family family : kFamilies) {
    CommitOne(*store, family, "key", "value " + std::to_string(static_cast<int>(family)));
  }
  const auto snapshot = store->snapshot();
  for (const Family family : kFamilies) {
    CHECK(GetOrNone(*snapshot, family, "key") == "value " + std::to_string(static_cast<int>(family)));
    CHECK(GetOrNone(*snapshot, family, "ke") == "<none>");
  }
}

TEST_CASE("storage: keys and values are any bytes", "[storage]") {
  const TemporaryDirectory directory;
  const auto store = OpenOrFail(directory / "a.quire");
  const std::string zeros(3, '\0'), high(4, '\xFF'), large(3 << 20, 'x');
  CommitOne(*store, Family::kChunk, zeros, "");
  CommitOne(*store, Family::kChunk, high, zeros);
  CommitOne(*store, Family::kRaw, "large", large);
  const auto snapshot = store->snapshot();
  CHECK(GetOrNone(*snapshot, Family::kChunk, zeros).empty());
  CHECK(GetOrNone(*snapshot, Family::kChunk, high) == zeros);
  CHECK(GetOrNone(*snapshot, Family::kRaw, "large") == large);
  Cursor cursor = snapshot->ScanPrefix(Family::kChunk, high.substr(0, 2));
  REQUIRE(cursor.Valid());
  CHECK(cursor.key() == high);
}

TEST_CASE("storage: a batch counts, applies in order, and is empty once committed", "[storage]") {
  const TemporaryDirectory directory;
  const auto store = OpenOrFail(directory / "a.quire");
  Batch batch;
  CHECK(batch.count() == 0);
  batch.Put(Family::kChunk, "a", "1");
  batch.Put(Family::kWord, "a", "2");
  batch.Delete(Family::kChunk, "a");
  CHECK(batch.count() == 3);
  CHECK(batch.bytes() > 6);
  Check(store->Commit(std::move(batch)));
  CHECK(GetOrNone(*store->snapshot(), Family::kChunk, "a") == "<none>");
  CHECK(GetOrNone(*store->snapshot(), Family::kWord, "a") == "2");

  const uint64_t before = store->snapshot()->sequence();
  Check(store->Commit(Batch()));
  CHECK(store->snapshot()->sequence() == before);
}

TEST_CASE("storage: a snapshot does not see later commits", "[storage]") {
  const TemporaryDirectory directory;
  const auto store = OpenOrFail(directory / "a.quire");
  CommitOne(*store, Family::kChunk, "a", "old");
  const auto snapshot = store->snapshot();
  Batch batch;
  batch.Put(Family::kChunk, "a", "new");
  batch.Put(Family::kChunk, "b", "new");
  Check(store->Commit(std::move(batch)));
  Check(store->Flush());
  Check(store->CompactRange(Family::kChunk, "", ""));
  CHECK(GetOrNone(*snapshot, Family::kChunk, "a") == "old");
  CHECK(ReadAll(*snapshot, Family::kChunk).value() == Contents{{"a", "old"}});
  CHECK(ReadAll(*store->snapshot(), Family::kChunk).value() == Contents{{"a", "new"}, {"b", "new"}});
  CHECK(snapshot->sequence() < store->snapshot()->sequence());
}

TEST_CASE("storage: readers never see half of a batch", "[storage]") {
  const TemporaryDirectory directory;
  Options options = SmallOptions();
  options.sync = Sync::kOff;
  const auto store = OpenOrFail(directory / "a.quire", options);
  std::thread writer([&store] {
    for (int i = 0; i < 500; ++i) {
      Batch batch;
      for (const Family family : kFamilies) batch.Put(family, "counter", std::to_string(i));
      if (!store->Commit(std::move(batch)).ok()) return;
    }
  });
  bool torn = false;
  for (int i = 0; i < 500; ++i) {
    const auto snapshot = store->snapshot();
    const std::string first = GetOrNone(*snapshot, Family::kMeta, "counter");
    for (const Family family : kFamilies) torn |= GetOrNone(*snapshot, family, "counter") != first;
  }
  writer.join();
  CHECK_FALSE(torn);
  CHECK(GetOrNone(*store->snapshot(), Family::kRaw, "counter") == "499");
}

TEST_CASE("storage: a scan stays inside its bounds", "[storage]") {
  const TemporaryDirectory directory;
  const auto store = OpenOrFail(directory / "a.quire");
  for (const char* key : {"a", "b", "ba", "bb", "c"}) CommitOne(*store, Family::kChunk, key, key);
  const auto snapshot = store->snapshot();
  const auto keys = [](Cursor cursor) {
    std::string all;
    for (; cursor.Valid(); cursor.Next()) all.append(cursor.key()).append(" ");
    CHECK(cursor.status().ok());
    return all;
  };
  CHECK(keys(snapshot->Scan(Family::kChunk, "b", "bb")) == "b ba ");
  CHECK(keys(snapshot->Scan(Family::kChunk, "b", "bb", Caching::kBypass)) == "b ba ");
  CHECK(keys(snapshot->Scan(Family::kChunk, "b", "")) == "b ba bb c ");
  CHECK(keys(snapshot->Scan(Family::kChunk, "c", "b")).empty());
  CHECK(keys(snapshot->Scan(Family::kChunk, "b", "b")).empty());
  CHECK(keys(snapshot->ScanPrefix(Family::kChunk, "b")) == "b ba bb ");
  CHECK(keys(snapshot->ScanPrefix(Family::kRaw, "b")).empty());

  Cursor cursor = snapshot->ScanPrefix(Family::kChunk, "b");
  cursor.Seek("a");
  REQUIRE(cursor.Valid());
  CHECK(cursor.key() == "b");
  cursor.Seek("bab");
  REQUIRE(cursor.Valid());
  CHECK(cursor.value() == "bb");
  cursor.Seek("c");
  CHECK_FALSE(cursor.Valid());
  CHECK(cursor.status().ok());
}

TEST_CASE("storage: MultiGet visits what is there, in order, and stops at a failure", "[storage]") {
  const TemporaryDirectory directory;
  const auto store = OpenOrFail(directory / "a.quire");
  std::vector<std::string> keys;
  Batch batch;
  for (int i = 0; i < 300; ++i) {
    keys.push_back("key " + std::to_string((i * 7919) % 300));
    if (i % 3 != 0) batch.Put(Family::kRaw, keys.back(), std::to_string(i));
  }
  Check(store->Commit(std::move(batch)));
  keys.push_back(keys[1]);  // twice
  const auto check = [&keys](const Snapshot& snapshot) {
    std::vector<size_t> seen;
    Check(snapshot.MultiGet(Family::kRaw, keys, [&](size_t i, std::string_view value) -> Status {
      CHECK(value == std::to_string(i == 300 ? 1 : i));
      seen.push_back(i);
      return {};
    }));
    CHECK(seen.size() == 201);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
  };
  check(*store->snapshot());
  Check(store->Flush());
  check(*store->snapshot());

  size_t visits = 0;
  const Status status = store->snapshot()->MultiGet(Family::kRaw, keys, [&](size_t, std::string_view) {
    ++visits;
    return Status(Code::kCancelled, "enough");
  });
  CHECK(status.code() == Code::kCancelled);
  CHECK(visits == 1);
  Check(store->snapshot()->MultiGet(Family::kRaw, {}, [](size_t, std::string_view) { return Status(); }));
}

TEST_CASE("storage: random batches and reopens agree with a map", "[storage]") {
  const unsigned seed = Seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  Contents model[kFamilyCount];
  auto store = OpenOrFail(directory / "a.quire");
  for (int round = 0; round < 200; ++round) {
    const Sync modes[] = {Sync::kFull, Sync::kNormal, Sync::kOff};
    store->SetSync(modes[random() % 3]);
    Batch batch;
    for (auto i = random() % 40; i > 0; --i) {
      const Family family = kFamilies[random() % kFamilyCount];
      const std::string key = "k" + std::to_string(random() % 200);
      if (random() % 4 == 0) {
        batch.Delete(family, key);
        model[static_cast<size_t>(family)].erase(key);
      } else {
        const std::string value(random() % 3000, static_cast<char>('a' + random() % 26));
        batch.Put(family, key, value);
        model[static_cast<size_t>(family)][key] = value;
      }
    }
    Check(store->Commit(std::move(batch)));
    if (random() % 20 == 0) Check(store->Flush());
    if (random() % 20 == 0) Check(store->CompactRange(kFamilies[random() % kFamilyCount], "k", ""));
    if (random() % 10 != 0) continue;
    store.reset();
    store = OpenOrFail(directory / "a.quire");
    const auto snapshot = store->snapshot();
    for (const Family family : {Family::kChunk, Family::kRaw, Family::kTree}) {
      REQUIRE(ReadAll(*snapshot, family).value() == model[static_cast<size_t>(family)]);
    }
  }
  Check(store->VerifyChecksums());
}

TEST_CASE("storage: many threads commit at once", "[storage]") {
  const TemporaryDirectory directory;
  const auto store = OpenOrFail(directory / "a.quire");
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&store, &failures, t] {
      for (int i = 0; i < 25; ++i) {
        Batch batch;
        batch.Put(Family::kChunk, std::to_string(t) + "/" + std::to_string(i), "x");
        if (!store->Commit(std::move(batch)).ok()) ++failures;
      }
    });
  }
  store->SetSync(Sync::kNormal);
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(ReadAll(*store->snapshot(), Family::kChunk).value().size() == 100);
}

TEST_CASE("storage: a clean close leaves an empty log", "[storage]") {
  const TemporaryDirectory directory;
  for (const Sync sync : {Sync::kFull, Sync::kNormal, Sync::kOff}) {
    Options options = SmallOptions();
    options.sync = sync;
    OpenOrFail(directory / "a.quire", options)->SetSync(sync);
    CommitOne(*OpenOrFail(directory / "a.quire", options), Family::kCode, "a", "1");
    for (const auto& log : FilesEndingWith(directory / "a.quire", ".log")) CHECK(std::filesystem::file_size(log) == 0);
    CHECK(GetOrNone(*OpenOrFail(directory / "a.quire")->snapshot(), Family::kCode, "a") == "1");
  }
}

TEST_CASE("storage: RocksDB's log file is not there while all is well", "[storage]") {
  const TemporaryDirectory directory;
  for (int i = 0; i < 3; ++i) CommitOne(*OpenOrFail(directory / "a.quire"), Family::kCode, std::to_string(i), "1");
  CHECK_FALSE(std::filesystem::exists(directory / "a.quire/LOG"));
}

TEST_CASE("storage: a read-only store sees the state at its opening, beside a writer", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  const auto writer = OpenOrFail(path);
  CommitOne(*writer, Family::kChunk, "a", "1");
  Check(writer->Flush());
  CommitOne(*writer, Family::kChunk, "b", "2");

  Options options = SmallOptions();
  options.read_only = true;
  const auto reader = OpenOrFail(path, options);
  CHECK(reader->read_only());
  for (int i = 0; i < 5; ++i) {  // what the reader has open is replaced and removed
    CommitOne(*writer, Family::kChunk, "a", "later");
    Check(writer->Flush());
    Check(writer->CompactRange(Family::kChunk, "", ""));
  }
  CHECK(ReadAll(*reader->snapshot(), Family::kChunk).value() == Contents{{"a", "1"}, {"b", "2"}});
  const std::vector<std::string> keys = {"a", "b"};
  std::string joined;
  Check(reader->snapshot()->MultiGet(Family::kChunk, keys, [&joined](size_t, std::string_view value) -> Status {
    joined.append(value);
    return {};
  }));
  CHECK(joined == "12");
  Check(reader->VerifyChecksums());
  Check(reader->Flush());

  Batch batch;
  batch.Put(Family::kChunk, "c", "3");
  CHECK(reader->Commit(std::move(batch)).code() == Code::kReadOnly);
  CHECK(reader->CompactRange(Family::kChunk, "", "").code() == Code::kReadOnly);
  CHECK(GetOrNone(*OpenOrFail(path, options)->snapshot(), Family::kChunk, "a") == "later");
}

TEST_CASE("storage: opening read-only while a writer works neither fails nor tears", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  const auto writer = OpenOrFail(path);
  std::atomic<bool> stop = false;
  std::thread thread([&] {
    writer->SetSync(Sync::kOff);
    for (int i = 0; !stop; ++i) {
      Batch batch;
      for (const Family family : kFamilies) batch.Put(family, "a", std::to_string(i) + std::string(5000, 'x'));
      if (!writer->Commit(std::move(batch)).ok()) return;
      if (i % 20 == 0) static_cast<void>(writer->Flush().ok());
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  Options options = SmallOptions();
  options.read_only = true;
  std::string failures;
  for (int i = 0; i < 30; ++i) {
    const auto reader = Store::Open(path, options);
    if (!reader.ok()) {
      failures += reader.status().ToString() + "\n";
      continue;
    }
    const auto snapshot = (*reader)->snapshot();
    const std::string first = GetOrNone(*snapshot, Family::kMeta, "a");
    for (const Family family : kFamilies) {
      if (GetOrNone(*snapshot, family, "a") != first) failures += "torn\n";
    }
  }
  stop = true;
  thread.join();
  CHECK(failures == "");
}

TEST_CASE("storage: a snapshot and a cursor may outlive their store", "[storage]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "a.quire";
  auto store = OpenOrFail(path);
  CommitOne(*store, Family::kChunk, "a", "1");
  auto snapshot = store->snapshot();
  auto cursor = std::make_unique<Cursor>(snapshot->ScanPrefix(Family::kChunk, ""));
  store.reset();
  CHECK(GetOrNone(*snapshot, Family::kChunk, "a") == "1");
  CHECK(FailureOfOpen(path).code() == Code::kBusy);
  snapshot.reset();
  CHECK(cursor->value() == "1");
  cursor.reset();
  OpenOrFail(path);
}

TEST_CASE("storage: the memory limit is what was asked for, or derived from the machine", "[storage]") {
  const TemporaryDirectory directory;
  CHECK(OpenOrFail(directory / "a.quire")->memory_limit_bytes() == 8 << 20);
  CHECK(OpenOrFail(directory / "a.quire", Options())->memory_limit_bytes() > 64 << 20);
  Options tiny;
  tiny.memory_limit_bytes = 1;
  CommitOne(*OpenOrFail(directory / "a.quire", tiny), Family::kChunk, "a", std::string(1 << 20, 'x'));
}

}  // namespace
}  // namespace quire::storage
