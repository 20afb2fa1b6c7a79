// Texts that nobody means to write: empty, endless, of punctuation, broken, right to left, in other forms of the same characters.
#include <chrono>

#include "tests/unit/text_world.h"

namespace quire::text {
namespace {

constexpr size_t kTenMegabytes = 10 << 20;

std::string Repeated(std::string_view part, size_t bytes) {
  std::string text;
  text.reserve(bytes + part.size());
  while (text.size() < bytes) text += part;
  return text;
}

TEST_CASE("texts without a word are indexed and found by nothing", "[text]") {
  WordWorld world;
  const std::vector<std::string> texts = {"", " \t\r\n ", "\u3000\u00a0", "?!... --- ((( )))", "\U0001f600 \U0001f468\u200d\U0001f469",
                                          "\u200b\u200d\ufeff\u202e", "\xff\xfe\xc3"};
  world.Add(texts);
  for (ChunkNumber i = 0; i < texts.size(); ++i) {
    INFO("text " << i);
    CHECK(world.LengthsOf(i).total() == 0);
    CHECK(ListWords(world.analyzer(), texts[i]).entries.empty());
  }
  world.Add({"a cat"});
  CHECK(world.Search("cat").value().size() == 1);
  for (const std::string& query : texts) {
    CHECK(world.Search(query).status().code() == Code::kInvalidArgument);
  }
  world.Merge();
  CHECK(world.Match("cat") == std::vector<ChunkNumber>{static_cast<ChunkNumber>(texts.size())});
}

TEST_CASE("ten megabytes without a space: bounded terms, in bounded time", "[text]") {
  WordWorld world;
  const std::vector<std::string> texts = {
      std::string(kTenMegabytes, 'a'),         Repeated("a-", kTenMegabytes), Repeated("\u6771\u4eac", kTenMegabytes),
      Repeated("e\u0301", kTenMegabytes),      Repeated("\xff", kTenMegabytes), Repeated("\u05d0\u0661", kTenMegabytes),
  };
  const auto begun = std::chrono::steady_clock::now();
  for (const std::string& text : texts) {
    const WordList words = ListWords(world.analyzer(), text);
    size_t longest = 0;
    for (const WordList::Entry& entry : words.entries) longest = std::max(longest, words.TermOf(entry).size());
    CHECK(longest <= 64);
  }
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(60));  // 3 s; quadratic would be hours
  world.Add({texts[0], texts[2]});
  CHECK(world.Search(std::string(64, 'a')).value().size() == 1);
  CHECK(world.Match("\u6771\u4eac") == std::vector<ChunkNumber>{1});
  world.Merge();
  CHECK(world.Match("\u6771\u4eac") == std::vector<ChunkNumber>{1});
}

TEST_CASE("forms of the same characters are the same word", "[text]") {
  WordWorld world("none");
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"caf\u00e9", "cafe\u0301"},                                    // NFC, NFD
      {"\u1e69", "s\u0307\u0323"},                                    // marks in another order
      {"\uff21\uff22\uff23", "abc"},                                  // full width
      {"stra\u00dfe", "STRASSE"},                                     // full case folding
      {"\ufb01le", "file"},                                           // ligature
      {"pass\u200bword", "password"},                                 // zero-width space
      {"pass\u00adwort", "passwort"},                                 // soft hyphen
      {"\u202eabcd\u202c", "abcd"},                                   // bidi override
      {"\ufeffbegin", "begin"},                                       // byte order mark
      {"\u0644\u200f\u0627", "\u0644\u0627"},                         // right-to-left mark
      {"\uac00", "\u1100\u1161"},                                     // Hangul composed, by Jamo
      {"\u304b\u3099\u306f", "\u304c\u306f"},                         // kana with its mark apart
  };
  for (const auto& [one, other] : pairs) world.Add({one});
  for (ChunkNumber i = 0; i < pairs.size(); ++i) {
    INFO("pair " << i);
    CHECK(world.Match(pairs[i].first) == std::vector<ChunkNumber>{i});
    CHECK(world.Match(pairs[i].second) == std::vector<ChunkNumber>{i});
  }
}

TEST_CASE("right to left, mixed scripts, emoji between words", "[text]") {
  WordWorld world;
  world.Add({"\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", "\u0645\u0631\u062d\u0628\u0627 world \u4e16\u754c",
             "party\U0001f389time", "\u041f\u0440\u0438\u0432\u0435\u0442,\u4e16\u754c!hello"});
  CHECK(world.Match("\u05e2\u05d5\u05dc\u05dd") == std::vector<ChunkNumber>{0});
  CHECK(world.Match("\u0645\u0631\u062d\u0628\u0627") == std::vector<ChunkNumber>{1});
  CHECK(world.Match("world \u4e16\u754c") == std::vector<ChunkNumber>{1});
  CHECK(world.Match("\u4e16\u754c") == std::vector<ChunkNumber>{1, 3});
  CHECK(world.Match("party") == std::vector<ChunkNumber>{2});
  CHECK(world.Match("\"party time\"") == std::vector<ChunkNumber>{2});
  CHECK(world.Match("hello \u043f\u0440\u0438\u0432\u0435\u0442") == std::vector<ChunkNumber>{3});
}

TEST_CASE("bytes that are not UTF-8 separate words", "[text]") {
  WordWorld world;
  world.Add({"one\xfftwo", "\xc3", "three\xed\xa0\x80""four", "five\xf4\x90\x80\x80six", "over\xc0\xaflong"});
  CHECK(world.Match("one") == std::vector<ChunkNumber>{0});
  CHECK(world.Match("two") == std::vector<ChunkNumber>{0});
  CHECK(world.Match("three four") == std::vector<ChunkNumber>{2});
  CHECK(world.Match("six") == std::vector<ChunkNumber>{3});
  CHECK(world.Match("long") == std::vector<ChunkNumber>{4});
  CHECK(world.Match("one\xff") == std::vector<ChunkNumber>{0});
}

}  // namespace
}  // namespace quire::text
