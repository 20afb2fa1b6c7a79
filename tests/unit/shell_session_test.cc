// A shell over streams: what it writes where, and how it ends.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/shell_support.h"

namespace quire::sql {
namespace {

std::string MakeFile(const std::string& name, const std::string& text) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("quire_" + std::to_string(Catch::rngSeed()) + "_" + name);
  std::ofstream(path) << text;
  return path;
}

}  // namespace

TEST_CASE("a script: results to one stream, everything else to the other", "[shell]") {
  const Ended ended = RunScript(
      "CREATE COLLECTION docs (product TEXT); -- a comment; not a statement\n"
      "INSERT INTO docs (id, text, product) VALUES ('a', 'one; two', 'x'), ('b', 'three', NULL);;\n"
      "DROP COLLECTION IF EXISTS others;\n"
      "SELECT id, text, product FROM docs ORDER BY id");
  CHECK(ended.code == kExitOk);
  CHECK(ended.out == "id,text,product\r\na,one; two,x\r\nb,three,\r\n");
  CHECK(ended.err == "notice: collection 'others' does not exist\n");
}

TEST_CASE("a failed statement ends the script with 1, placed in the whole text", "[shell]") {
  const Ended ended = RunScript("SELECT 1 AS a;\n\nSELECT 2 AS b;  SELEC 3;\nSELECT 4;");
  CHECK(ended.code == kExitFailed);
  CHECK(ended.out == "a\r\n1\r\nb\r\n2\r\n");
  CHECK(ended.err ==
        "error: expected a statement but found 'SELEC'\n"
        "  LINE 3, COLUMN 17: SELECT 2 AS b;  SELEC 3;\n"
        "                                     ^\n"
        "  hint: did you mean SELECT?\n");
}

TEST_CASE("JSON: an array of its own for each statement that gives rows", "[shell]") {
  const Ended ended = RunScript(
      "CREATE COLLECTION docs; INSERT INTO docs (id, text) VALUES ('a', 'x'); SELECT id FROM docs;"
      "SELECT id FROM docs WHERE id = 'none'; SELECT 1 AS n",
      {}, OutputMode::kJson);
  CHECK(ended.code == kExitOk);
  CHECK(ended.out == "[{\"id\":\"a\"}]\n[]\n[{\"n\":1}]\n");
}

TEST_CASE("statements from a pipe, over several lines, the last one without a semicolon", "[shell]") {
  const Ended right = RunShell({}, "SELECT\n 1 AS a;\n.mode csv\nSELECT 'x\n;y' AS b; SELECT\n2 AS c");
  CHECK(right.code == kExitOk);
  CHECK(right.out == " a\n---\n 1\nb\r\n\"x\n;y\"\r\nc\r\n2\r\n");
  CHECK(right.err.empty());
}

TEST_CASE("a failed statement ends a pipe too", "[shell]") {
  const Ended ended = RunShell({}, "SELECT nothing;\nSELECT 2;\n");
  CHECK(ended.code == kExitFailed);
  CHECK(ended.out.empty());
}

TEST_CASE("a place in a pipe is counted from its first line, as in a file", "[shell]") {
  const std::string text = "SELECT 1 AS a;\n.mode csv\n\nSELECT 2 AS b;\nSELECT\n  nothing";
  for (const std::string end : {";\nSELECT 3;\n", ""}) {
    const Ended pipe = RunShell({}, text + end);
    INFO(pipe.err);
    CHECK(pipe.code == kExitFailed);
    CHECK(pipe.err.find("LINE 6, COLUMN 3:   nothing") != std::string::npos);
    CHECK(pipe.err == RunShell({.scripts = {{true, MakeFile("places.sql", text + end)}}}).err);
  }
  const std::string inner = MakeFile("inner_place.sql", "SELECT nothing");
  CHECK(RunShell({}, "SELECT 1 AS a;\n.read " + inner + "\n").err.find("LINE 1, COLUMN 8") != std::string::npos);
}

TEST_CASE("results for people are kept apart by an empty line", "[shell]") {
  CHECK(RunScript("SELECT 1 AS a; SELECT 2 AS b", {}, OutputMode::kTable).out == " a\n---\n 1\n\n b\n---\n 2\n");
  CHECK(RunScript("SELECT 1 AS a; SELECT 2 AS b", {}, OutputMode::kLine).out == "a = 1\n\nb = 2\n");
}

