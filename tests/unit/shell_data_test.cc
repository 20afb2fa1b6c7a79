// What the shell completes, reads in and writes out.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sql/shell/completion.h"
#include "sql/shell/csv.h"
#include "sql/shell/dump.h"
#include "tests/unit/shell_support.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::sql {
namespace {

using Lines = std::vector<std::string>;

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Each record as its fields with a bar between, NULL as ~.
Result<Lines> ReadCsv(const std::string& text, char separator = ',') {
  std::istringstream in(text);
  CsvReader reader(in, separator);
  CsvReader::Record record;
  Lines lines;
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, reader.Next(&record));
    if (!more) return lines;
    std::string line = std::to_string(reader.line()) + ":";
    for (const auto& field : record) line += field.value_or("~") + "|";
    lines.push_back(line);
  }
}

CompletionWords Words() {
  CompletionWords words;
  words.keywords = CompletionKeywords();
  words.commands = {".import", ".dump", ".tables"};
  words.functions = {"lower", "length"};
  words.collections = {"docs", "drafts"};
  words.columns = {"title", "text", "level"};
  return words;
}

Lines Offered(std::string_view before) { return Complete(before, Words()).candidates; }

bool Has(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

}  // namespace

TEST_CASE("csv: fields, quotes, lines", "[shell]") {
  CHECK(*ReadCsv("a,b\n1,2\n") == Lines{"1:a|b|", "2:1|2|"});
  CHECK(*ReadCsv("\xef\xbb\xbf"
                 "a\r\nb\r\n\r\nc") == Lines{"1:a|", "2:b|", "4:c|"});
  CHECK(*ReadCsv("\"a \"\"b\"\"\n, c\",\n\"\",x") == Lines{"1:a \"b\"\n, c|~|", "3:|x|"});
  CHECK(*ReadCsv("a\tb,c\n", '\t') == Lines{"1:a|b,c|"});
  CHECK(ReadCsv("")->empty());
  CHECK(*ReadCsv("5\" disk\n") == Lines{"1:5\" disk|"});
  CHECK(ReadCsv("x\n\"abc\n").status().message() == "line 2: a quote is not closed");
  CHECK(ReadCsv("\"a\"b\n").status().code() == Code::kSyntaxError);
}

TEST_CASE("completion: keywords, columns, functions, in the case in which the word was begun", "[shell]") {
  CHECK(Offered("SEL") == Lines{"SELECT"});
  CHECK(Offered("sel") == Lines{"select"});
  CHECK(Offered("SELECT lo") == Lines{"lower("});
  CHECK(Offered("SELECT le") == Lines{"left", "length(", "level"});
  CHECK(Offered("SELECT title FROM d") == Lines{"docs", "drafts"});
  CHECK(Offered("SELECT title FROM ") == Lines{"docs", "drafts"});
  CHECK(Offered("INSERT INTO do") == Lines{"docs"});
  CHECK(Offered("SELECT docs.t") == Lines{"text", "title"});
  CHECK(Has(Offered("SELECT title FROM docs W"), "WHERE"));
  CHECK_FALSE(Has(Offered("SELECT title FROM docs W"), "docs"));
}

TEST_CASE("completion: nothing inside of strings, commands on a line of their own", "[shell]") {
  CHECK(Offered("SELECT 'SEL").empty());
  CHECK(Offered("SELECT 'a' || 'SEL").empty());
  CHECK(Offered("/* SEL").empty());
  CHECK(Offered(".") == Lines{".dump", ".import", ".tables"});
  CHECK(Offered(".d") == Lines{".dump"});
  CHECK(Complete(".d", Words()).word_bytes == 2);
  CHECK(Complete("SELECT ti", Words()).word_bytes == 2);
  CHECK(Offered("zzz").empty());
  CHECK(CommonPrefix({"docs", "drafts"}) == "d");
  CHECK(CommonPrefix({"docs"}) == "docs");
}

