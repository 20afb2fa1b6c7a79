#include "tests/crash/points.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

#include "tests/unit/support/child_process.h"

namespace quire::crash {
namespace {

using quire::testing::ChildArgument;
using quire::testing::ChildProcess;
using quire::testing::TellParent;

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

// Kills this process a little after a job came as far as is to be.
void KillSelf(const Database& database, const Kill& kill) {
  while (true) {
    for (const JobInfo& job : database.ListJobs()) {
      if (job.kind != kill.kind || job.state != "running" || job.progress < kill.progress) continue;
      std::this_thread::sleep_for(kill.after);
      ::raise(SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

}  // namespace

Status Points::Next(Transaction* transaction) {
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
Status Points::Execute(Database& database) {
  const auto transaction = database.Begin();
  QUIRE_RETURN_IF_ERROR(Next(transaction.get()));
  return transaction->Commit();
}

void Points::SkipTo(uint64_t done) {
  while (done_ < done && Next(nullptr).ok()) {
  }
}

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

uint64_t RunChild(const std::string& name, const std::string& path, uint64_t seed, uint64_t done, Sync sync, const Kill& kill) {
  ChildProcess child(name, {{"QUIRE_CHILD_PATH", path},
                            {"QUIRE_CHILD_SEED", std::to_string(seed)},
                            {"QUIRE_CHILD_DONE", std::to_string(done)},
                            {"QUIRE_CHILD_SYNC", std::to_string(static_cast<int>(sync))},
                            {"QUIRE_CHILD_KILL_KIND", kill.kind},
                            {"QUIRE_CHILD_KILL_AT", std::to_string(kill.progress)},
                            {"QUIRE_CHILD_KILL_AFTER", std::to_string(kill.after.count())}});
  REQUIRE(child.started());
  std::string output = child.Read(60'000);
  if (kill.kind.empty()) {
    std::this_thread::sleep_for(kill.after);
    child.Kill();
  }
  output += child.ReadToEnd();
  INFO(output);
  REQUIRE(output.find('!') == std::string::npos);
  return output.size();
}

void WritePoints(const std::function<Status(Database& database, uint64_t done)>& between) {
  Points points(std::stoull(ChildArgument("QUIRE_CHILD_SEED")));
  points.SkipTo(std::stoull(ChildArgument("QUIRE_CHILD_DONE")));
  Options options;
  options.sync = static_cast<Sync>(std::stoi(ChildArgument("QUIRE_CHILD_SYNC")));
  options.memory_limit_bytes = 32 << 20;
  const Kill kill{.kind = ChildArgument("QUIRE_CHILD_KILL_KIND"),
                  .progress = std::stod(ChildArgument("QUIRE_CHILD_KILL_AT")),
                  .after = std::chrono::microseconds(std::stoul(ChildArgument("QUIRE_CHILD_KILL_AFTER")))};
  const auto work = [&]() -> Status {
    QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(ChildArgument("QUIRE_CHILD_PATH"), options));
    QUIRE_RETURN_IF_ERROR(CreatePoints(*database));
    if (!kill.kind.empty()) std::thread(KillSelf, std::cref(*database), kill).detach();
    while (true) {
      QUIRE_RETURN_IF_ERROR(points.Execute(*database));
      if (!TellParent("+")) return Status(Code::kIoError, "the parent is gone");
      if (points.done() % 7 == 0) QUIRE_RETURN_IF_ERROR(database->Flush());
      QUIRE_RETURN_IF_ERROR(between(*database, points.done()));
    }
  };
  TellParent("!" + work().ToString());
}

void CheckOk(const Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

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

void CheckIsClean(const Database& database) {
  const auto faults = database.Check();
  CheckOk(faults.status());
  for (const std::string& fault : *faults) FAIL_CHECK(fault);
}

}  // namespace quire::crash
