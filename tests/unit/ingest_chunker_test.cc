// Properties of chunks: small sources by hand, random ones, and the corpora where they are.
#include <iterator>
#include <random>

#include "extensions/ingest/pieces.h"
#include "tests/unit/ingest_support.h"

namespace quire::ingest {
namespace {

std::string Words(size_t count, std::string_view word = "word") {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += std::string(word) + (i % 12 == 11 ? ". New " : " ");
  return text;
}

TEST_CASE("blocks of one section are packed to even chunks", "[ingest]") {
  std::string source = "# A\n\n";
  for (int i = 0; i < 20; ++i) source += Words(60) + "\n\n";
  const std::vector<Chunk> chunks = CheckedChunks(source);
  REQUIRE(chunks.size() >= 3);
  for (const Chunk& chunk : chunks) {
    CHECK(chunk.text.size() / 4 >= 200);
    CHECK(chunk.text.size() / 4 <= 450);
    CHECK(chunk.section == "A");
    CHECK(chunk.anchor == "A");
  }
}

TEST_CASE("an empty body has no chunks", "[ingest]") {
  CHECK(CheckedChunks("").empty());
  CHECK(CheckedChunks("\xEF\xBB\xBF").empty());
  CHECK(CheckedChunks(" \n\t\r\n \n").empty());
  CHECK(CheckedChunks("---\ntitle: T\n---\n\n").empty());
}

TEST_CASE("a body of link definitions only is kept", "[ingest]") {
  CHECK(CheckedChunks("[a]: /u\n[b]: /v\n").size() == 1);
}

TEST_CASE("tiny siblings share a chunk, named after all of them", "[ingest]") {
  const std::vector<Chunk> chunks = CheckedChunks(
      "# Top\n\n" + Words(80) + "\n\n## One\n\nshort\n\n## Two\n\nshort\n\n# Other\n\n" + Words(80) + "\n");
  REQUIRE(chunks.size() == 3);
  CHECK(chunks[1].section == "Top > One; Two");
  CHECK(chunks[1].anchor == "One");
  CHECK(chunks[2].section == "Other");
}

TEST_CASE("tiny sections of different parents do not share a chunk", "[ingest]") {
  const std::vector<Chunk> chunks =
      CheckedChunks("# A\n\n" + Words(80) + "\n\n## One\n\nshort\n\n# B\n\n" + Words(80) + "\n\n## Two\n\nshort\n");
  REQUIRE(chunks.size() == 4);
  CHECK(chunks[1].section == "A > One");
  CHECK(chunks[3].section == "B > Two");
}

TEST_CASE("a tiny section and its tiny children are named after it", "[ingest]") {
  const std::vector<Chunk> chunks =
      CheckedChunks("# T\n\n" + Words(80) + "\n\n## A\n\nintro\n\n### B\n\nx\n\n### C\n\ny\n");
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[1].section == "T > A");
}

TEST_CASE("a heading without text goes with what follows", "[ingest]") {
  const std::vector<Chunk> chunks = CheckedChunks("# A\n\n## B\n\n### C\n\n" + Words(100) + "\n\n## Last\n");
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].section == "A > B > C");
  CHECK(chunks[0].anchor == "C");
  CHECK(chunks[0].text.substr(0, 3) == "# A");
  CHECK(chunks[0].text.substr(chunks[0].text.size() - 7) == "## Last");
}

TEST_CASE("a heading and the large code after it do not part", "[ingest]") {
  std::string code = "# A\n\n## B\n\n```\n";
  for (int i = 0; i < 66; ++i) code += "line number " + std::to_string(1000 + i) + " of it all\n";
  const std::vector<Chunk> chunks = CheckedChunks(code + "```\n");
  REQUIRE(!chunks.empty());
  CHECK(chunks[0].text.find("line number 1000") != std::string::npos);
}

TEST_CASE("words that introduce what follows stay with it", "[ingest]") {
  std::string code = "```\n";
  for (int i = 0; i < 30; ++i) code += "line number " + std::to_string(i) + " of it all\n";
  const std::vector<Chunk> chunks = CheckedChunks("# A\n\n" + Words(190) + "\n\nAs in this:\n\n" + code + "```\n");
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[1].text.substr(0, 11) == "As in this:");
}