TEST_CASE("progress: a bar where the end is known", "[shell]") {
  CHECK(ProgressLine({"documents", 3, 0}) == "3 documents");
  CHECK(ProgressLine({"documents", 5, 10}) == "[############............] 50 %  5 of 10 documents");
  CHECK(ProgressLine({"documents", 11, 10}) == "[########################] 100 %  11 of 10 documents");
}

TEST_CASE(".dump: what it writes makes everything again", "[shell]") {
  const testing::TemporaryDirectory directory;
  const std::string dump = directory / "dump.sql";
  const std::string create =
      "CREATE COLLECTION notes (\"order\" INTEGER, r REAL, b BOOLEAN, d DATE, t TIMESTAMP, tags TEXT[], j JSON, "
      "\"select\" TEXT);"

      "INSERT INTO notes (id, uri, title, section, text, ordinal, \"order\", r, b, d, t, tags, j, \"select\") VALUES"
      "  ('it''s', 'a.md', 'T', 'S > U', 'quote '' and; -- no comment\n/* nor this', 3, -9223372036854775807 - 1, "
      "-1.5e-300,"
      "   TRUE, '2026-01-31', '2026-01-31T10:00:00.000123Z', ['a', 'it''s', ''], '{\"a\": [1, \"x''y\"]}', "
      "'\u00e9\U0001f600');"
      "INSERT INTO notes (id, text, r, b) VALUES ('empty', '', 0.1, FALSE), ('big', 'x', 9007199254740993.0, NULL);"
      "CREATE COLLECTION v (label TEXT) WITH (embedder = 'none', dim = 3, metric = 'l2', raw = 'f32');"
      "INSERT INTO v (id, embedding, label) VALUES ('a', '[0.1, -2, 3e-7]', 'x'), ('b', '[1, 2, 3]', NULL);"
      "CREATE COLLECTION nothing;\n";
  const std::string show =
      "SELECT id, uri, title, section, ordinal, text, created_at, \"order\", r, b, d, t, tags, j, \"select\" FROM "
      "notes "
      "ORDER BY id;"
      "SELECT id, embedding, label, created_at FROM v ORDER BY id; SELECT name, chunks FROM quire_collections;\n";
  const Ended first = RunScript(create + ".output '" + dump + "'\n.dump\n.output\n" + show, directory / "first");
  INFO(first.err);
  REQUIRE(first.code == kExitOk);
  const std::string text = ReadFile(dump);
  INFO(text);
  CHECK(text.find("[0.1,-2,3e-07]") != std::string::npos);
  const std::string again = directory / "again.sql";
  const Ended second =
      RunScript(".read '" + dump + "'\n.output '" + again + "'\n.dump\n.output\n" + show, directory / "second");
  INFO(second.err);
  REQUIRE(second.code == kExitOk);
  CHECK(second.out == first.out);
  CHECK(ReadFile(again) == text);
}

TEST_CASE(".dump: one collection, vectors on demand, what is wrong", "[shell]") {
  const std::string fill =
      "CREATE COLLECTION a; CREATE COLLECTION b; INSERT INTO a (id, text) VALUES ('x', 'words');\n";
  const Ended one = RunScript(fill + ".dump a");
  CHECK(one.out.find("CREATE COLLECTION a") == 0);
  CHECK(one.out.find("CREATE COLLECTION b") == std::string::npos);
  CHECK(one.out.find("embedding)") == std::string::npos);
  CHECK(one.out.find("'[") == std::string::npos);
  CHECK(RunScript(fill + ".dump --embeddings a").out.find("embedding") != std::string::npos);
  CHECK(RunScript(fill + ".dump c").code == kExitFailed);
  CHECK(RunScript(fill + ".dump a b").code == kExitFailed);
  CHECK(RunScript(fill + ".dump --all").err.find("found '--all'") != std::string::npos);
}

