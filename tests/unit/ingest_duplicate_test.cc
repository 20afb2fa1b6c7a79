// Chunks that repeat others: what is found, and how it is reported.
#include <bit>
#include <random>

#include "extensions/ingest/duplicates.h"
#include "extensions/ingest/text_scan.h"
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

std::string Words(std::mt19937& random, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "word" + std::to_string(random() % 5000) + " ";
  return text;
}

TEST_CASE("prints: blanks, case and punctuation", "[ingest]") {
  const std::string text =
      "One two three, four five six seven: eight nine ten. Eleven twelve (thirteen) fourteen fifteen sixteen.";
  const TextPrint print = PrintOf(text);
  CHECK(print.words == 16);
  CHECK(PrintOf("  One  two\nthree, four" + text.substr(19)).exact == print.exact);
  std::string shouted = text;
  for (char& c : shouted) c = static_cast<char>(std::toupper(c));
  CHECK(PrintOf(shouted).exact != print.exact);
  CHECK(PrintOf(shouted).similar == print.similar);
  CHECK(PrintOf("").words == 0);
  CHECK(PrintOf("a b").similar == 0);
}

TEST_CASE("prints of random texts agree with a look at every byte", "[ingest]") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  constexpr std::string_view kBytes = "aaabbcXYZ019  \n\t.,-\xC3\xA4!@[`{/:\x1F\x7F";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (uint64_t i = random() % 300; i > 0; --i) text.push_back(kBytes[random() % kBytes.size()]);
    std::string collapsed, words;
    uint32_t count = 0;
    bool inside = false;
    for (const char c : text) {
      const bool blank = IsBlank(c);
      if (!blank) collapsed.push_back(c);
      if (blank && !collapsed.empty() && collapsed.back() != ' ') collapsed.push_back(' ');
      const bool in_word = IsAlpha(c) || IsDigit(c) || (static_cast<unsigned char>(c) & 0x80) != 0;
      if (in_word && !inside) words += " ", ++count;
      if (in_word) words.push_back(LowerAscii(c));
      inside = in_word;
    }
    if (!collapsed.empty() && collapsed.back() == ' ') collapsed.pop_back();
    std::string ours;
    AppendCollapsed(&ours, text);
    REQUIRE(ours == collapsed);
    const TextPrint print = PrintOf(text);
    REQUIRE(print.words == count);
    REQUIRE(print.exact == PrintOf(collapsed).exact);
    REQUIRE(print.similar == PrintOf(words).similar);
  }
}

TEST_CASE("texts with a word changed are nearer than others", "[ingest]") {
  std::mt19937 random(7);
  int near = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string text = Words(random, 300);
    const TextPrint print = PrintOf(text), other = PrintOf(Words(random, 300));
    CHECK(std::popcount(print.similar ^ other.similar) > kNearBitsMax);
    near += std::popcount(print.similar ^ PrintOf(text + "more").similar) <= kNearBitsMax ? 1 : 0;
  }
  CHECK(near > 150);
}

TEST_CASE("the finder agrees with a look at every pair", "[ingest]") {
  std::mt19937_64 random(11);
  DuplicateFinder finder;
  std::vector<TextPrint> prints;
  size_t found = 0;
  for (uint32_t i = 0; i < 3000; ++i) {
    TextPrint print{.similar = random(), .words = 100};
    print.exact[0] = static_cast<uint8_t>(i);
    print.exact[1] = static_cast<uint8_t>(i >> 8);
    if (i > 0 && random() % 4 == 0) {  // another one with up to five bits changed
      print.similar = prints[random() % i].similar;
      for (uint64_t bits = random() % 6; bits > 0; --bits) print.similar ^= uint64_t{1} << (random() % 64);
    }
    const auto is_near = [&](const TextPrint& other) {
      return std::popcount(other.similar ^ print.similar) <= kNearBitsMax;
    };
    const bool expected = std::any_of(prints.begin(), prints.end(), is_near);
    const auto match = finder.Add(print);
    REQUIRE(match.has_value() == expected);
    if (match) {
      CHECK(is_near(prints[match->first]));
      CHECK(!match->exact);
      ++found;
    }
    prints.push_back(print);
  }
  CHECK(found > 100);
  const auto again = finder.Add(prints[17]);
  REQUIRE(again.has_value());
  CHECK(again->exact);
  CHECK(again->first == 17);
}

TEST_CASE("a load says which chunks repeat others", "[ingest]") {
  World world;
  std::mt19937 random(3);
  const std::string shared = "# Backups\n\n" + Words(random, 200) + "\n";
  world.folder.Write("a.md", shared);
  world.folder.Write("b.md", shared);
  world.folder.Write("c.md", "# BACKUPS\n" + shared.substr(10));
  world.folder.Write("d.md", "# Other\n\n" + Words(random, 200) + "\n");
  const LoadReport report = world.LoadOrFail();
  CHECK(report.duplicates == 1);
  CHECK(report.near_duplicates == 1);
  REQUIRE(report.details.size() == 2);
  CHECK(report.details[0].path == "b.md");
  CHECK(report.details[0].reason == "chunk 0 says word for word what chunk 0 of a.md does");
  CHECK(report.details[1].reason == "chunk 0 says nearly what chunk 0 of a.md does");
  CHECK(Messages(report).back().rfind("2 chunks repeat an earlier one of this load, 1 word for word and 1 nearly so",
                                      0) == 0);
  CHECK(IssuesAsJsonLines(report).find("\"stage\":\"duplicates\"") != std::string::npos);
  // Each document keeps its own: with the first one gone the text is still there.
  CHECK(world.Chunks().size() == 4);
  std::filesystem::remove(world.folder.At("a.md"));
  LoadOptions options = world.Options();
  options.sync = true;
  CHECK(world.LoadOrFail(options).duplicates == 0);
  CHECK(world.ChunksOfPage("b.md").size() == 1);
}

TEST_CASE("what pages include is no duplicate", "[ingest]") {
  World world;
  std::mt19937 random(5);
  world.folder.Write("part.md", Words(random, 200) + "\n");
  world.folder.Write("a.md", "---\ntitle: A\n---\n# A\n\n{% include part.md %}\n");
  world.folder.Write("b.md", "---\ntitle: B\n---\n# B\n\n{% include part.md %}\n");
  const LoadReport report = world.LoadOrFail();
  CHECK(report.duplicates + report.near_duplicates == 0);
  CHECK(report.chunks >= 4);
}

}  // namespace
}  // namespace quire::ingest
