// A stored database of every format opens, for reading and for writing, holds what make.sql put into it, and takes more.
#include <catch2/catch.hpp>
#include <filesystem>

#include "quire/connection.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire {
namespace {

std::string Run(Connection& connection, const std::string& statement) {
  auto rows = connection.Execute(statement);
  if (!rows.ok()) return rows.status().ToString();
  std::string all;
  while (true) {
    const Result<bool> more = (*rows)->Next();
    if (!more.ok()) return more.status().ToString();
    if (!*more) return all;
    for (size_t i = 0; i < (*rows)->columns().size(); ++i) all += (i == 0 ? "" : "|") + (*rows)->value(i).ToString();
    all += "\n";
  }
}

void CheckContents(Connection& connection) {
  CHECK(Run(connection, "CHECK DATABASE").empty());
  CHECK(Run(connection, "SELECT id, uri, title, section, year, price, done FROM docs ORDER BY id") ==
        "a|guide.md|Guide|Guide > Start|2020|1.5|true\n"
        "b|guide.md|Guide|Guide > Stop|2022|2.5|false\n"
        "c|export.md|Export|Export|NULL|NULL|NULL\n");
  CHECK(Run(connection, "SELECT text FROM docs WHERE id = 'c'") == "Annotations are exported as COCO or as JSON.\n");
  CHECK(Run(connection, "SELECT id FROM docs WHERE text MATCH 'port' LIMIT 5") == "a\n");
  CHECK(Run(connection, "SELECT id FROM docs WHERE text SIMILAR 'export annotations to COCO' LIMIT 1") == "c\n");
  CHECK(Run(connection, "SELECT id FROM docs WHERE year > 2020") == "b\n");
  CHECK(Run(connection, "SELECT id FROM points WHERE embedding SIMILAR '[4, 3, 2, 2]' LIMIT 1") == "q\n");
}

TEST_CASE("compat: a database of format 1 opens, and is written to") {
  testing::TemporaryDirectory directory;
  const std::string path = directory / "db";
  std::filesystem::copy(std::string(QUIRE_SOURCE_DIR) + "/tests/compat/format1", path);
  {
    auto opened = Database::Open(path, {.read_only = true});
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    Connection connection(std::move(opened).value());
    CheckContents(connection);
  }
  for (int round = 0; round < 2; ++round) {
    auto opened = Database::Open(path, {});
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    Connection connection(std::move(opened).value());
    CheckContents(connection);
    if (round == 0) CHECK(Run(connection, "INSERT INTO points (id, text, embedding, n) VALUES ('r', 'third', '[0, 0, 0, 9]', 3)").empty());
  }
}

}  // namespace
}  // namespace quire
