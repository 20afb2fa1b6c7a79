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

TEST_CASE("a table with thousands of columns is kept as text, a wide line elsewhere harms no table", "[ingest]") {
  const std::string wide = Repeat("|x", 50'000) + "\n" + Repeat("|-", 50'000) + "\n" + Repeat("|a", 50'000) + "\n";
  CHECK(ParseAs("markdown", wide).notices.size() == 1);
  CheckedChunks(wide);
  const std::string beside = Repeat("|x", 50'000) + "\n\n| a | b |\n|---|---|\n| c | d |\n";
  const ParsedDocument document = ParseAs("markdown", beside);
  CHECK(document.notices.empty());
  CHECK(document.blocks.back().kind == Block::Kind::kTableRow);
  const ParsedDocument quoted = ParseAs("markdown", "> | a | b |\n> |---|---|\n" + Repeat("> a\n", 100));
  CHECK(quoted.blocks.back().kind == Block::Kind::kTableRow);
}

TEST_CASE("Markdown that is made to be slow ends when its time is up, or when it is cancelled", "[ingest]") {
  const std::string slow[] = {Repeat("![[]()", 200'000), Repeat("> ", 20'000) + "a\n" + Repeat("a\n", 500'000)};
  for (const std::string& source : slow) {
    for (const std::string_view format : {"markdown", "rst", "asciidoc"}) {
      INFO(source.substr(0, 20) << " " << format);
      const auto reader = FindFormat(format)->make();
      const auto begun = std::chrono::steady_clock::now();
      const auto parsed = reader->Parse(source, {.deadline = begun + std::chrono::milliseconds(100)});
      CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
      if (format == "markdown") CHECK(parsed.status().code() == Code::kResourceExhausted);
      const std::atomic<bool> cancelled{true};
      const auto stopped = reader->Parse(source, {.cancelled = &cancelled});
      CHECK(stopped.status().code() == Code::kCancelled);
    }
  }
  // A reader that was left in the middle works on.
  CHECK(CheckedChunks("# A\n\ntext\n").size() == 1);
}

TEST_CASE("what every chunk holds is short", "[ingest]") {
  const std::string source = "# " + std::string(1'000'000, 'h') + "\n\n" + Repeat("Words and words. ", 10'000);
  const auto reader = FindFormat("markdown")->make();
  const ParsedDocument document = reader->Parse(source, {}).value();
  size_t bytes = 0;
  for (const Chunk& chunk : ChunkDocument(document, *reader, source, {.uri = "a", .title = "A"})) {
    bytes += chunk.section.size() + chunk.anchor.size() + chunk.indexed_text.size();
  }
  CHECK(bytes < 8'000'000);
  CHECK(!CheckedChunks(std::string(3'000'000, ' ') + "\n[a]: b\n").empty());
  CHECK(ChunksOf(Repeat("\t", 3'000'000)).empty());
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
