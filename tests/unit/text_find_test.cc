// What is shown of a found text, and words spelled wrong.
#include "engine/text/spelling.h"
#include "quire/words.h"
#include "tests/unit/text_world.h"

namespace quire::text {
namespace {

// The text with what was found between [ and ].
std::string Marked(std::string_view text, std::string_view query, std::string_view language = "english") {
  const auto ranges = FindWords(text, query, language);
  if (!ranges.ok()) return ranges.status().ToString();
  std::string marked;
  size_t copied = 0;
  for (const TextRange& range : *ranges) {
    REQUIRE((copied <= range.begin && range.begin < range.end && range.end <= text.size()));
    marked.append(text.substr(copied, range.begin - copied)).append("[");
    marked.append(text.substr(range.begin, range.end - range.begin)).append("]");
    copied = range.end;
  }
  return marked.append(text.substr(copied));
}

TEST_CASE("find words: by stems, in the language", "[text]") {
  CHECK(Marked("Connections connect; unconnected.", "connecting") == "[Connections] [connect]; unconnected.");
  CHECK(Marked("Les chevaux du roi", "cheval", "french") == "Les [chevaux] du roi");
  CHECK(Marked("Les chevaux du roi", "cheval", "none") == "Les chevaux du roi");
  CHECK(FindWords("a", "a", "klingon").status().code() == Code::kInvalidArgument);
}

TEST_CASE("find words: phrases where they stand, prefixes, NEAR, not what NOT excludes", "[text]") {
  CHECK(Marked("the reset button resets a button", "\"reset button\"") == "the [reset] [button] resets a button");
  CHECK(Marked("configure a config of us", "conf*") == "[configure] a [config] of us");
  CHECK(Marked("reset a password", "reset NOT password") == "[reset] a password");
  CHECK(Marked("reset a password", "reset NEAR/3 password") == "[reset] a [password]");
  CHECK(Marked("the cat or the dog", "the cat OR dog") == "the [cat] or the [dog]");
  CHECK(Marked("the end", "the") == "[the] end");
}

TEST_CASE("find words: compounds whole and in parts", "[text]") {
  CHECK(Marked("a snake_case name, snake", "snake_case") == "a [snake_case] name, snake");
  CHECK(Marked("run it with --dry-run now", "dry-run") == "run it with --[dry]-[run] now");
  CHECK(Marked("since v1.2.3 only", "v1.2.3") == "since [v1.2.3] only");
  CHECK(Marked("see src/main.cc", "what is in src/main.cc?") == "see [src/main.cc]");
}

TEST_CASE("find words: a question, also one that is no query of MATCH", "[text]") {
  CHECK(Marked("Resetting passwords", "how (can I reset my password?") == "[Resetting] [passwords]");
  CHECK(Marked("anything", "?!") == "anything");
  CHECK(Marked("", "word").empty());
}

TEST_CASE("find words: other scripts, marks, and bytes that are not UTF-8", "[text]") {
  CHECK(Marked("\u6771\u4eac\u90fd\u3068\u4eac\u90fd", "\u4eac\u90fd") == "\u6771[\u4eac\u90fd]\u3068[\u4eac\u90fd]");
  CHECK(Marked("\u6771\u4eac\u90fd", "\u4eac") == "\u6771[\u4eac]\u90fd");
  CHECK(Marked("Cafe\u0301 noir", "caf\u00e9") == "[Cafe\u0301] noir");
  CHECK(Marked("a pass\u200bword here", "password") == "a [pass\u200bword] here");
  CHECK(Marked("\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", "\u05e2\u05d5\u05dc\u05dd", "none") ==
        "\u05e9\u05dc\u05d5\u05dd [\u05e2\u05d5\u05dc\u05dd]");
  CHECK(Marked("x\xff reset\xfe", "reset") == "x\xff [reset]\xfe");
}

TEST_CASE("spelling: distances", "[text]") {
  CHECK(EditDistance("install", "install", 2) == 0);
  CHECK(EditDistance("instal", "install", 2) == 1);
  CHECK(EditDistance("isntall", "install", 2) == 1);  // two swapped
  CHECK(EditDistance("kitten", "sitting", 3) == 3);
  CHECK(EditDistance("kitten", "sitting", 2) == 3);  // more than that is not told
  CHECK(EditDistance("", "ab", 2) == 2);
  CHECK(EditDistance("gr\u00fcn", "grun", 2) == 1);
}

TEST_CASE("spelling: a word that occurs nowhere stands for its neighbour, if that is wanted", "[text]") {
  WordWorld world("none");
  world.Add({"anotation", "annotation project", "annotation tool", "connector", "project", "v2annotation 1234567"});
  const auto find = [&](std::string_view query, bool tolerant) {
    std::vector<ChunkNumber> numbers;
    const auto hits = SearchWords(world.source(), {.query = query, .tolerant = tolerant});
    for (const WordHit& hit : hits.value()) numbers.push_back(hit.number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  };
  CHECK(find("annottaion", false).empty());
  CHECK(find("annottaion", true) == std::vector<ChunkNumber>{1, 2});   // "anotation" is two away
  CHECK(find("anotation", true) == std::vector<ChunkNumber>{0});       // it occurs: nothing is mended
  CHECK(find("projcet", true) == std::vector<ChunkNumber>{1, 4});
  CHECK(find("porject", true).empty());                                // the first two letters must be right
  CHECK(find("projekten", true).empty());                              // two edits, and eight letters: of which none
  CHECK(find("1234568", true).empty());                                // digits are not mended
  CHECK(find("too", true).empty());                                    // too short
  CHECK(NearestTerm(world.source(), "annotatoin", nullptr).value() == "annotation");
  CHECK(NearestTerm(world.source(), "zz", nullptr).value().empty());
  // Half as much as if it were spelled right.
  const double right = SearchWords(world.source(), {.query = "connector"}).value()[0].score;
  const double wrong = SearchWords(world.source(), {.query = "conector", .tolerant = true}).value()[0].score;
  CHECK(wrong == Approx(right / 2));
  for (const ChunkNumber number : {1u, 2u}) world.Remove(number);
  CHECK(find("annottaion", true) == std::vector<ChunkNumber>{0});
}

}  // namespace
}  // namespace quire::text
