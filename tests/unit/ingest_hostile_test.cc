// Sources that were made to be slow, deep or large. What they must do is end: a run takes seconds if something is
// quadratic.
#include "tests/unit/ingest_support.h"

namespace quire::ingest {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string repeated;
  repeated.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST_CASE("a single line of 10 MB", "[ingest]") {
  const std::string line = Repeat("words and [links](/u) and `code`. ", 300'000);
  CHECK(CheckedChunks(line).size() > 5000);
  CHECK(FaultOf(line, 0, ChunksOf(line, 350, "text")) == "");
}

TEST_CASE("megabytes without a blank, of code, lists and tables", "[ingest]") {
  CHECK(CheckedChunks(std::string(3'000'000, 'x')).size() > 2000);
  CHECK(CheckedChunks("```\n" + Repeat("line of code\n", 200'000)).size() > 1500);
  CHECK(CheckedChunks(Repeat("- item of a list\n", 50'000)).size() > 500);
  CHECK(CheckedChunks("| a | b |\n|---|---|\n" + Repeat("| some | cells |\n", 50'000)).size() > 500);
}

TEST_CASE("deep nesting", "[ingest]") {
  for (const std::string_view part : {">", "> ", "[", "![", "- ", "1. ", "*a ", "_", "**a", "<b>", "(", "{%", "```"}) {
    INFO(part);
    CheckedChunks(Repeat(part, 10'000));
    CheckedChunks(Repeat(part, 10'000) + "\n\nafter\n\n# H\n");
  }
  std::string list;
  for (size_t i = 0; i < 1000; ++i) list += std::string(2 * i, ' ') + "- item\n";
  CheckedChunks(list);
}

TEST_CASE("a table that would be filled with millions of cells is kept as text", "[ingest]") {
  const std::string wide = Repeat("|x", 5000) + "\n" + Repeat("|-", 5000) + "\n" + Repeat("a\n", 5000);
  const ParsedDocument document = ParseAs("markdown", wide);
  REQUIRE(document.notices.size() == 1);
  CHECK(document.notices[0].find("tables") != std::string::npos);
  CheckedChunks(wide);
}

TEST_CASE("thousands of headings", "[ingest]") {
  CHECK(!CheckedChunks(Repeat("# A\n", 20'000)).empty());
  CHECK(!CheckedChunks(Repeat("## Same\n\ntext\n\n", 20'000)).empty());
  CheckedChunks("# " + std::string(100'000, 'h') + "\n\ntext\n");
}

TEST_CASE("unclosed HTML", "[ingest]") {
  CheckedChunks("<script>\n" + Repeat("x < y; // \"\n", 100'000));
  CheckedChunks("<!-- " + Repeat("comment <b>\n", 100'000));
  CheckedChunks("<div a=\"" + Repeat("value\n", 100'000));
}

}  // namespace
}  // namespace quire::ingest
