#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "sql/bind/like.h"

namespace quire::sql {
namespace {

// LIKE by its definition, for short inputs of single bytes.
bool Oracle(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') return Oracle(text, pattern.substr(1)) || (!text.empty() && Oracle(text.substr(1), pattern));
  if (text.empty()) return false;
  return (pattern[0] == '_' || pattern[0] == text[0]) && Oracle(text.substr(1), pattern.substr(1));
}

TEST_CASE("bind: LIKE agrees with its definition", "[bind]") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto word = [&](const char* letters, size_t count, size_t max) {
    std::string out;
    for (size_t n = random() % (max + 1); n > 0; --n) out += letters[random() % count];
    return out;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = word("ab", 2, 8), pattern = word("ab%_", 4, 7);
    if (LikeMatches(text, pattern) == Oracle(text, pattern)) continue;
    FAIL("'" << text << "' LIKE '" << pattern << "'");
  }
}

TEST_CASE("bind: LIKE on long text does not blow up", "[bind]") {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "%a";
  CHECK_FALSE(LikeMatches(std::string(20'000, 'a'), pattern + "%b"));
  CHECK(LikeMatches(std::string(20'000, 'a'), pattern + "%"));
}

TEST_CASE("bind: a backslash in LIKE takes the next character as it is", "[bind]") {
  CHECK(LikeMatches("50%", "50\\%"));
  CHECK_FALSE(LikeMatches("50x", "50\\%"));
  CHECK(LikeMatches("a\\", "a\\"));
  CHECK(LikeMatches("a_b", "a\\_b"));
}

}  // namespace
}  // namespace quire::sql
