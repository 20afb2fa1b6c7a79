// A process is killed while links are made of what it writes, at random moments and at those in which they are stored.
//
// What the links were made of must be there, whole transactions of it; links may be there, be old, or be missing, and no
// answer may show which. As in crash_test.cc the parent knows from the seed what each transaction does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "engine/storage/keys.h"
#include "engine/storage/store.h"
#include "quire/database.h"
#include "tests/crash/environment.h"
#include "tests/unit/support/child_process.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::crash {
namespace {

using quire::testing::ChildArgument;
using quire::testing::ChildProcess;
using quire::testing::TellParent;
using quire::testing::TemporaryDirectory;

constexpr uint32_t kDim = 64;
constexpr uint64_t kFirstCount = 4200;  // enough to be linked
constexpr uint64_t kSizeMax = 5000;     // above it as many go as come
constexpr const char* kProgress = "progress";

std::vector<float> VectorOf(uint64_t seed) {
  std::mt19937_64 cluster(seed % 40), random(seed * 7919 + 1);
  std::normal_distribution<float> normal;
  std::vector<float> vector(kDim);
  for (float& value : vector) value = 2 * normal(cluster);
  for (float& value : vector) value += normal(random);
  return vector;
}

Chunk Point(const std::string& id, uint64_t seed, int64_t number) {
  Chunk chunk;
  chunk.id = id;
  chunk.text = "point";
  chunk.embedding = VectorOf(seed);
  chunk.attributes = {Value::Integer(number)};
  return chunk;
}

// Points that come and go: equal seeds give equal transactions. Point n has the id "n" and the vector of n.
class Points {
 public:
  explicit Points(uint64_t seed) : random_(seed) {}

  // Fills the next transaction. Its number is an attribute of the chunk kProgress.
  Status Next(Transaction* transaction) {
    const uint64_t come = done_ == 0 ? kFirstCount : 200 + random_() % 1000;
    for (uint64_t i = 0; i < come; ++i, ++next_) {
      live_.insert(next_);
      if (transaction == nullptr) continue;
      QUIRE_RETURN_IF_ERROR(
          transaction->Insert("points", Point(std::to_string(next_), next_, static_cast<int64_t>(next_ % 7))));
    }
    for (uint64_t go = done_ == 0 ? 0 : random_() % 400 + (live_.size() > kSizeMax ? 600 : 0); go > 0; --go) {
      auto gone = live_.lower_bound(random_() % next_);
      if (gone == live_.end()) gone = live_.begin();
      const std::string id = std::to_string(*gone);
      live_.erase(gone);
      if (transaction != nullptr) QUIRE_RETURN_IF_ERROR(transaction->Delete("points", id).status());
    }
    ++done_;
    if (transaction == nullptr) return {};
    return transaction->Put("points", Point(kProgress, done_, -static_cast<int64_t>(done_)));
  }
  Status Execute(Database& database) {
    const auto transaction = database.Begin();
    QUIRE_RETURN_IF_ERROR(Next(transaction.get()));
    return transaction->Commit();
  }
  void SkipTo(uint64_t done) {
    while (done_ < done && Next(nullptr).ok()) {
    }
  }

  uint64_t done() const { return done_; }
  const std::set<uint64_t>& live() const { return live_; }  // besides kProgress

