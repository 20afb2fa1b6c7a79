#include "sql/bind/like.h"

#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

struct PatternCharacter {
  std::string_view character;
  bool any_one = false;   // _
  bool any_many = false;  // %
};

PatternCharacter TakePattern(std::string_view* pattern, std::string_view escape) {
  const std::string_view character = TakeCharacter(pattern);
  if (character == escape && !pattern->empty()) return {.character = TakeCharacter(pattern)};
  if (character == "%") return {.character = character, .any_many = true};
  if (character == "_") return {.character = character, .any_one = true};
  return {.character = character};
}

}  // namespace

bool LikeMatches(std::string_view text, std::string_view pattern, std::string_view escape) {
  // Greedy with one point to come back to: after the last % it is enough to let that one take a character more.
  bool can_retry = false;
  std::string_view retry_text, retry_pattern;
  while (true) {
    if (!pattern.empty()) {
      std::string_view rest = pattern;
      const PatternCharacter wanted = TakePattern(&rest, escape);
      if (wanted.any_many) {
        if (rest.empty()) return true;
        pattern = retry_pattern = rest;
        retry_text = text;
        can_retry = true;
        continue;
      }
      if (!text.empty()) {
        std::string_view text_rest = text;
        const std::string_view character = TakeCharacter(&text_rest);
        if (wanted.any_one || character == wanted.character) {
          text = text_rest;
          pattern = rest;
          continue;
        }
      }
    } else if (text.empty()) {
      return true;
    }
    if (!can_retry || retry_text.empty()) return false;
    TakeCharacter(&retry_text);
    text = retry_text;
    pattern = retry_pattern;
  }
}

}  // namespace quire::sql
