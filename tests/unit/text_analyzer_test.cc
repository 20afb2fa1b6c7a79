// Analyzer: words, folding, stems, offsets.
#include "engine/text/analyzer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "engine/base/utf8.h"
#include "engine/text/word_index.h"

namespace quire::text {
namespace {

std::vector<Token> TokensOf(std::string_view text, std::string_view language = "english") {
  std::vector<Token> tokens;
  Analyzer::Make(language).value()->Analyze(text, &tokens);
  return tokens;
}

// "position:term position:term ..."
std::string Shown(std::string_view text, std::string_view language = "english") {
  std::string shown;
  for (const Token& token : TokensOf(text, language)) {
    if (!shown.empty()) shown.push_back(' ');
    shown.append(std::to_string(token.position)).append(":").append(token.term);
  }
  return shown;
}

TEST_CASE("words are folded and stemmed", "[text]") {
  CHECK(Shown("Connecting CONNECTIONS, connected!") == "0:connect 1:connect 2:connect");
  CHECK(Shown("Connecting CONNECTIONS", "none") == "0:connecting 1:connections");
  CHECK(Shown("die H\u00e4user", "german") == "0:die 1:haus");
  CHECK(Shown("l'avion", "french") == "0:l 1:avion");
  CHECK(Shown("The user's don\u2019t rock'n'roll 'quoted'") == "0:the 1:user 2:don't 3:rock 4:n 5:roll 6:quot");
}

TEST_CASE("texts without words have no tokens", "[text]") {
  for (std::string_view text : {"", " \t\r\n", "?!... -- __ //", "\u2603 \U0001F600\uFE0F \u3000"}) {
    INFO(text);
    CHECK(TokensOf(text).empty());
  }
}

TEST_CASE("equivalent spellings give equal terms", "[text]") {
  CHECK(Shown("\u00c9t\u00e9", "none") == Shown("E\u0301te\u0301", "none"));
  CHECK(Shown("\uff26\uff55\uff4c\uff4c \uff11\uff12", "none") == "0:full 1:12");
  CHECK(Shown("\ufb01ne Stra\u00dfe", "none") == "0:fine 1:strasse");
  CHECK(Shown("\uff76\uff9e\uff77\uff9e", "none") == Shown("\u30ac\u30ae", "none"));
  CHECK(Shown("\ud55c\uad6d\uc5b4", "none") == Shown("\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165", "none"));
  CHECK(Shown("soft\u00adhyphen zero\u200dwidth", "none") == "0:softhyphen 1:zerowidth");
}

TEST_CASE("scripts without spaces give bigrams", "[text]") {
  CHECK(Shown("\u6771\u4eac\u90fd Tower") == "0:\u6771\u4eac 1:\u4eac\u90fd 2:tower");
  CHECK(Shown("\u6771 1") == "0:\u6771 1:1");
  CHECK(Shown("iPhone\u6771\u4eac16") == "0:iphon 1:\u6771\u4eac 2:16");
}

TEST_CASE("right-to-left scripts and emoji", "[text]") {
  CHECK(Shown("\u05e9\u05dc\u05d5\u05dd \u0639\u0631\u0628\u064a", "none") ==
        "0:\u05e9\u05dc\u05d5\u05dd 1:\u0639\u0631\u0628\u064a");
  CHECK(Shown("well\U0001F600done", "none") == "0:well 1:done");
  CHECK(Shown("a \u2764\uFE0F b", "none") == "0:a 1:b");
}

TEST_CASE("compounds are found whole and in parts", "[text]") {
  CHECK(Shown("snake_case id", "none") == "0:snake 0:snake_case 1:case 2:id");
  CHECK(Shown("v1.2.3", "none") == "0:v1 0:v1.2.3 1:2 2:3");
  CHECK(Shown("--dry-run=1", "none") == "0:dry 0:dry-run 1:run 2:1");
  CHECK(Shown("a/b. c", "none") == "0:a 0:a/b 1:b 2:c");
  CHECK(Shown("__init__ a--b x_", "none") == "0:init 1:a 2:b 3:x");
  CHECK(Shown("Stra\u00dfe_1", "none") == "0:strasse 0:strasse_1 1:1");
  // A whole that does not fit a term is left out, its parts are not.
  const std::string longish = std::string(30, 'a') + "/" + std::string(30, 'b');
  CHECK(TokensOf(longish).size() == 2);
  CHECK(TokensOf(longish.substr(1)).size() == 3);
}

TEST_CASE("tokens carry the bytes they stand for", "[text]") {
  const std::string text = "Z\u00fcrich's snake_case, \u6771\u4eac\u90fd e\u0301t\u00e9.";
  std::vector<std::string> slices;
  for (const Token& token : TokensOf(text)) slices.push_back(text.substr(token.start, token.end - token.start));
  CHECK(slices == std::vector<std::string>{"Z\u00fcrich's", "snake", "snake_case", "case", "\u6771\u4eac",
                                           "\u4eac\u90fd", "e\u0301t\u00e9"});
}

TEST_CASE("invalid UTF-8 separates words", "[text]") {
  CHECK(Shown("ab\xff"
              "cd\xc3",
              "none") == "0:ab 1:cd");
  CHECK(Shown("x\xed\xa0\x80y\xf4\x90\x80\x80z\xc0\xaf", "none") == "0:x 1:y 2:z");
  CHECK(Shown("caf\xc3\xa9\xe2\x82", "none") == "0:caf\u00e9");
}

TEST_CASE("terms are at most 64 bytes and cut at a character", "[text]") {
  std::string word;
  for (int i = 0; i < 100; ++i) word += "\u00e9";
  const std::vector<Token> tokens = TokensOf("x" + word, "none");
  REQUIRE(tokens.size() == 1);
  CHECK(tokens[0].term.size() == 63);
  CHECK(FindInvalidUtf8(tokens[0].term) == std::string_view::npos);
  CHECK(tokens[0].end == 201);
  CHECK(TokensOf(std::string(1 << 20, 'a'), "english").size() == 1);
  std::string marks = "e";
  for (int i = 0; i < 100'000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0316";
  CHECK(TokensOf(marks).size() == 1);
}

TEST_CASE("any bytes give valid terms in order", "[text][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {"word", "_",      "-",      ".",      "/",      "'",          " ",
                                           "\xff", "\u00e9", "\u0301", "\u6771", "\u30ac", "\uff9e",     "\u200d",
                                           "7",    "\u2019", "s",      "\xe2",   "\ufdfa", "\U0001F600", "\u0e01"};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t n = random() % 30; n > 0; --n) text += pieces[random() % pieces.size()];
    INFO("text " << Printable(text));
    uint32_t position = 0;
    for (const Token& token : TokensOf(text)) {
      REQUIRE(!token.term.empty());
      REQUIRE(token.term.size() <= 64);
      REQUIRE(token.term.find('\0') == std::string::npos);
      REQUIRE(FindInvalidUtf8(token.term) == std::string_view::npos);
      REQUIRE(token.start < token.end);
      REQUIRE(token.end <= text.size());
      REQUIRE(token.position >= position);
      position = token.position;
    }
  }
}