 private:
  std::mt19937_64 random_;
  std::set<uint64_t> live_;
  uint64_t next_ = 0, done_ = 0;
};

Status CreatePoints(Database& database) {
  if (database.reader()->GetCollection("points").ok()) return {};
  CollectionSchema schema;
  schema.name = "points";
  schema.attributes = {{"number", Type::kInteger}};
  schema.metric = Metric::kL2;
  schema.embedder = "none";
  schema.dim = kDim;
  return database.CreateCollection(schema);
}

// Kills this process a little after a job that makes links came as far as `progress`.
void KillAt(const Database& database, double progress, std::chrono::microseconds after) {
  while (true) {
    for (const JobInfo& job : database.ListJobs()) {
      if (job.kind != "link" || job.state != "running" || job.progress < progress) continue;
      std::this_thread::sleep_for(after);
      ::raise(SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

TEST_CASE("crash child: writes points until it is killed", "[.]") {
  Points points(std::stoull(ChildArgument("QUIRE_CHILD_SEED")));
  points.SkipTo(std::stoull(ChildArgument("QUIRE_CHILD_DONE")));
  Options options;
  options.sync = static_cast<Sync>(std::stoi(ChildArgument("QUIRE_CHILD_SYNC")));
  options.memory_limit_bytes = 32 << 20;
  const auto work = [&]() -> Status {
    QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(ChildArgument("QUIRE_CHILD_PATH"), options));
    QUIRE_RETURN_IF_ERROR(CreatePoints(*database));
    if (const std::string at = ChildArgument("QUIRE_CHILD_KILL_AT"); !at.empty()) {
      const std::chrono::microseconds after(std::stoul(ChildArgument("QUIRE_CHILD_KILL_AFTER")));
      std::thread(KillAt, std::cref(*database), std::stod(at), after).detach();
    }
    while (true) {
      QUIRE_RETURN_IF_ERROR(points.Execute(*database));
      if (!TellParent("+")) return Status(Code::kIoError, "the parent is gone");
      if (points.done() % 7 == 0) QUIRE_RETURN_IF_ERROR(database->Flush());
    }
  };
  TellParent("!" + work().ToString());
}

void CheckOk(const Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

// Answers have as many hits as there can be, in the order of true distances; most are the right ones.
void CheckSearches(const Database& database, uint64_t seed) {
  const auto reader = database.reader();
  size_t common = 0, wanted = 0;
  for (uint64_t i = 0; i < 24; ++i) {
    SearchRequest request;
    request.vector = VectorOf(seed * 1000 + i + 1'000'000'000);
    request.mode = SearchMode::kVector;
    request.k = i % 3 == 0 ? 50 : 10;
    if (i % 4 == 0) request.filter = Filter::Compare(Filter::Op::kLess, "number", Value::Integer(int64_t(i / 4)));
    const auto hits = reader->Search("points", request);
    CheckOk(hits.status());
    request.exact = true;
    request.k = kMaxResults;
    const auto exact = reader->Search("points", request);
    CheckOk(exact.status());
    const size_t most = i % 3 == 0 ? 50 : 10;
    REQUIRE(hits->size() == std::min(most, exact->size()));
    size_t at = 0;  // in `exact`, which holds all there are
    for (const Hit& hit : *hits) {
      while (at < exact->size() && (*exact)[at].number != hit.number) ++at;
      REQUIRE(at < exact->size());
      REQUIRE((*exact)[at].distance == hit.distance);
      common += at < most ? 1 : 0;
    }
    wanted += hits->size();
  }
  CHECK(static_cast<double>(common) >= 0.9 * static_cast<double>(wanted));
}

// The ids of all points.
std::set<uint64_t> Ids(const Reader& reader) {
  const auto cursor = reader.Scan("points", Filter(), {.text = false, .embedding = false});
  CheckOk(cursor.status());
  std::set<uint64_t> ids;
  for (Chunk chunk;;) {
    const auto more = (*cursor)->Next(&chunk);
    CheckOk(more.status());
    if (!*more) return ids;
    if (chunk.id != kProgress) ids.insert(std::stoull(chunk.id));
  }
}

uint64_t CountDone(const Reader& reader) {
  if (reader.ListCollections().empty()) return 0;
  const auto number = reader.Find("points", kProgress);
  CheckOk(number.status());
  return *number ? static_cast<uint64_t>(-reader.Get("points", **number, {})->attributes.at(0).integer()) : 0;
}

IndexInfo IndexOf(const Database& database) {
  const auto list = database.ListIndexes();
  CheckOk(list.status());
  REQUIRE(list->size() == 1);
  CHECK((*list)[0].linked + ((*list)[0].edition == 0 ? 0 : (*list)[0].lag) ==
        ((*list)[0].edition == 0 ? 0 : (*list)[0].vectors));
  return (*list)[0];
}

void CheckIsClean(const Database& database) {
  const auto faults = database.Check();
  CheckOk(faults.status());
  for (const std::string& fault : *faults) FAIL_CHECK(fault);
}

// The editions of links of which there are stored parts. Empty before there is a database.
std::set<uint32_t> StoredEditions(const std::string& path) {
  Options options;
  options.read_only = true;
  const auto store = storage::Store::Open(path, options);
  std::set<uint32_t> editions;
  if (!store.ok()) return editions;
  const size_t prefix = storage::IndexPrefix('K', 0, 0).size();
  const auto snapshot = (*store)->snapshot();
  for (storage::Cursor cursor = snapshot->ScanPrefix(storage::Family::kCode, "K"); cursor.Valid(); cursor.Next()) {
    editions.insert(ReadBigEndian<uint32_t>(cursor.key().substr(prefix)));
  }
  return editions;
}

// How often the child was killed at what.
struct Moments {
  uint64_t linked = 0;      // there were links
  uint64_t unfinished = 0;  // an edition was stored and not attached, or one that was replaced was not reclaimed
};

// Compares what a killed child left, then goes on until links are made anew. Gives how many transactions are there.
uint64_t Verify(const std::string& path, uint64_t seed, uint64_t acknowledged, Moments* moments) {
  const std::set<uint32_t> editions = StoredEditions(path);
  Options options;
  options.sync = Sync::kNormal;
  options.background_threads = 0;
  const auto database = Database::Open(path, options);
  CheckOk(database.status());
  CheckOk(CreatePoints(**database));
  const uint64_t present = CountDone(*(*database)->reader());
  REQUIRE(acknowledged <= present);
  REQUIRE(present <= acknowledged + 1);
  Points points(seed);
  points.SkipTo(present);
  CHECK(Ids(*(*database)->reader()) == points.live());
  CheckIsClean(**database);
  const IndexInfo left = IndexOf(**database);
  CHECK(editions.contains(left.edition) == (left.edition > 0));
  moments->linked += left.edition > 0 ? 1 : 0;
  moments->unfinished += editions.size() > (left.edition > 0 ? 1 : 0) ? 1 : 0;
  if (present > 0) CheckSearches(**database, present);

  const auto is_link = [](const JobInfo& job) { return job.kind == "link" && job.state == "waiting"; };
  for (auto jobs = (*database)->ListJobs(); std::none_of(jobs.begin(), jobs.end(), is_link);
       jobs = (*database)->ListJobs()) {
    CheckOk(points.Execute(**database));
  }
  CheckOk((*database)->RunJobs());
  const IndexInfo now = IndexOf(**database);
  CHECK(now.edition == left.edition + 1);
  CHECK(now.dead == 0);
  CHECK(now.linked == now.vectors);
  CheckSearches(**database, present);
  CHECK(StoredEditions(path) == std::set<uint32_t>{now.edition});
  return points.done();
}

TEST_CASE("crash links: what links were made of is there after SIGKILL, and answers do not show it", "[links]") {
  const Rounds rounds;
  std::mt19937_64 random(rounds.seed);
  const TemporaryDirectory directory;
  uint64_t present = 0;
  Moments moments;
  for (uint64_t round = 0; round < rounds.count; ++round) {
    const std::string path = directory / ("round" + std::to_string(round / 10) + ".quire");
    if (round % 10 == 0) present = 0;
    const uint64_t seed = rounds.seed + round / 10;
    // From outside at any time; early, in the middle, when links are about to be stored, are stored, are attached.
    const char* const kill_at = std::vector<const char*>{"", "0", "0.5", "0.96", "0.97", "0.98"}[random() % 6];
    const uint64_t after = *kill_at == '\0' ? random() % 800'000 : random() % 2 * (random() % 5'000);
    CAPTURE(round, present, kill_at, after);
    ChildProcess child("crash child: writes points until it is killed",
                       {{"QUIRE_CHILD_PATH", path},
                        {"QUIRE_CHILD_SEED", std::to_string(seed)},
                        {"QUIRE_CHILD_DONE", std::to_string(present)},
                        {"QUIRE_CHILD_SYNC", std::to_string(random() % 3)},
                        {"QUIRE_CHILD_KILL_AT", kill_at},
                        {"QUIRE_CHILD_KILL_AFTER", std::to_string(after)}});
    REQUIRE(child.started());
    std::string output = child.Read(60'000);
    if (*kill_at == '\0') {
      std::this_thread::sleep_for(std::chrono::microseconds(after));
      child.Kill();
    }
    output += child.ReadToEnd();
    INFO(output);
    REQUIRE(output.find('!') == std::string::npos);
    present = Verify(path, seed, present + output.size(), &moments);
  }
  WARN("links were there " << moments.linked << " times, an edition too many " << moments.unfinished << " times");
  CHECK(moments.linked > rounds.count / 4);
}

}  // namespace
}  // namespace quire::crash
