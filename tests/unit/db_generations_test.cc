// Generations of a vector index: one is built beside the other, and whichever serves gives the same answers.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <random>
#include <thread>

#include "engine/db/record.h"
#include "engine/storage/keys.h"
#include "engine/storage/store.h"
#include "quire/database.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Chunk;
using quire::Code;
using quire::Database;
using quire::GenerationInfo;
using quire::Hit;
using quire::SearchRequest;
using quire::testing::TemporaryDirectory;

constexpr uint32_t kDim = 64;

void Ok(const quire::Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

std::unique_ptr<Database> OpenAt(const std::string& path, uint32_t background_threads, bool read_only = false) {
  quire::Options options;
  options.sync = quire::Sync::kOff;
  options.background_threads = background_threads;
  options.read_only = read_only;
  auto database = Database::Open(path, options);
  Ok(database.status());
  return std::move(database).value();
}

std::vector<float> VectorOf(uint64_t seed) {
  std::mt19937_64 cluster(seed % 40), random(seed * 7919 + 1);
  std::normal_distribution<float> normal;
  std::vector<float> vector(kDim);
  for (float& value : vector) value = 2 * normal(cluster);
  for (float& value : vector) value += normal(random);
  return vector;
}

SearchRequest Near(std::vector<float> vector, uint32_t k, bool exact) {
  SearchRequest request;
  request.vector = std::move(vector);
  request.mode = quire::SearchMode::kVector;
  request.k = k;
  request.exact = exact;
  return request;
}

// A collection "points" and what it must hold: the seed of each id's vector.
class World {
 public:
  explicit World(uint32_t background_threads = 0) : threads_(background_threads) {
    Reopen();
    quire::CollectionSchema schema;
    schema.name = "points";
    schema.metric = quire::Metric::kL2;
    schema.embedder = "none";
    schema.dim = kDim;
    Ok(database_->CreateCollection(schema));
  }

  Database& database() { return *database_; }
  const std::string& path() const { return path_; }
  void Reopen() {
    database_.reset();
    database_ = OpenAt(path_, threads_);
  }
  void Close() { database_.reset(); }

  void Insert(uint64_t count) {
    const auto transaction = database_->Begin();
    for (uint64_t i = 0; i < count; ++i) Put(*transaction, next_++);
    Ok(transaction->Commit());
  }
  // Inserts, replaces and deletes some, all over the collection.
  void Write() {
    const auto transaction = database_->Begin();
    for (int i = 0; i < 40; ++i) Put(*transaction, next_++);
    for (int i = 0; i < 20 && !live_.empty(); ++i) Put(*transaction, Any());
    for (int i = 0; i < 30 && !live_.empty(); ++i) {
      const uint64_t id = Any();
      CHECK(*transaction->Delete("points", std::to_string(id)));
      live_.erase(id);
    }
    Ok(transaction->Commit());
  }

  std::vector<GenerationInfo> Generations() const {
    auto list = database_->ListGenerations("points");
    Ok(list.status());
    return *std::move(list);
  }
  // All fields that decide which generation is what: "1 serving, 2 filling".
  std::string Roles() const {
    std::string roles;
    for (const GenerationInfo& one : Generations()) {
      roles.append(roles.empty() ? "" : ", ").append(std::to_string(one.number)).append(" ").append(one.role);
    }
    return roles;
  }
  void CheckMeasured() const {
    for (const GenerationInfo& one : Generations()) {
      CHECK(one.vectors == live_.size());
      CHECK(one.copied == 1);
      CHECK(one.queries == 100);
      CHECK(one.recall > 0.8);
      CHECK(one.median_us > 0);
    }
  }
  quire::JobInfo Job(const std::string& kind) const {
    quire::JobInfo last;
    for (const quire::JobInfo& job : database_->ListJobs()) {
      if (job.kind == kind && job.id >= last.id) last = job;
    }
    return last;
  }

  // Everything is where it must be, in both generations.
  void Check() {
    const auto faults = database_->Check();
    Ok(faults.status());
    for (const std::string& fault : *faults) FAIL_CHECK(fault);
    const auto reader = database_->reader();
    CHECK(reader->GetCollection("points")->chunks == live_.size());
    for (int i = 0; i < 40; ++i) {
      const auto one = live_.lower_bound(random_() % next_);
      if (one == live_.end()) continue;
      const auto hits = reader->Search("points", Near(VectorOf(one->second), 1, i % 2 == 0));
      Ok(hits.status());
      REQUIRE(hits->size() == 1);
      CHECK(reader->Get("points", (*hits)[0].number, {})->id == std::to_string(one->first));
    }
  }

  // Numbers and distances of the nearest of some queries; with links, recall is what there must be.
  std::vector<std::pair<quire::ChunkNumber, double>> Answers() {
    std::vector<std::pair<quire::ChunkNumber, double>> answers;
    size_t common = 0, wanted = 0;
    const auto reader = database_->reader();
    for (uint64_t i = 0; i < 30; ++i) {
      const auto exact = reader->Search("points", Near(VectorOf(1'000'000 + i), 10, true));
      const auto found = reader->Search("points", Near(VectorOf(1'000'000 + i), 10, false));
      Ok(exact.status());
      Ok(found.status());
      REQUIRE(found->size() == exact->size());
      wanted += exact->size();
      for (const Hit& hit : *exact) {
        answers.emplace_back(hit.number, hit.distance);
        common += std::any_of(found->begin(), found->end(), [&](const Hit& one) { return one.number == hit.number; });
      }
    }
    CHECK(static_cast<double>(common) >= 0.9 * static_cast<double>(wanted));
    return answers;
  }

  // How many keys of a generation of the first collection are stored. REQUIRES: closed.
  size_t CountKeys(uint32_t generation) const {
    quire::Options options;
    options.read_only = true;
    const auto store = quire::storage::Store::Open(path_, options);
    Ok(store.status());
    const auto snapshot = (*store)->snapshot();
    size_t count = 0;
    const auto add = [&](quire::storage::Family family, char kind) {
      auto cursor = snapshot->ScanPrefix(family, quire::storage::IndexPrefix(kind, 1, generation));
      for (; cursor.Valid(); cursor.Next()) ++count;
      Ok(cursor.status());
    };
    for (const char kind : {'I', 'Z'}) add(quire::storage::Family::kMeta, kind);
    for (int kind = 'A'; kind <= 'Z'; ++kind) {
      for (const auto family : {quire::storage::Family::kTree, quire::storage::Family::kPosting,
                                quire::storage::Family::kCode, quire::storage::Family::kRaw}) {
        add(family, static_cast<char>(kind));
      }
    }
    return count;
  }
  uint64_t size() const { return live_.size(); }

 private:
  void Put(quire::Transaction& transaction, uint64_t id) {
    Chunk chunk;
    chunk.id = std::to_string(id);
    chunk.text = "point";
    chunk.embedding = VectorOf(next_seed_);
    Ok(transaction.Put("points", chunk));
    live_[id] = next_seed_++;
  }
  uint64_t Any() {
    const auto found = live_.lower_bound(random_() % next_);
    return found == live_.end() ? live_.begin()->first : found->first;
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "test.quire";
  uint32_t threads_;
  std::unique_ptr<Database> database_;
  std::mt19937_64 random_{11};
  std::map<uint64_t, uint64_t> live_;
  uint64_t next_ = 0, next_seed_ = 0;
};

}  // namespace

TEST_CASE("a generation is filled, compared, switched to, rolled back and dropped, with commits at every step", "[db]") {
  World world;
  Database& database = world.database();
  world.Insert(4400);
  Ok(database.RunJobs());
  CHECK(world.Roles() == "1 serving");
  CHECK(database.RollBackGeneration("points").code() == Code::kNotFound);
  CHECK(database.SwitchGeneration("points").code() == Code::kNotFound);
  CHECK(database.DropGeneration("points").code() == Code::kNotFound);

  Ok(database.StartRebuild("points", {.switch_when_ready = false, .seed = 5}));
  CHECK(world.Roles() == "1 serving, 2 filling");
  CHECK(world.Generations()[1].copied == 0);
  CHECK(database.StartRebuild("points", {}).code() == Code::kBusy);
  CHECK(database.SwitchGeneration("points").code() == Code::kInvalidArgument);
  CHECK(database.RollBackGeneration("points").code() == Code::kNotFound);
  world.Write();
  world.Check();

  world.Reopen();
  CHECK(world.Roles() == "1 serving, 2 filling");
  CHECK(world.Job("rebuild").state == "waiting");  // goes on by itself
  world.Write();
  Ok(world.database().RunJobs());
  CHECK(world.Job("rebuild").state == "done");
  CHECK(world.Roles() == "1 serving, 2 ready");
  world.CheckMeasured();
  CHECK(world.Generations()[1].linked == world.size());
  world.Write();
  world.Check();

  world.Reopen();
  CHECK(world.Job("rebuild").id == 0);
  CHECK(world.database().RollBackGeneration("points").code() == Code::kNotFound);
  world.Write();
  const auto answers = world.Answers();
  Ok(world.database().SwitchGeneration("points"));
  CHECK(world.Roles() == "2 serving, 1 previous");
  CHECK(world.database().reader()->GetCollection("points")->generation == 2);
  CHECK(world.Answers() == answers);
  world.Write();
  world.Check();

  world.Reopen();
  CHECK(world.Roles() == "2 serving, 1 previous");
  CHECK(world.database().SwitchGeneration("points").code() == Code::kInvalidArgument);
  CHECK(world.database().StartRebuild("points", {}).code() == Code::kAlreadyExists);
  world.Write();
  const auto later = world.Answers();
  CHECK(later != answers);
  Ok(world.database().RollBackGeneration("points"));
  CHECK(world.Roles() == "1 serving, 2 previous");
  CHECK(world.Answers() == later);
  world.Write();
  world.Check();
  Ok(world.database().RollBackGeneration("points"));
  CHECK(world.Roles() == "2 serving, 1 previous");

  const auto before = world.database().reader();  // keeps its moment
  Ok(world.database().DropGeneration("points"));
  Ok(world.database().RunJobs());
  CHECK(world.Job("reclaim").state == "done");
  CHECK(world.Roles() == "2 serving");
  world.Write();
  world.Check();
}

TEST_CASE("a generation that was dropped leaves nothing, and its number is not used again", "[db]") {
  World world;
  world.Insert(300);
  Ok(world.database().StartRebuild("points", {.switch_when_ready = true}));
  Ok(world.database().RunJobs());
  CHECK(world.Roles() == "2 serving, 1 previous");
  Ok(world.database().DropGeneration("points"));
  world.Close();
  CHECK(world.CountKeys(1) > 300);
  world.Reopen();  // what there is to reclaim is not forgotten
  Ok(world.database().RunJobs());
  world.Check();

  Ok(world.database().StartRebuild("points", {}));
  CHECK(world.Roles() == "2 serving, 3 filling");
  Ok(world.database().DropGeneration("points"));  // before its job began
  CHECK(world.Job("rebuild").state == "cancelled");
  Ok(world.database().StartRebuild("points", {}));
  CHECK(world.Roles() == "2 serving, 4 filling");
  Ok(world.database().RunJobs());
  Ok(world.database().DropGeneration("points"));
  Ok(world.database().StartRebuild("points", {}));
  CHECK(world.Roles() == "2 serving, 5 filling");
  Ok(world.database().RunJobs());
  world.Check();
  world.Close();
  CHECK(world.CountKeys(1) == 0);
  CHECK(world.CountKeys(2) > 300);
  CHECK(world.CountKeys(3) == 0);
  CHECK(world.CountKeys(4) == 0);
  CHECK(world.CountKeys(5) > 300);

  world.Reopen();
  Ok(world.database().DropCollection("points"));
  Ok(world.database().RunJobs());
  world.Close();
  CHECK(world.CountKeys(2) == 0);
  CHECK(world.CountKeys(5) == 0);
}

TEST_CASE("a rebuild that is cancelled while it fills goes on where it was", "[db]") {
  World world(1);
  world.Insert(3000);
  int partly = 0;
  for (int round = 0; round < 4; ++round) {
    Ok(world.database().StartRebuild("points", {}));
    while (world.Job("rebuild").progress == 0 && world.Job("rebuild").state != "done") std::this_thread::yield();
    const bool cancelled = world.database().CancelJob(world.Job("rebuild").id).ok();
    while (world.Job("rebuild").state == "running") std::this_thread::yield();
    const GenerationInfo filling = world.Generations()[1];
    partly += filling.copied > 0 && filling.copied < 1 ? 1 : 0;
    for (int i = 0; i < 4; ++i) world.Write();  // on both sides of what was copied
    world.Check();
    if (round % 2 == 0) world.Reopen();
    if (round % 2 == 1 && cancelled) Ok(world.database().StartRebuild("points", {}));
    Ok(world.database().RunJobs());
    CHECK(world.Generations()[1].role == "ready");
    world.Check();
    const auto answers = world.Answers();
    Ok(world.database().SwitchGeneration("points"));
    CHECK(world.Answers() == answers);
    Ok(world.database().DropGeneration("points"));
  }
  CHECK(partly > 0);
}

TEST_CASE("a generation is built and switched to while readers search and a writer writes", "[db]") {
  World world(1);
  world.Insert(4100);
  std::atomic<bool> stop = false;
  std::string fault;
  std::thread reader([&] {
    std::mt19937_64 random(3);
    while (!stop && fault.empty()) {
      const auto now = world.database().reader();
      const auto hits = now->Search("points", Near(VectorOf(random() % 5000), 10, false));
      if (!hits.ok()) fault = hits.status().ToString();
      if (hits.ok() && hits->size() != 10) fault = std::to_string(hits->size()) + " hits";
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  for (uint32_t round = 0; round < 2; ++round) {
    Ok(world.database().StartRebuild("points", {.switch_when_ready = true}));
    do {
      world.Write();
      std::this_thread::sleep_for(std::chrono::milliseconds(15));
    } while (world.Job("rebuild").state == "waiting" || world.Job("rebuild").state == "running");
    CHECK(world.Job("rebuild").message == "");
    CHECK(world.Roles() == std::to_string(round + 2) + " serving, " + std::to_string(round + 1) + " previous");
    world.Write();
    world.Check();
    Ok(world.database().DropGeneration("points"));
  }
  stop = true;
  reader.join();
  CHECK(fault == "");
  Ok(world.database().RunJobs());
  world.Check();
}

TEST_CASE("an empty collection, one with an embedder and one without words rebuild as well", "[db]") {
  TemporaryDirectory directory;
  const auto database = OpenAt(directory / "test.quire", 0);
  Ok(database->CreateCollection({.name = "empty"}));
  Ok(database->StartRebuild("EMPTY", {.switch_when_ready = true}));
  Ok(database->CreateCollection({.name = "docs"}));
  const auto transaction = database->Begin();
  for (const char* text : {"a lamp on a table", "the table of contents", "rain over the sea"}) {
    Chunk chunk;
    chunk.text = text;
    Ok(transaction->Insert("docs", chunk));
  }
  Ok(transaction->Commit());
  SearchRequest request;
  request.text = "sea";
  const auto before = database->reader()->Search("docs", request);
  Ok(database->StartRebuild("docs", {.switch_when_ready = true}));
  Ok(database->AddColumns("docs", {{"year", quire::Type::kInteger}}));
  Ok(database->RunJobs());
  CHECK((*database->ListGenerations("empty"))[0].number == 2);
  CHECK((*database->ListGenerations("docs"))[0].number == 2);
  CHECK((*database->ListGenerations("docs"))[0].queries == 3);
  const auto after = database->reader()->Search("docs", request);
  Ok(after.status());
  REQUIRE(after->size() == before->size());
  for (size_t i = 0; i < after->size(); ++i) {
    CHECK((*after)[i].number == (*before)[i].number);
    CHECK((*after)[i].score == (*before)[i].score);
  }
  CHECK(database->Check()->empty());
}

TEST_CASE("damage in the generation that does not serve is found, and keeps it from serving", "[db]") {
  using quire::storage::Family;
  World world;
  world.Insert(300);
  Ok(world.database().StartRebuild("points", {}));
  Ok(world.database().RunJobs());
  world.Close();
  {
    const auto store = quire::storage::Store::Open(world.path(), {});
    Ok(store.status());
    quire::storage::Batch batch;
    batch.Delete(Family::kRaw, quire::storage::RawKey(1, 2, 7));
    batch.Delete(Family::kCode, quire::storage::LeafKey('E', 1, 2, 0, 128));
    Ok((*store)->Commit(std::move(batch)));
  }
  world.Reopen();
  const auto faults = world.database().Check();
  Ok(faults.status());
  REQUIRE(faults->size() == 1);
  CHECK((*faults)[0].find("vector index 1/2") != std::string::npos);
  CHECK(world.database().SwitchGeneration("points").code() == Code::kCorruption);
  CHECK(world.database().reader()->GetCollection("points")->generation == 1);
  Ok(world.database().DropGeneration("points"));
  Ok(world.database().RunJobs());
  world.Write();
  world.Check();
}

TEST_CASE("what cannot be done with generations says why", "[db]") {
  TemporaryDirectory directory;
  {
    const auto database = OpenAt(directory / "test.quire", 0);
    Ok(database->CreateCollection({.name = "docs"}));
    Ok(database->StartRebuild("docs", {}));
    CHECK(database->StartRebuild("dosc", {}).hint() == "did you mean 'docs'?");
    CHECK(database->ListGenerations("dosc").status().code() == Code::kNotFound);
    CHECK(database->SwitchGeneration("docs").message() ==
          "collection 'docs' cannot switch to generation 2, which is filling, expected a ready one");
    CHECK(database->StartRebuild("docs", {}).message() == "collection 'docs' is building generation 2 already");
    CHECK(database->RollBackGeneration("docs").message() ==
          "collection 'docs' has no previous generation to roll back to");
    Ok(database->DropGeneration("docs"));
    CHECK(database->DropGeneration("docs").message() == "collection 'docs' has no other generation to drop");
    CHECK(database->SwitchGeneration("docs").message() == "collection 'docs' has no other generation to switch to");
    Ok(database->StartRebuild("docs", {}));
  }
  const auto database = OpenAt(directory / "test.quire", 0, true);
  CHECK(database->ListGenerations("docs")->size() == 2);
  CHECK(database->ListJobs().empty());
  for (const quire::Status& status :
       {database->StartRebuild("docs", {}), database->SwitchGeneration("docs"), database->RollBackGeneration("docs"),
        database->DropGeneration("docs"), database->SetRecallTarget("docs", 0.9)}) {
    CHECK(status.code() == Code::kReadOnly);
  }
}

TEST_CASE("a collection has a recall target for searches that have none", "[db]") {
  World world;
  world.Insert(4300);
  Ok(world.database().RunJobs());
  const auto search = [&](double target) {
    std::vector<quire::ChunkNumber> numbers;
    for (uint32_t i = 0; i < 20; ++i) {
      std::mt19937_64 random(i);
      std::normal_distribution<float> normal(0, 2);
      std::vector<float> vector(kDim);
      for (float& value : vector) value = normal(random);
      SearchRequest request = Near(std::move(vector), 10, false);
      request.recall_target = target;
      const auto hits = world.database().reader()->Search("points", request);
      Ok(hits.status());
      for (const Hit& hit : *hits) numbers.push_back(hit.number);
    }
    return numbers;
  };
  CHECK(world.database().reader()->GetCollection("points")->schema.recall_target == 0.95);
  CHECK(search(0) == search(0.95));
  for (const double bad : {0.0, -0.5, 1.01}) {
    CHECK(world.database().SetRecallTarget("points", bad).code() == Code::kInvalidArgument);
  }
  for (const double target : {0.2, 1.0}) {
    Ok(world.database().SetRecallTarget("points", target));
    CHECK(search(0) == search(target));
    world.Reopen();
    CHECK(world.database().reader()->GetCollection("points")->schema.recall_target == target);
    CHECK(search(0) == search(target));
  }
  CHECK((search(0.2) != search(1.0)));
  CHECK(world.database().SetRecallTarget("dots", 0.5).code() == Code::kNotFound);
  quire::CollectionSchema schema;
  schema.name = "other";
  schema.recall_target = 2;
  CHECK(world.database().CreateCollection(schema).code() == Code::kInvalidArgument);
}

TEST_CASE("a catalog entry that says nothing new is stored as before, and what was stored before is read", "[db]") {
  using quire::db::CatalogEntry;
  using quire::db::DecodeCatalogEntry;
  using quire::db::EncodeCatalogEntry;
  CatalogEntry entry;
  entry.schema.name = "docs";
  entry.schema.dim = 3;
  entry.schema.attributes = {{"year", quire::Type::kInteger}};
  entry.generation = entry.last_generation = 4;
  const std::string old = EncodeCatalogEntry(entry);
  CHECK(old == std::string("\1\4docs\4\0\7builtin\1\3\xde\2\7english\0\1\4year", 35) +
                   std::string(1, static_cast<char>(quire::Type::kInteger)));
  auto read = DecodeCatalogEntry(old, 1);
  Ok(read.status());
  CHECK(read->last_generation == 4);
  CHECK(!read->second);
  CHECK(read->schema.recall_target == 0.95);

  entry.last_generation = 6;
  entry.schema.recall_target = 0.5;
  entry.measured = {100, 0.5F, 12.5F};
  entry.second = {.number = 6,
                  .role = quire::db::GenerationRole::kReady,
                  .switch_when_ready = true,
                  .copied_to = 70'000,
                  .embedder = "other",
                  .made_by = {.name = "other", .version = 9},
                  .dim = 384,
                  .measured = {99, 1.0F, 3.5F}};
  const std::string bytes = EncodeCatalogEntry(entry);
  CHECK(bytes[0] == 2);
  read = DecodeCatalogEntry(bytes, 1);
  Ok(read.status());
  CHECK(EncodeCatalogEntry(*read) == bytes);
  CHECK(read->second->embedder == "other");
  CHECK(read->second->copied_to == 70'000);
  CHECK(read->second->measured.recall == 1.0F);
  CHECK(read->measured.median_us == 12.5F);
  for (size_t size = 0; size < bytes.size(); ++size) {
    CHECK(DecodeCatalogEntry(std::string_view(bytes).substr(0, size), 1).status().code() == Code::kCorruption);
  }
  CHECK(DecodeCatalogEntry("\4" + bytes.substr(1), 1).status().code() == Code::kUnsupported);
}
