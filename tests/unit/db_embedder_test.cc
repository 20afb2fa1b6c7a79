// A collection moves to another embedder while it is written to and searched.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "quire/database.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Chunk;
using quire::Code;
using quire::Database;
using quire::Embedder;
using quire::EmbedderDefinition;
using quire::Status;
using quire::testing::TemporaryDirectory;

void Ok(const Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

// Letters of a text counted, from a letter of its own on: two of them with other shifts give other vectors.
class Letters final : public Embedder {
 public:
  Letters(std::string name, uint32_t dim, uint64_t config) : identity_{std::move(name), 1, dim, config} {}
  const Identity& identity() const override { return identity_; }
  Status Embed(std::span<const std::string_view> texts, Role, std::span<float> out) const override {
    if (down) return Status(Code::kUnavailable, "embedder '" + identity_.name + "' does not answer");
    ++calls;
    for (size_t i = 0; i < texts.size(); ++i) {
      const std::span<float> vector = out.subspan(i * identity_.dim, identity_.dim);
      std::fill(vector.begin(), vector.end(), 0.01F);
      for (const char c : texts[i]) vector[(static_cast<unsigned char>(c) + identity_.config) % identity_.dim] += 1;
    }
    return {};
  }
  mutable std::atomic<bool> down{false};
  mutable std::atomic<int> calls{0};

 private:
  const Identity identity_;
};

// A database with two such embedders, its jobs run by hand.
class World {
 public:
  World() { Reopen(1); }
  void Reopen(uint64_t config_of_b, bool with_b = true) {
    database_.reset();
    a_ = std::make_shared<Letters>("a", 16, 3);
    b_ = std::make_shared<Letters>("b", 24, config_of_b);
    quire::Options options;
    options.sync = quire::Sync::kOff;
    options.background_threads = 0;
    options.embedders = {a_};
    if (with_b) options.embedders.push_back(b_);
    auto database = Database::Open(directory_.path() + "/db", options);
    Ok(database.status());
    database_ = std::move(database).value();
  }
  Database& operator*() { return *database_; }
  Database* operator->() { return database_.get(); }
  Letters& b() { return *b_; }

  void Add(int from, int to) {
    const auto transaction = database_->Begin();
    for (int i = from; i < to; ++i) Ok(transaction->Insert("docs", {.id = Id(i), .uri = Id(i), .text = TextOf(i)}));
    Ok(transaction->Commit());
  }
  Status TryAdd(int i) {
    const auto transaction = database_->Begin();
    Ok(transaction->Insert("docs", {.id = Id(i), .uri = Id(i), .text = TextOf(i)}));
    return transaction->Commit();
  }
  void Remove(int i) {
    const auto transaction = database_->Begin();
    CHECK(transaction->Delete("docs", Id(i)).value());
    Ok(transaction->Commit());
  }
  static std::string Id(int i) { return "c" + std::to_string(i); }
  static std::string TextOf(int i) {
    std::string text = "chunk " + std::to_string(i) + " ";
    for (int k = 0; k < 40; ++k) text.append(k % 5 == 4 ? " " : "") += static_cast<char>('a' + (i * 7 + k * (1 + i % 5)) % 26);
    return text;
  }

  // Every chunk finds itself, and all that is stored agrees.
  void Check(int from, int to, uint32_t dim) {
    const auto faults = database_->Check();
    Ok(faults.status());
    for (const std::string& fault : *faults) FAIL_CHECK(fault);
    const auto reader = database_->reader();
    CHECK(reader->GetCollection("docs")->schema.dim == dim);
    for (int i = from; i < to; i += 17) {
      const auto hits = reader->Search("docs", {.text = TextOf(i), .mode = quire::SearchMode::kVector, .k = 1});
      Ok(hits.status());
      CHECK((*hits)[0].distance == Approx(0).margin(1e-3));
    }
  }
  std::map<std::string, std::string> Roles() {
    std::map<std::string, std::string> roles;
    const auto list = database_->ListGenerations("docs");
    Ok(list.status());
    for (const auto& one : *list) roles[one.role] = one.embedder;
    return roles;
  }

 private:
  TemporaryDirectory directory_;
  std::shared_ptr<Letters> a_, b_;
  std::unique_ptr<Database> database_;
};

using Roles = std::map<std::string, std::string>;

TEST_CASE("embedder: a collection moves to another one, back, and drops the first", "[db]") {
  World world;
  Ok(world->CreateCollection({.name = "docs", .embedder = "a"}));
  world.Add(0, 300);
  world.Check(0, 300, 16);
  Ok(world->StartRebuild("docs", {.switch_when_ready = false, .embedder = "b"}));
  CHECK(world.Roles() == Roles{{"serving", "a"}, {"filling", "b"}});
  world.Add(300, 350);  // embedded for both, and not copied again
  world.Remove(5);
  world.Remove(310);
  world.Check(10, 300, 16);
  CHECK(world->StartRebuild("docs", {.embedder = "a"}).code() == Code::kInvalidArgument);
  CHECK(world->StartRebuild("docs", {.embedder = "hashed"}).code() == Code::kBusy);
  Ok(world->RunJobs());
  CHECK(world.Roles() == Roles{{"serving", "a"}, {"ready", "b"}});
  world.Add(350, 360);
  world.Check(320, 360, 16);
  const auto compared = world->CompareGenerations("docs", {{World::TextOf(40), World::Id(40)}, {World::TextOf(50), ""}});
  Ok(compared.status());
  REQUIRE(compared->size() == 2);
  CHECK((*compared)[0].overlap10 == 1);
  CHECK((*compared)[1].hit5 == 1);
  CHECK((*compared)[1].judged == 1);
  Ok(world->SwitchGeneration("docs"));
  CHECK(world.Roles() == Roles{{"serving", "b"}, {"previous", "a"}});
  world.Check(10, 300, 24);
  world.Reopen(1);
  world.Add(360, 370);
  world.Check(320, 370, 24);
  Ok(world->RollBackGeneration("docs"));
  world.Check(320, 370, 16);
  CHECK(world->reader()->GetCollection("docs")->schema.embedder == "a");
  Ok(world->RollBackGeneration("docs"));
  Ok(world->DropGeneration("docs"));
  Ok(world->RunJobs());
  world.Add(370, 380);
  world.Check(320, 380, 24);
  CHECK(world.Roles() == Roles{{"serving", "b"}});
}

TEST_CASE("embedder: one that changed or is gone is refused by name, and embedding anew mends it", "[db]") {
  World world;
  Ok(world->CreateCollection({.name = "docs", .embedder = "b"}));
  world.Add(0, 50);
  world.Reopen(9);
  auto hits = world->reader()->Search("docs", {.text = "chunk"});
  CHECK(hits.status().code() == Code::kUnavailable);
  CHECK(hits.status().message().find("'b'") != std::string_view::npos);
  CHECK(hits.status().hint().find("ALTER COLLECTION docs SET EMBEDDER b") == 0);
  CHECK(world.TryAdd(60).code() == Code::kUnavailable);
  CHECK(world->reader()->Search("docs", {.text = "chunk", .mode = quire::SearchMode::kWords}).ok());
  world.Reopen(1, false);
  hits = world->reader()->Search("docs", {.text = "chunk"});
  CHECK(hits.status().code() == Code::kUnavailable);
  CHECK(hits.status().hint().find("CREATE EMBEDDER b") != std::string_view::npos);
  CHECK(world->StartRebuild("docs", {.embedder = "b"}).code() == Code::kNotFound);
  world.Reopen(9);
  Ok(world->StartRebuild("docs", {.switch_when_ready = true, .embedder = "b"}));
  Ok(world->RunJobs());
  world.Check(0, 50, 24);
}

TEST_CASE("embedder: one that does not answer ends the move, which goes on later", "[db]") {
  World world;
  Ok(world->CreateCollection({.name = "docs", .embedder = "a"}));
  world.Add(0, 100);
  world.b().down = true;
  Ok(world->StartRebuild("docs", {.switch_when_ready = true, .embedder = "b"}));
  CHECK(world->RunJobs().code() == Code::kUnavailable);
  const Status refused = world.TryAdd(100);  // it would be missing in the new generation
  CHECK(refused.code() == Code::kUnavailable);
  CHECK(refused.hint().find("DROP GENERATION") != std::string_view::npos);
  world.Check(0, 100, 16);
  world.b().down = false;
  Ok(world.TryAdd(100));
  Ok(world->StartRebuild("docs", {.switch_when_ready = true, .embedder = "b"}));
  Ok(world->RunJobs());
  world.Check(0, 101, 24);
}

TEST_CASE("embedder: the built-in one is trained when there is enough, unless told otherwise", "[db]") {
  World world;
  Ok(world->CreateCollection({.name = "docs"}));
  Ok(world->CreateCollection({.name = "fixed", .embedder = "hashed"}));
  world.Add(0, 499);
  Ok(world->RunJobs());
  CHECK(world.Roles() == Roles{{"serving", "hashed"}});
  world.Add(499, 510);
  bool announced = false;
  for (const auto& job : world->ListJobs()) announced = announced || (job.kind == "train" && job.state == "waiting");
  CHECK(announced);
  Ok(world->RunJobs());
  CHECK(world.Roles() == Roles{{"serving", "trained"}});  // nobody asked: nothing is kept for a rollback
  const auto info = world->reader()->GetCollection("docs");
  CHECK(info->schema.embedder == "builtin");
  world.Check(0, 510, info->schema.dim);
  const auto embedder = world->FindEmbedder("trained", "docs");
  Ok(embedder.status());
  CHECK((*embedder)->identity().dim == info->schema.dim);
  world.Reopen(1);
  world.Add(510, 520);
  world.Check(0, 520, info->schema.dim);
  Ok(world->StartRebuild("docs", {.switch_when_ready = true}));  // REINDEX keeps what was learned
  Ok(world->RunJobs());
  world.Check(0, 520, info->schema.dim);
  CHECK(world.Roles() == Roles{{"serving", "trained"}, {"previous", "trained"}});
  Ok(world->DropGeneration("docs"));
  // By hand to the hashed one, and it stays.
  Ok(world->StartRebuild("docs", {.switch_when_ready = true, .embedder = "hashed"}));
  Ok(world->RunJobs());
  CHECK(world.Roles() == Roles{{"serving", "hashed"}, {"previous", "trained"}});
  Ok(world->DropGeneration("docs"));
  world.Add(520, 530);
  Ok(world->RunJobs());
  CHECK(world.Roles() == Roles{{"serving", "hashed"}});
  Ok(world->StartRebuild("docs", {.embedder = "builtin"}));
  Ok(world->RunJobs());
  CHECK(world.Roles() == Roles{{"serving", "trained"}});
  CHECK(world->CreateCollection({.name = "t", .embedder = "trained"}).code() == Code::kInvalidArgument);
}

TEST_CASE("embedder: definitions are stored without being used, and not dropped while they are", "[db]") {
  TemporaryDirectory directory;
  quire::Options options;
  options.background_threads = 0;
  options.embedder_providers["letters"] = [](const EmbedderDefinition& definition) -> quire::Result<std::shared_ptr<const Embedder>> {
    if (definition.Find("shift").empty()) return Status(Code::kInvalidArgument, "shift is missing");
    return std::shared_ptr<const Embedder>(std::make_shared<Letters>(definition.name, 16, std::stoull(std::string(definition.Find("shift")))));
  };
  const auto open = [&] {
    auto database = Database::Open(directory.path() + "/db", options);
    Ok(database.status());
    return std::move(database).value();
  };
  auto database = open();
  CHECK(database->CreateEmbedder({.name = "x", .provider = "letters"}).code() == Code::kInvalidArgument);
  CHECK(database->CreateEmbedder({.name = "x", .provider = "other"}).code() == Code::kInvalidArgument);
  CHECK(database->CreateEmbedder({.name = "hashed", .provider = "letters", .options = {{"shift", "1"}}}).code() == Code::kInvalidArgument);
  Ok(database->CreateEmbedder({.name = "x", .provider = "letters", .options = {{"shift", "1"}}}));
  CHECK(database->CreateEmbedder({.name = "X", .provider = "letters", .options = {{"shift", "2"}}}).code() == Code::kAlreadyExists);
  Ok(database->CreateCollection({.name = "docs", .embedder = "x"}));
  CHECK(database->DropEmbedder("x").code() == Code::kInvalidArgument);
  CHECK(database->DropEmbedder("hashed").code() == Code::kNotFound);
  database.reset();
  database = open();
  const auto list = database->ListEmbedders();
  REQUIRE(list.size() == 3);
  CHECK(list[2].identity.name == "x");
  CHECK(list[2].identity.dim == 16);
  CHECK(list[2].collections == 1);
  CHECK(list[2].definition.Find("shift") == "1");
  Ok(database->DropCollection("docs"));
  Ok(database->DropEmbedder("x"));
  CHECK(database->FindEmbedder("x", "").status().code() == Code::kNotFound);
  database.reset();
  CHECK(open()->ListEmbedders().size() == 2);
}

TEST_CASE("search: of texts that are nearly the same only the best is given, if that is asked", "[db]") {
  World world;
  Ok(world->CreateCollection({.name = "docs", .embedder = "hashed"}));
  const auto transaction = world->Begin();
  const std::string base = "To install the server unpack the archive and run the program with the option that names its folder, then open the page";
  Ok(transaction->Insert("docs", {.id = "a", .text = base}));
  Ok(transaction->Insert("docs", {.id = "b", .text = base + " now."}));
  Ok(transaction->Insert("docs", {.id = "c", .text = base + " and after that read what the log says about the ports that are open, since they may differ from machine to machine"}));
  Ok(transaction->Insert("docs", {.id = "d", .text = "install the server"}));
  Ok(transaction->Insert("docs", {.id = "e", .text = "install the server"}));
  Ok(transaction->Insert("docs", {.id = "f", .text = "server"}));
  Ok(transaction->Insert("docs", {.id = "g", .text = "Server!"}));
  Ok(transaction->Commit());
  const auto reader = world->reader();
  for (const auto mode : {quire::SearchMode::kHybrid, quire::SearchMode::kVector, quire::SearchMode::kWords}) {
    quire::SearchRequest request;
    request.text = "server";
    request.mode = mode;
    CHECK(reader->Search("docs", request)->size() == 7);
    request.distinct = true;
    std::string ids;
    const auto hits = reader->Search("docs", request);
    Ok(hits.status());
    for (const auto& hit : *hits) ids += reader->Get("docs", hit.number, {})->id;
    std::sort(ids.begin(), ids.end());
    INFO(ids);
    CHECK(ids.size() == 4);
    CHECK(ids.find('c') != std::string::npos);
    request.k = 2;
    CHECK(reader->Search("docs", request)->size() == 2);
  }
}

}  // namespace