TEST_CASE(".import: rows of a file, the collection made if it is not there", "[shell]") {
  const testing::TemporaryDirectory directory;
  const std::string csv = directory / "my rows.csv";
  WriteFile(csv, "id,text,product,year\r\na,\"one, two\",x,2020\r\nb,\"\",,\r\n");
  const std::string show = "SELECT id, text, product, year FROM docs ORDER BY id";
  const Ended made = RunScript(".import '" + csv + "' docs\n" + show);
  INFO(made.err);
  CHECK(made.code == kExitOk);
  CHECK(made.out == "id,text,product,year\r\na,\"one, two\",x,2020\r\nb,\"\",,\r\n");
  const Ended typed = RunScript("CREATE COLLECTION docs (year INTEGER, product TEXT);\n.import '" + csv +
                                "' docs\nSELECT sum(year) AS s FROM docs");
  CHECK(typed.out == "s\r\n2020\r\n");
  WriteFile(directory / "tabs.tsv", "id\ttext\nc\ta,b\n");
  CHECK(RunScript(".import " + (directory / "tabs.tsv") + " t\nSELECT text FROM t").out == "text\r\n\"a,b\"\r\n");
}

TEST_CASE(".import: what is wrong is named with its line, and nothing of it stays", "[shell]") {
  const testing::TemporaryDirectory directory;
  const std::string csv = directory / "rows.csv";
  const std::string count = "CREATE COLLECTION docs (year INTEGER);\n";
  const auto import = [&](const std::string& text) {
    WriteFile(csv, text);
    return RunScript(count + ".import " + csv + " docs");
  };
  const Ended fields = import("id,text\na,b\nc\n");
  CHECK(fields.code == kExitFailed);
  CHECK(fields.err.find("line 3: has 1 fields, expected 2") != std::string::npos);
  CHECK(import("id,text,year\na,b,MM\n").err.find("line 2: ") != std::string::npos);
  CHECK(import("").err.find("the file is empty") != std::string::npos);
  CHECK(import("id,,x\n").err.find("has no name") != std::string::npos);
  CHECK(import("id,nothing\n1,2\n").code == kExitFailed);
  CHECK(RunScript(".import nowhere.csv docs").err.find("cannot read file 'nowhere.csv'") != std::string::npos);
  CHECK(RunScript(".import rows.csv").err.find(".import needs a file and a collection") != std::string::npos);
  WriteFile(csv, "id,text\na,b\na,c\n");
  const std::string database = directory / "db";
  CHECK(RunScript(count + ".import " + csv + " docs", database).code == kExitFailed);
  CHECK(RunScript("SELECT count(*) AS n FROM docs", database).out == "n\r\n0\r\n");
  // In a transaction of one's own nothing is ended.
  WriteFile(csv, "id,text\na,b\n");
  CHECK(RunScript("BEGIN;\n.import " + csv + " docs\nROLLBACK; SELECT count(*) AS n FROM docs", database).out ==
        "n\r\n0\r\n");
}

TEST_CASE(".output: results to a file and back", "[shell]") {
  const testing::TemporaryDirectory directory;
  const std::string file = directory / "out.csv";
  const Ended ended =
      RunScript("SELECT 1 AS a;\n.output " + file + "\nSELECT 2 AS b;\n.tables\n.output\nSELECT 3 AS c");
  CHECK(ended.code == kExitOk);
  CHECK(ended.out == "a\r\n1\r\nc\r\n3\r\n");
  CHECK(ReadFile(file) == "b\r\n2\r\n");
  CHECK(RunScript(".output /nowhere/at/all").code == kExitFailed);
  CHECK(RunScript(".output " + (directory / "left.csv") + "\nSELECT 4 AS d").out.empty());
  CHECK(ReadFile(directory / "left.csv") == "d\r\n4\r\n");
}

TEST_CASE(".backup and .pager", "[shell]") {
  CHECK(RunScript(".backup").err.find(".backup needs a directory") != std::string::npos);
  CHECK(RunScript(".pager off").code == kExitOk);
  CHECK(RunScript(".pager maybe").code == kExitFailed);
}

}  // namespace quire::sql
