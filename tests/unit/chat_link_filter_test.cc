// What a model writes, without links that no source holds, however its pieces are cut.
#include <catch2/catch.hpp>
#include <random>

#include "extensions/chat/link_filter.h"

namespace quire::chat {
namespace {

bool IsKnown(std::string_view address) { return address == "https://known.example/x" || address == "guide.md" || address == "<img src=known>"; }

std::string Filter(const std::string& text, size_t piece) {
  LinkFilter filter(IsKnown);
  std::string out;
  for (size_t at = 0; at < text.size(); at += piece) out += filter.Feed(text.substr(at, piece));
  return out + filter.End();
}

TEST_CASE("links: what becomes of them", "[chat]") {
  const std::pair<std::string, std::string> cases[] = {
      {"The port is 8080 [1]. See [2][3], [4].", "The port is 8080 [1]. See [2][3], [4]."},
      {"![a cat](http://evil/x.png) [1]", "(image: a cat) [1]"},
      {"[text](https://evil/x) and [other](guide.md)", "text and other (guide.md)"},
      {"https://known.example/x, https://known.example/xyz.", "https://known.example/x, (link left out)."},
      {"HTTPS://EVIL/x www.evil.example http://", "(link left out) (link left out) (link left out)"},
      {"<https://evil/x> <a href='//evil'>x</a> <img src=known>", "&lt;(link left out)> &lt;a href='//evil'>x</a> <img src=known>"},
      {"a < b, c<d> e; <View><Text name='t'/></View>", "a < b, c<d> e; <View><Text name='t'/></View>"},
      {"wow! hello who [not a link] (really) ![", "wow! hello who [not a link] (really) !["},
      {"xhttp://a [![i](http://e)](http://f)", "xhttp://a (image: i)"},
      {"[a\n\nb](c)", "[a\n\nb](c)"},
      {"`curl https://evil/y`", "`curl (link left out)`"},
      {"", ""},
  };
  for (const auto& [text, expected] : cases) {
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{1000}}) {
      INFO(text << " in pieces of " << piece);
      CHECK(Filter(text, piece) == expected);
    }
  }
}

TEST_CASE("links: cut anyhow the text is the same, and nothing is held for long", "[chat]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  constexpr std::string_view kSigns = "[]()!<>hHtps:/w.x \n1=";
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (size_t i = random() % 60; i > 0; --i) text += kSigns[random() % kSigns.size()];
    REQUIRE(Filter(text, 1) == Filter(text, 1000));
  }
  LinkFilter filter(IsKnown);
  const std::string much(100'000, '[');
  CHECK(filter.Feed(much).size() > much.size() - 2000);
}

}  // namespace
}  // namespace quire::chat