TEST_CASE("stop words are known by their stems", "[text]") {
  const auto english = Analyzer::Make("english").value();
  CHECK(english->IsStopWord("the"));
  CHECK(english->IsStopWord(TokensOf("this")[0].term));
  CHECK_FALSE(english->IsStopWord("wing"));
  CHECK(Analyzer::Make("german").value()->IsStopWord("und"));
  CHECK_FALSE(Analyzer::Make("none").value()->IsStopWord("the"));
}

TEST_CASE("an unknown language is refused with the known ones", "[text]") {
  const auto made = Analyzer::Make("klingon");
  REQUIRE_FALSE(made.ok());
  CHECK(made.status().code() == Code::kInvalidArgument);
  CHECK(made.status().message().find("'klingon'") != std::string_view::npos);
  CHECK(made.status().message().find("english") != std::string_view::npos);
}

TEST_CASE("an analyzer may be used by several threads", "[text]") {
  const auto analyzer = Analyzer::Make("english").value();
  const std::string text = "Connecting connections of several independent workers";
  std::vector<Token> expected;
  analyzer->Analyze(text, &expected);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        std::vector<Token> tokens;
        analyzer->Analyze(text, &tokens);
        for (size_t j = 0; j < expected.size(); ++j) wrong[t] += tokens.at(j).term != expected[j].term ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

// term=counts of title, section and body:positions, by term.
std::string Shown(const WordList& words) {
  std::vector<std::string> lines;
  for (const WordList::Entry& entry : words.entries) {
    const FieldCounts& counts = entry.counts;
    std::string& line = lines.emplace_back(std::string(words.TermOf(entry)) + "=");
    for (const uint32_t count : {counts.title, counts.section, counts.body}) line += std::to_string(count);
    line += ":";
    for (const uint32_t position : words.PositionsOf(entry)) line += std::to_string(position) + ",";
  }
  std::sort(lines.begin(), lines.end());
  std::string shown;
  for (const std::string& line : lines) shown += line + " ";
  return shown;
}

TEST_CASE("a word list counts words", "[text]") {
  const auto analyzer = Analyzer::Make("english").value();
  const WordList words = ListWords(*analyzer, "The cat and the snake_case cat");
  CHECK(words.lengths == FieldLengths{.body = 4});  // cat snake case cat
  CHECK(Shown(words) == "and=001:2, case=001:5, cat=002:1,6, snake=001:4, snake_case=001:4, the=002:0,3, ");
  CHECK(ListWords(*analyzer, "").entries.empty());
}

TEST_CASE("words are counted by field, with a gap between", "[text]") {
  const auto analyzer = Analyzer::Make("english").value();
  const std::string title = "The cat-flap\n", section = "Cats > Flaps\n";
  const WordList words = ListWords(*analyzer, title + section + "a cat", {title.size(), title.size() + section.size()});
  CHECK(words.lengths == FieldLengths{.body = 1, .title = 2, .section = 2});
  CHECK(Shown(words) == "a=001:133, cat-flap=100:1, cat=111:1,67,134, flap=110:2,68, the=100:0, ");
  CHECK(ListWords(*analyzer, "cat", {3, 3}).lengths == FieldLengths{.title = 1});
  CHECK(Shown(ListWords(*analyzer, "cat dog", {0, 4})) == "cat=010:0, dog=001:65, ");
  CHECK(ListWords(*analyzer, "\n\n", {1, 2}).entries.empty());
}

}  // namespace
}  // namespace quire::text