TEST_CASE("code and tables up to the maximum stay whole", "[ingest]") {
  std::string source = "# A\n\n" + Words(300) + "\n\n```\n";
  for (int i = 0; i < 80; ++i) source += "some line of code " + std::to_string(100 + i) + "\n";
  source += "```\n\n" + Words(300) + "\n";
  size_t with_code = 0;
  for (const Chunk& chunk : CheckedChunks(source)) {
    with_code += chunk.text.find("some line of code") != std::string::npos ? 1 : 0;
  }
  CHECK(with_code == 1);
}

TEST_CASE("large code is cut between lines", "[ingest]") {
  std::string source = "```\n";
  for (int i = 0; i < 400; ++i) source += "a line of the code, number " + std::to_string(1000 + i) + "\n";
  source += "```\n";
  const std::vector<Chunk> chunks = CheckedChunks(source);
  REQUIRE(chunks.size() > 5);
  for (size_t i = 1; i < chunks.size(); ++i) CHECK(source[chunks[i].start - 1] == '\n');
}

TEST_CASE("a large table is cut between rows, its header repeated in the index", "[ingest]") {
  std::string source = "Words before\n| Name | Meaning |\n|---|---|\n";
  for (int i = 0; i < 200; ++i) source += "| option_" + std::to_string(i) + " | what it [does](/there) |\n";
  const std::vector<Chunk> chunks = CheckedChunks(source + "\nafter\n");
  REQUIRE(chunks.size() > 3);
  for (size_t i = 1; i < chunks.size(); ++i) {
    INFO(i);
    CHECK(chunks[i].text.substr(0, 9) == "| option_");
    CHECK(chunks[i].text.find("Meaning") == std::string::npos);
    CHECK(chunks[i].indexed_text.substr(0, 14) == "Name | Meaning");
    CHECK(chunks[i].indexed_text.find("what it does") != std::string::npos);
    CHECK(chunks[i].indexed_text.find("/there") == std::string::npos);
  }
  CHECK(chunks.back().indexed_text.substr(chunks.back().indexed_text.size() - 5) == "after");
}

TEST_CASE("a large list is cut between its items", "[ingest]") {
  std::string source;
  for (int i = 0; i < 100; ++i)
    source += "- item " + std::to_string(i) + " " + Words(20) + "\n  - inner " + Words(10) + "\n";
  const std::vector<Chunk> chunks = CheckedChunks(source);
  REQUIRE(chunks.size() > 5);
  for (const Chunk& chunk : chunks) CHECK(Trim(chunk.text).substr(0, 2) == "- ");
}

TEST_CASE("a huge paragraph is cut between sentences", "[ingest]") {
  std::string source;
  for (int i = 0; i < 400; ++i) source += "This is sentence " + std::to_string(i) + " of many, e.g. this one. ";
  const std::vector<Chunk> chunks = CheckedChunks(source);
  REQUIRE(chunks.size() > 8);
  for (const Chunk& chunk : chunks) {
    CHECK(chunk.text.substr(0, 8) == "This is ");
    CHECK(chunk.text.back() == '.');
  }
}

TEST_CASE("text without blanks or stops is cut between characters", "[ingest]") {
  std::string source;
  while (source.size() < 20'000) source += "\xE6\xBC\xA2";
  CHECK(CheckedChunks(source).size() > 8);
  std::string sentences;
  while (sentences.size() < 20'000) sentences += "\xE6\xBC\xA2\xE5\xAD\x97\xE3\x80\x82";
  for (const Chunk& chunk : CheckedChunks(sentences)) {
    CHECK(chunk.text.substr(chunk.text.size() - 3) == "\xE3\x80\x82");
  }
}

TEST_CASE("indexed text is title, path and words", "[ingest]") {
  const std::vector<Chunk> chunks = CheckedChunks("---\ntitle: The page\n---\n# A\n\n## B\n\nSome *words*.\n");
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].title == "The page");
  CHECK(chunks[0].indexed_text == "The page\nA > B\nA\nB\nSome words.");
}

