// Types of attributes, from how front matter is written to the columns of a collection.
#include "extensions/ingest/column_types.h"
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

std::string Page(const std::string& front) { return "---\n" + front + "---\n# Page\n\nSome text of " + front + "\n"; }

Type TypeOfColumn(const World& world, const std::string& name) {
  const auto info = world.database->reader()->GetCollection("docs");
  REQUIRE(info.ok());
  for (const ColumnSchema& column : info->schema.attributes) {
    if (column.name == name) return column.type;
  }
  return Type::kNull;
}

Value ValueOf(const World& world, const std::string& uri, const std::string& name) {
  const std::vector<Chunk> chunks = world.ChunksOfPage(uri);
  REQUIRE(!chunks.empty());
  return world.AttributeOf(chunks[0], name);
}

bool Has(const std::vector<std::string>& messages, const std::string& part) {
  return std::any_of(messages.begin(), messages.end(),
                     [&](const auto& one) { return one.find(part) != std::string::npos; });
}

TEST_CASE("scalars: what is a number, a date, a truth", "[ingest]") {
  const std::pair<Type, std::vector<std::string>> cases[] = {
      {Type::kBoolean, {"true", "True", "FALSE"}},
      {Type::kInteger, {"0", "110", "-3", "2024", "9223372036854775807"}},
      {Type::kReal, {"1.5", "-0.25", "0.1"}},
      {Type::kDate, {"2026-01-31", "1999-12-01"}},
      {Type::kTimestamp, {"2025-02-18 12:03:59", "2026-01-31T08:30:15Z"}},
      {Type::kText,
       {"",
        "yes",
        "no",
        "on",
        "t",
        "007",
        "+5",
        "1.10",
        "1.50",
        "1e5",
        "0x1F",
        "1_000",
        "1,5",
        "1.2.3",
        "v2",
        "-",
        ".5",
        "5.",
        "9223372036854775808",
        "2026-13-01",
        "2026-1-31",
        "12:30",
        "2026-01",
        "NaN",
        "Infinity",
        "all",
        "null",
        "110 "}}};
  for (const auto& [type, texts] : cases) {
    for (const std::string& text : texts) {
      INFO(text);
      CHECK(TypeName(ScalarTypeOf(text)) == TypeName(type));
    }
  }
}

TEST_CASE("the common type does not depend on the order", "[ingest]") {
  const Type types[] = {Type::kNull, Type::kBoolean, Type::kInteger,   Type::kReal,
                        Type::kText, Type::kDate,    Type::kTimestamp, Type::kTextArray};
  for (const Type a : types) {
    CHECK(CommonType(a, a) == a);
    for (const Type b : types) {
      CHECK(CommonType(a, b) == CommonType(b, a));
      for (const Type c : types) CHECK(CommonType(CommonType(a, b), c) == CommonType(a, CommonType(b, c)));
    }
  }
  CHECK(CommonType(Type::kInteger, Type::kReal) == Type::kReal);
  CHECK(CommonType(Type::kDate, Type::kTimestamp) == Type::kTimestamp);
  CHECK(CommonType(Type::kBoolean, Type::kInteger) == Type::kText);
  CHECK(CommonType(Type::kInteger, Type::kTextArray) == Type::kTextArray);
}

TEST_CASE("front matter: columns have the type that all values of the load have", "[ingest]") {
  World world;
  world.folder.Write(
      "a.md",
      Page("order: 110\nprice: 2\nbeta: true\ndate: 2025-02-18\ntier: all\nversion: 1.9\ncode: \"42\"\ntags: one\n"));
  // Far behind: another batch than the first.
  for (int i = 0; i < 200; ++i)
    world.folder.Write("m" + std::to_string(i) + ".md", Page("order: " + std::to_string(i) + "\n"));
  world.folder.Write(
      "z.md", Page("order: -7\nprice: 2.5\nbeta: false\ndate: 2025-02-18 12:03:59\ntier: enterprise\nversion: 1.10\n"
                   "tags: [x, y]\n"));
  const LoadReport report = world.LoadOrFail();
  CHECK(report.failed == 0);
  CHECK(report.notices.empty());
  CHECK(TypeOfColumn(world, "order") == Type::kInteger);
  CHECK(TypeOfColumn(world, "price") == Type::kReal);
  CHECK(TypeOfColumn(world, "beta") == Type::kBoolean);
  CHECK(TypeOfColumn(world, "date") == Type::kTimestamp);
  CHECK(TypeOfColumn(world, "tier") == Type::kText);
  CHECK(TypeOfColumn(world, "version") == Type::kText);
  CHECK(TypeOfColumn(world, "code") == Type::kText);
  CHECK(TypeOfColumn(world, "tags") == Type::kTextArray);
  CHECK(ValueOf(world, "z.md", "order") == Value::Integer(-7));
  CHECK(ValueOf(world, "z.md", "version") == Value::Text("1.10"));
  CHECK(ValueOf(world, "a.md", "price") == Value::Real(2));
  CHECK(ValueOf(world, "a.md", "date").ToString() == "2025-02-18 00:00:00");
  CHECK(ValueOf(world, "a.md", "tags") == Value::TextArray({"one"}));
  CHECK(world.Chunks(Filter::Compare(Filter::Op::kEqual, "tier", Value::Text("enterprise"))).size() == 1);
  CHECK(world.Chunks(Filter::Compare(Filter::Op::kLess, "order", Value::Integer(10))).size() == 11);
}

