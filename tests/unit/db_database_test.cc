// The embedding API: collections, chunks, documents, transactions, reopening.
#include <catch2/catch.hpp>

#include <set>

#include "quire/database.h"
#include "tests/unit/support/temporary_directory.h"

namespace {

using quire::Chunk;
using quire::Code;
using quire::Database;
using quire::Filter;
using quire::Value;

std::unique_ptr<Database> OpenAt(const std::string& path, quire::Options options = {}) {
  options.sync = quire::Sync::kNormal;
  auto database = Database::Open(path, options);
  INFO(database.status().ToString());
  REQUIRE(database.ok());
  return std::move(database).value();
}

// A statement that must succeed.
void Ok(const quire::Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

Chunk Text(std::string id, std::string text, std::string uri = "a.md") {
  Chunk chunk;
  chunk.id = std::move(id);
  chunk.uri = std::move(uri);
  chunk.text = std::move(text);
  return chunk;
}

void Insert(Database& database, Chunk chunk) {
  auto transaction = database.Begin();
  Ok(transaction->Insert("docs", std::move(chunk)));
  Ok(transaction->Commit());
}

std::vector<std::string> Ids(const quire::Reader& reader, const Filter& filter = {}) {
  auto cursor = reader.Scan("docs", filter, {});
  INFO(cursor.status().ToString());
  REQUIRE(cursor.ok());
  std::vector<std::string> ids;
  for (Chunk chunk;;) {
    auto more = (*cursor)->Next(&chunk);
    REQUIRE(more.ok());
    if (!*more) return ids;
    ids.push_back(chunk.id);
  }
}

std::vector<std::string> Found(const quire::Reader& reader, quire::SearchRequest request) {
  auto hits = reader.Search("docs", request);
  INFO(hits.status().ToString());
  REQUIRE(hits.ok());
  std::vector<std::string> ids;
  for (const quire::Hit& hit : *hits) ids.push_back(reader.Get("docs", hit.number, {})->id);
  return ids;
}

void CheckIsClean(const Database& database) {
  auto faults = database.Check();
  REQUIRE(faults.ok());
  for (const std::string& fault : *faults) UNSCOPED_INFO(fault);
  CHECK(faults->empty());
}

}  // namespace

TEST_CASE("a chunk is stored, found and read back after reopening", "[db]") {
  quire::testing::TemporaryDirectory directory;
  {
    auto database = OpenAt(directory / "test.quire");
    Ok(database->CreateCollection({.name = "Docs", .attributes = {{"product", quire::Type::kText}, {"year", quire::Type::kInteger}}}));
    Chunk chunk = Text("one", "Quire answers from stored text.");
    chunk.title = "Title";
    chunk.section = "A > B";
    chunk.start = 10;
    chunk.end = 41;
    chunk.attributes = {Value::Text("cloud"), Value::Text("2024")};
    Insert(*database, chunk);
    Insert(*database, Text("two", "A bicycle has two wheels."));
    CheckIsClean(*database);
  }
  auto database = OpenAt(directory / "test.quire");
  const auto reader = database->reader();
  const auto number = reader->Find("docs", "one");
  REQUIRE(number.ok());
  REQUIRE(*number);
  const auto chunk = reader->Get("DOCS", **number, {.text = true, .embedding = true});
  REQUIRE(chunk.ok());
  CHECK(chunk->text == "Quire answers from stored text.");
  CHECK(chunk->section == "A > B");
  CHECK(chunk->start == 10);
  CHECK(chunk->attributes[1] == Value::Integer(2024));  // cast to the column's type
  CHECK(chunk->embedding.size() == 512);
  CHECK(Found(*reader, {.text = "stored answers", .k = 1}) == std::vector<std::string>{"one"});
  CHECK(Found(*reader, {.text = "wheels", .mode = quire::SearchMode::kWords, .k = 5}) == std::vector<std::string>{"two"});
  CHECK(Found(*reader, {.text = "wheel", .filter = Filter::Compare(Filter::Op::kEqual, "product", Value::Text("cloud")), .k = 5}) ==
        std::vector<std::string>{"one"});
  const auto info = reader->GetCollection("docs");
  REQUIRE(info.ok());
  CHECK(info->chunks == 2);
  CHECK(info->documents == 1);
  CheckIsClean(*database);
}

TEST_CASE("words in title and section count more than in the text", "[db]") {
  quire::testing::TemporaryDirectory directory;
  const auto database = OpenAt(directory / "test.quire");
  REQUIRE(database->CreateCollection({.name = "docs"}).ok());
  const auto transaction = database->Begin();
  REQUIRE(transaction->Insert("docs", {.id = "body", .title = "Guide", .text = "Here is how backups restore."}).ok());
  REQUIRE(transaction->Insert("docs", {.id = "title", .title = "Backups", .text = "Here is how things work."}).ok());
  REQUIRE(transaction->Insert("docs", {.id = "section", .section = "Restore", .text = "Here is how things work."}).ok());
  // The heading is not in what is indexed: nothing of it counts.
  REQUIRE(transaction->Insert("docs", {.id = "other", .title = "Gadgets", .text = "x", .indexed_text = "widgets"}).ok());
  REQUIRE(transaction->Commit().ok());
  const auto words = [&](std::string query) {
    return Found(*database->reader(), {.text = std::move(query), .mode = quire::SearchMode::kWords, .k = 5});
  };
  CHECK(words("backups") == std::vector<std::string>{"title", "body"});
  CHECK(words("restore") == std::vector<std::string>{"section", "body"});
  CHECK(words("\"backups backups\"").empty());
  CHECK(words("gadgets").empty());
  CHECK(words("widgets") == std::vector<std::string>{"other"});
  CheckIsClean(*database);
}

TEST_CASE("a reader keeps its moment", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire");
  Ok(database->CreateCollection({.name = "docs"}));
  Insert(*database, Text("one", "first"));
  const auto before = database->reader();
  Insert(*database, Text("two", "second"));
  auto transaction = database->Begin();
  CHECK(*transaction->Delete("docs", "one"));
  Ok(transaction->Commit());
  CHECK(Ids(*before) == std::vector<std::string>{"one"});
  CHECK(Found(*before, {.text = "first", .k = 10}) == std::vector<std::string>{"one"});
  CHECK(Ids(*database->reader()) == std::vector<std::string>{"two"});
  CheckIsClean(*database);
}

TEST_CASE("a transaction sees its own changes and leaves nothing behind when it is rolled back", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire");
  Ok(database->CreateCollection({.name = "docs", .attributes = {{"year", quire::Type::kInteger}}}));
  Insert(*database, Text("one", "first"));
  auto transaction = database->Begin();
  Chunk two = Text("two", "second");
  two.attributes = {Value::Integer(5)};
  Ok(transaction->Insert("docs", two));
  CHECK(*transaction->Delete("docs", "one"));
  CHECK(Ids(*transaction->reader()) == std::vector<std::string>{"two"});
  CHECK(Ids(*transaction->reader(), Filter::Compare(Filter::Op::kGreater, "year", Value::Integer(5))).empty());
  CHECK(Ids(*transaction->reader(), Filter::Compare(Filter::Op::kGreater, "year", Value::Integer(4))).size() == 1);
  CHECK(transaction->reader()->Search("docs", {.text = "second"}).status().code() == Code::kUnsupported);
  transaction->Rollback();
  CHECK(transaction->Commit().code() == Code::kInvalidArgument);
  CHECK(Ids(*database->reader()) == std::vector<std::string>{"one"});
}

TEST_CASE("the first committer wins", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire");
  Ok(database->CreateCollection({.name = "docs", .attributes = {{"year", quire::Type::kInteger}}}));
  Insert(*database, Text("one", "first"));
  auto a = database->Begin();
  auto b = database->Begin();
  auto c = database->Begin();
  Chunk one = Text("one", "first");
  one.attributes = {Value::Integer(1)};
  Ok(a->Put("docs", one));  // only an attribute: the number stays, the revision does not
  one.attributes = {Value::Integer(2)};
  Ok(b->Put("docs", one));
  Ok(c->Insert("docs", Text("other", "unrelated")));
  Ok(a->Commit());
  CHECK(b->Commit().code() == Code::kConflict);
  Ok(c->Commit());
  CHECK(database->reader()->Get("docs", 0, {})->attributes[0] == Value::Integer(1));
  CheckIsClean(*database);
}

TEST_CASE("bad chunks are refused by name and leave the transaction as it was", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire");
  Ok(database->CreateCollection({.name = "docs", .attributes = {{"year", quire::Type::kInteger}}}));
  Insert(*database, Text("one", "first"));
  auto transaction = database->Begin();
  CHECK(transaction->Insert("docs", Text("one", "again")).code() == Code::kAlreadyExists);
  CHECK(transaction->Insert("docs", Text("two", "\xff")).code() == Code::kInvalidArgument);
  Chunk wrong = Text("two", "text");
  wrong.embedding = {1, 2, 3};
  CHECK(transaction->Insert("docs", wrong).message() == "collection 'docs': vector has 3 components, expected 512");
  wrong.embedding.assign(512, 0.5f);
  wrong.embedding[7] = std::numeric_limits<float>::quiet_NaN();
  CHECK(transaction->Insert("docs", wrong).message() ==
        "collection 'docs': vector has NaN as component 7, expected a finite number");
  wrong.embedding.clear();
  wrong.attributes = {Value::Text("not a year")};
  CHECK(transaction->Insert("docs", wrong).code() == Code::kTypeMismatch);
  const quire::Status unknown = transaction->Insert("dosc", Text("x", "y"));
  CHECK(unknown.code() == Code::kNotFound);
  CHECK(unknown.hint() == "did you mean 'docs'?");
  Ok(transaction->Commit());
  CHECK(Ids(*database->reader()) == std::vector<std::string>{"one"});
}

TEST_CASE("a document becomes exactly its chunks, and what did not change keeps its number", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire");
  Ok(database->CreateCollection({.name = "docs"}));
  const auto put = [&](std::vector<Chunk> chunks) {
    auto transaction = database->Begin();
    auto change = transaction->PutDocument("docs", {.uri = "a.md", .title = "A", .content_hash = {1}}, std::move(chunks));
    INFO(change.status().ToString());
    REQUIRE(change.ok());
    Ok(transaction->Commit());
    return *change;
  };
  const auto first = put({Text("", "alpha"), Text("", "beta"), Text("", "gamma"), Text("", "gamma")});
  CHECK(first.added == 4);
  CHECK(Ids(*database->reader()).size() == 4);
  const auto second = put({Text("", "alpha"), Text("", "delta"), Text("", "gamma")});
  CHECK(second.kept == 2);
  CHECK(second.added == 1);
  CHECK(second.removed == 2);
  const auto reader = database->reader();
  std::vector<std::string> texts;
  auto cursor = reader->Scan("docs", {}, {});
  for (Chunk chunk; *(*cursor)->Next(&chunk);) texts.push_back(std::to_string(chunk.ordinal) + chunk.text);
  CHECK(texts == std::vector<std::string>{"0alpha", "2gamma", "1delta"});  // by number: kept ones come first
  CheckIsClean(*database);

  SECTION("a chunk that goes on its own makes the document differ from its source") {
    auto transaction = database->Begin();
    CHECK(*transaction->Delete("docs", Ids(*reader)[0]));
    Ok(transaction->Commit());
    CHECK((*database->reader()->GetDocument("docs", "a.md"))->content_hash == quire::Hash128{});
    CheckIsClean(*database);
  }
  SECTION("a document whose last chunk goes is gone") {
    auto transaction = database->Begin();
    for (const std::string& id : Ids(*reader)) CHECK(*transaction->Delete("docs", id));
    Ok(transaction->Commit());
    CHECK(!*database->reader()->GetDocument("docs", "a.md"));
    CheckIsClean(*database);
  }
  SECTION("a document is removed whole") {
    auto transaction = database->Begin();
    CHECK(*transaction->DeleteDocument("docs", "a.md"));
    CHECK(!*transaction->DeleteDocument("docs", "b.md"));
    Ok(transaction->Commit());
    CHECK(database->reader()->GetCollection("docs")->chunks == 0);
    CHECK(database->reader()->GetCollection("docs")->documents == 0);
    CheckIsClean(*database);
  }
}

TEST_CASE("a document that is deleted and written anew in one transaction is there", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire");
  Ok(database->CreateCollection({.name = "docs"}));
  const auto part = [](const std::string& id, const std::string& title) {
    Chunk chunk = Text(id, "text of " + id);
    chunk.uri = "a.md";
    chunk.title = title;
    return chunk;
  };
  Insert(*database, part("one", "Before"));
  auto transaction = database->Begin();
  CHECK(*transaction->DeleteDocument("docs", "a.md"));
  Ok(transaction->Insert("docs", part("two", "After")));
  Ok(transaction->Commit());
  CHECK(database->reader()->GetCollection("docs")->documents == 1);
  CHECK(database->reader()->GetDocument("docs", "a.md").value());
  CheckIsClean(*database);

  transaction = database->Begin();  // one that only this transaction knows of
  Chunk other = part("three", "");
  other.uri = "b.md";
  Ok(transaction->Insert("docs", other));
  CHECK(*transaction->DeleteDocument("docs", "b.md"));
  CHECK_FALSE(*transaction->DeleteDocument("docs", "c.md"));
  Ok(transaction->Commit());
  CHECK(database->reader()->GetCollection("docs")->documents == 1);
  CHECK(database->reader()->GetCollection("docs")->chunks == 1);
  CheckIsClean(*database);
}

TEST_CASE("columns can be added to chunks that are there", "[db]") {
  quire::testing::TemporaryDirectory directory;
  auto database = OpenAt(directory / "test.quire");
  Ok(database->CreateCollection({.name = "docs"}));
  Insert(*database, Text("one", "first"));
  Ok(database->AddColumns("docs", {{"tier", quire::Type::kText}}));
  Ok(database->AddColumns("docs", {{"TIER", quire::Type::kText}}));  // there already
  CHECK(database->AddColumns("docs", {{"tier", quire::Type::kInteger}}).code() == Code::kTypeMismatch);
  CHECK(database->AddColumns("docs", {{"score", quire::Type::kReal}}).code() == Code::kAlreadyExists);
  Chunk two = Text("two", "second");
  two.attributes = {Value::Text("all")};
  Insert(*database, two);
  CHECK(Ids(*database->reader(), Filter::IsNull("tier")) == std::vector<std::string>{"one"});
  CHECK(Ids(*database->reader(), Filter::Compare(Filter::Op::kEqual, "tier", Value::Text("all"))) ==
        std::vector<std::string>{"two"});
  CheckIsClean(*database);
}

TEST_CASE("collections are created, refused and dropped, and their space is given back", "[db]") {
  quire::testing::TemporaryDirectory directory;
  quire::Options options;
  options.background_threads = 0;
  auto database = OpenAt(directory / "test.quire", options);
  Ok(database->CreateCollection({.name = "docs"}));
  CHECK(database->CreateCollection({.name = "DOCS"}).code() == Code::kAlreadyExists);
  CHECK(database->CreateCollection({.name = "a b"}).code() == Code::kInvalidArgument);
  CHECK(database->CreateCollection({.name = "x", .embedder = "none"}).code() == Code::kInvalidArgument);
  CHECK(database->CreateCollection({.name = "x", .embedder = "nobody"}).code() == Code::kNotFound);
  CHECK(database->CreateCollection({.name = "x", .language = "klingon"}).code() == Code::kInvalidArgument);
  CHECK(database->CreateCollection({.name = "x", .attributes = {{"text", quire::Type::kText}}}).code() == Code::kAlreadyExists);
  Insert(*database, Text("one", "first"));
  Ok(database->DropCollection("docs"));
  CHECK(database->DropCollection("docs").code() == Code::kNotFound);
  REQUIRE(database->ListJobs().size() == 1);
  Ok(database->RunJobs());
  CHECK(database->ListJobs()[0].state == "done");
  Ok(database->CreateCollection({.name = "docs"}));
  CHECK(Ids(*database->reader()).empty());
  CheckIsClean(*database);
}

TEST_CASE("many small commits are merged and find the same", "[db]") {
  quire::testing::TemporaryDirectory directory;
  quire::Options options;
  options.background_threads = 0;
  auto database = OpenAt(directory / "test.quire", options);
  Ok(database->CreateCollection({.name = "docs", .embedder = "hashed"}));
  for (int i = 0; i < 600; ++i) Insert(*database, Text("c" + std::to_string(i), "number " + std::to_string(i) + " of many"));
  for (int i = 0; i < 600; i += 3) {
    auto transaction = database->Begin();
    CHECK(*transaction->Delete("docs", "c" + std::to_string(i)));
    Ok(transaction->Commit());
  }
  const quire::SearchRequest request{.text = "number 301 many", .k = 20};
  const auto before = Found(*database->reader(), request);
  CHECK(before[0] == "c301");
  Ok(database->RunJobs());
  REQUIRE(!database->ListJobs().empty());
  CHECK(database->ListJobs()[0].kind == "merge");
  CHECK(database->ListJobs()[0].state == "done");
  CHECK(Found(*database->reader(), request) == before);
  CheckIsClean(*database);
  database.reset();
  database = OpenAt(directory / "test.quire", options);
  CHECK(Found(*database->reader(), request) == before);
  CheckIsClean(*database);
}