TEST_CASE("dot-commands", "[shell]") {
  const Ended ended = RunScript(
      "CREATE COLLECTION \"Notes\" (tags TEXT[]) WITH (metric = 'l2', chunk_tokens = 100);\n"
      ".tables\n.schema notes\n.mode\n.mode json\nSELECT 1 AS n;\n.quit\nSELECT 2 AS never;");
  CHECK(ended.code == kExitOk);
  CHECK(ended.out ==
        "Notes\n"
        "CREATE COLLECTION Notes (tags TEXT[]) WITH (metric = 'l2', embedder = 'builtin', chunk_tokens = 100);\n"
        "csv\n[{\"n\":1}]\n");
  CHECK(RunScript(".timer on\nSELECT 1").err.rfind("time: ", 0) == 0);
  CHECK(RunScript(".help").out.find(".schema [NAME]") != std::string::npos);
  CHECK(RunScript(".help statements").out.find("CREATE COLLECTION [IF NOT EXISTS]") != std::string::npos);
  CHECK(RunScript(".help functions").out.find("lower(text)") != std::string::npos);
  for (const auto& [command, message] :
       std::vector<std::pair<std::string, std::string>>{{".tabels", "did you mean .tables?"},
                                                        {".zzz", ".help lists those there are"},
                                                        {".mode xml", "there is no mode 'xml'"},
                                                        {".timer maybe", ".timer takes on or off"},
                                                        {".read", ".read needs a file"},
                                                        {".read /nowhere/at/all.sql", "cannot read file"},
                                                        {".schema nope", "nope"}}) {
    const Ended wrong = RunScript(command);
    INFO(command << ": " << wrong.err);
    CHECK(wrong.code == kExitFailed);
    CHECK(wrong.err.find(message) != std::string::npos);
  }
}

TEST_CASE("what .schema shows makes the same collection again", "[shell]") {
  const std::string create =
      "CREATE COLLECTION v (a TEXT, \"order\" INTEGER) WITH (metric = 'ip', embedder = 'none', dim = 3);\n";
  CHECK(RunScript(create + ".schema v").out == create);
}

TEST_CASE("files of statements, and their nesting", "[shell]") {
  const std::string inner = MakeFile("inner.sql", "SELECT 2 AS b;");
  const std::string outer = MakeFile("outer.sql", "SELECT 1 AS a;\n.read " + inner + "\nSELECT 3 AS c;\n");
  const Ended ended = RunShell({.mode = OutputMode::kCsv, .scripts = {{true, outer}, {false, "SELECT 4 AS d"}}});
  CHECK(ended.code == kExitOk);
  CHECK(ended.out == "a\r\n1\r\nb\r\n2\r\nc\r\n3\r\nd\r\n4\r\n");
  const std::string endless = MakeFile("endless.sql", "");
  std::ofstream(endless) << ".read " << endless << "\n";
  const Ended stopped = RunShell({.scripts = {{true, endless}}});
  CHECK(stopped.code == kExitFailed);
  CHECK(stopped.err.find("nested deeper than") != std::string::npos);
  for (const std::string& path : {inner, outer, endless}) std::filesystem::remove(path);
}

TEST_CASE("a temporary database is gone afterwards", "[shell]") {
  const std::filesystem::path parent = MakeFile("parent", "");
  std::filesystem::remove(parent);
  std::filesystem::create_directory(parent);
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", parent.c_str(), 1);
  const Ended ended = RunScript("CREATE COLLECTION docs");
  const Ended refused = RunShell({.read_only = true, .scripts = {{false, "SELECT 1"}}});
  before == nullptr ? unsetenv("TMPDIR") : setenv("TMPDIR", kept.c_str(), 1);
  CHECK(ended.code == kExitOk);
  CHECK(refused.code == kExitFailed);
  CHECK(std::filesystem::is_empty(parent));
  std::filesystem::remove_all(parent);
}

TEST_CASE("a database that cannot be opened", "[shell]") {
  const Ended missing =
      RunShell({.database = "/nowhere/at/all.quire", .read_only = true, .scripts = {{false, "SELECT 1"}}});
  CHECK(missing.code == kExitFailed);
  CHECK(missing.err.rfind("error: ", 0) == 0);
  CHECK(missing.out.empty());
}

TEST_CASE("a --safe shell uses no files and no other programs", "[shell]") {
  const std::string file = MakeFile("safe.sql", "SELECT 1;");
  for (const std::string& line : {".read " + file, std::string(".open /tmp/x"), ".import " + file + " docs", ".output " + file,
                                  std::string(".backup /tmp/x"), std::string(".pager on")}) {
    INFO(line);
    const Ended ended = RunShell({.safe = true}, line + "\nSELECT 2;\n");
    CHECK(ended.code == kExitFailed);
    CHECK(ended.err.find("is not for a --safe shell") != std::string::npos);
  }
  const Ended copy = RunShell({.safe = true}, "COPY (SELECT 1 AS a) TO '" + file + "';");
  CHECK(copy.code == kExitFailed);
  CHECK(copy.err.find("outside of allowed_directories") != std::string::npos);
  CHECK(RunShell({.safe = true}, "CREATE COLLECTION docs; INSERT INTO docs (text) VALUES ('x'); SELECT text FROM docs;\n.dump\n").code == kExitOk);
  std::filesystem::remove(file);
}

}  // namespace quire::sql