TEST_CASE("chunks keep their id when others change", "[ingest]") {
  const auto section = [](std::string_view name, std::string_view word) {
    return "## " + std::string(name) + "\n\n" + Words(120, word) + "\n\n";
  };
  const std::string before = "# T\n\n" + section("A", "alpha") + section("B", "beta") + section("C", "gamma");
  const std::string after =
      "# T\n\n" + section("A", "other") + section("New", "new") + section("B", "beta") + section("C", "gamma");
  const std::vector<Chunk> old_chunks = CheckedChunks(before), new_chunks = CheckedChunks(after);
  REQUIRE(old_chunks.size() == 3);
  REQUIRE(new_chunks.size() == 4);
  CHECK(old_chunks[0].id != new_chunks[0].id);
  CHECK(old_chunks[1].id == new_chunks[2].id);
  CHECK(old_chunks[2].id == new_chunks[3].id);
  CHECK(old_chunks[1].id.size() == 32);
  CHECK(ChunksOf(before, 350, "markdown", "other.md")[1].id != old_chunks[1].id);
}

TEST_CASE("equal chunks of one document have ids of their own", "[ingest]") {
  const std::string section = "# Same\n\n" + Words(100) + "\n\n";
  CheckedChunks(section + section + section);
}

TEST_CASE("cut points are in order, end at the end, and obey the limit", "[ingest]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    const std::string_view parts[] = {"word ",          "\n", ". ", "Big. ", "\xC3\xA9", "\xF0\x9F\x93\x88", "\r\n",
                                      "xxxxxxxxxxxxxxx"};
    const size_t count = random() % 300;
    for (size_t i = 0; i < count; ++i) text += parts[random() % std::size(parts)];
    const size_t limit = 4 + random() % 100;
    const std::vector<size_t> cuts = CutPoints(text, random() % 2 == 0, limit);
    REQUIRE(cuts.front() == 0);
    REQUIRE(cuts.back() == text.size());
    for (size_t i = 1; i < cuts.size(); ++i) {
      REQUIRE((cuts[i] > cuts[i - 1] || text.empty()));
      REQUIRE(cuts[i] - cuts[i - 1] <= limit);
      REQUIRE(FindInvalidUtf8(std::string_view(text).substr(cuts[i - 1], cuts[i] - cuts[i - 1])) == std::string::npos);
    }
  }
}

TEST_CASE("random Markdown is covered exactly once", "[ingest]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string_view parts[] = {"# A\n",
                                    "## B `c`\n",
                                    "text ",
                                    "more text. And more. ",
                                    "\n",
                                    "\n\n",
                                    "- item\n",
                                    "  - inner\n",
                                    "    deep\n",
                                    "1. one\n",
                                    "> quote\n",
                                    "```\n",
                                    "~~~~\n",
                                    "| a | b |\n",
                                    "|---|---|\n",
                                    "===\n",
                                    "---\n",
                                    "***\n",
                                    "<div>\n",
                                    "</div>\n",
                                    "<!-- ",
                                    "-->\n",
                                    "{% codeblock %}\n",
                                    "{% endcodeblock %}\n",
                                    "[r]: /u\n",
                                    "[r]",
                                    "![",
                                    "](",
                                    "\t",
                                    "\r",
                                    "\r\n",
                                    "\xE6\xBC\xA2",
                                    "\xE3\x80\x82",
                                    "*",
                                    "_",
                                    "`",
                                    "\\",
                                    "&amp;",
                                    "<script>\n",
                                    "</script>\n",
                                    "::: note\n",
                                    "a very long word "};
  for (int round = 0; round < 400; ++round) {
    std::string source;
    const size_t count = random() % 400;
    for (size_t i = 0; i < count; ++i) {
      const size_t times = random() % 40 == 0 ? random() % 300 : 1;
      const std::string_view part = parts[random() % std::size(parts)];
      for (size_t j = 0; j < times; ++j) source += part;
    }
    INFO("round " << round);
    CheckedChunks(source, random() % 2 == 0 ? 350 : 50);
  }
}

TEST_CASE("every page of the corpora is covered exactly once", "[ingest]") {
  const std::filesystem::path corpora = CorporaFolder();
  if (corpora.empty()) return;
  size_t pages = 0;
  for (const char* folder : {"labelstudio/docs", "labelstudio/docs-2021-05", "formats/commonmark"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpora / folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string source = ReadWholeFile(entry.path());
      if (FindInvalidUtf8(source) != std::string::npos) continue;
      INFO(entry.path());
      const ParsedDocument document = ParseAs("markdown", source);
      const std::vector<Chunk> chunks = CheckedChunks(source);
      CHECK(ChunksOf(source).size() == chunks.size());
      ++pages;
    }
  }
  CHECK(pages > 434);
}

}  // namespace
}  // namespace quire::ingest