TEST_CASE("front matter: values of several types make a TEXT column, and that is told", "[ingest]") {
  World world;
  world.folder.Write("a.md", Page("order: 110\n"));
  world.folder.Write("b.md", Page("order: 120\n"));
  world.folder.Write("c.md", Page("order: last\n"));
  const LoadReport report = world.LoadOrFail();
  CHECK(TypeOfColumn(world, "order") == Type::kText);
  CHECK(ValueOf(world, "a.md", "order") == Value::Text("110"));
  REQUIRE(report.notices.size() == 1);
  CHECK(report.notices[0] ==
        "attribute 'order' is TEXT, its values are of several types: INTEGER '110' in a.md, TEXT 'last' in c.md");
  // It stays TEXT, without another word, when its values would all be numbers now.
  std::filesystem::remove(world.folder.At("c.md"));
  world.folder.Write("d.md", Page("order: 130\n"));
  LoadOptions options = world.Options();
  options.sync = true;
  CHECK(world.LoadOrFail(options).notices.empty());
  CHECK(TypeOfColumn(world, "order") == Type::kText);
  CHECK(ValueOf(world, "d.md", "order") == Value::Text("130"));
}

TEST_CASE("front matter: a later value that is not of the column's type is left empty, its document is loaded",
          "[ingest]") {
  World world;
  world.folder.Write("a.md", Page("order: 110\nratio: 1.5\n"));
  CHECK(world.LoadOrFail().notices.empty());
  world.folder.Write("b.md", Page("order: last\nratio: 1.10\n"));
  const LoadReport report = world.LoadOrFail();
  CHECK(report.added == 1);
  CHECK(report.failed == 0);
  CHECK(TypeOfColumn(world, "order") == Type::kInteger);
  CHECK(ValueOf(world, "b.md", "order").is_null());
  CHECK(ValueOf(world, "b.md", "ratio") == Value::Real(1.1));
  const std::vector<std::string> messages = Messages(report);
  CHECK(Has(messages, "b.md: attribute 'order' is left empty: TEXT value 'last' is not a valid INTEGER"));
  CHECK(Has(messages, "b.md: attribute 'ratio': '1.10' is stored as 1.1"));
}

TEST_CASE("front matter: the types of a collection that was made before are kept", "[ingest]") {
  World world;
  REQUIRE(world.database
              ->CreateCollection(
                  {.name = "docs", .attributes = {{.name = "order"}, {.name = "beta", .type = Type::kBoolean}}})
              .ok());
  world.folder.Write("a.md", Page("order: 110\nbeta: yes\n"));
  CHECK(world.LoadOrFail().notices.empty());
  CHECK(ValueOf(world, "a.md", "order") == Value::Text("110"));
  CHECK(ValueOf(world, "a.md", "beta") == Value::Boolean(true));
}

TEST_CASE("path attributes keep the type they are given", "[ingest]") {
  World world;
  world.folder.Write("7/a.md", Page("release: 1\n"));
  world.folder.Write("next/b.md", Page("edition: 2\n"));
  LoadOptions options = world.Options();
  Result<PathPattern> pattern = PathPattern::Parse("{edition}/**");
  REQUIRE(pattern.ok());
  options.path_pattern = *std::move(pattern);
  CHECK(world.LoadOrFail(options).notices.empty());
  CHECK(TypeOfColumn(world, "edition") == Type::kText);
  CHECK(TypeOfColumn(world, "release") == Type::kInteger);
  CHECK(ValueOf(world, "7/a.md", "edition") == Value::Text("7"));
  CHECK(ValueOf(world, "next/b.md", "edition") == Value::Text("2"));
}

}  // namespace
}  // namespace quire::ingest
