// Guards: what must be the same in a sentence and its source, however alike their words are.
#pragma once

#include <string>
#include <string_view>

namespace quire::chat {

struct Difference {
  std::string what{};  // "number: answer has '9090', source has '8080'"; empty: none
  // Whether the source says otherwise, not only less.
  bool contradicts = false;
};

// Compares `claim` with `window`, the sentences of the source it is most like. `context` (the heading path) may supply names and
// numbers as well. `rest` is the whole source: what stands elsewhere in it is missing here, but not contradicted.
// Numbers with their units, number words, versions, flags, identifiers, file names, URLs and code spans must occur;
// what is negated must be negated, what is not must not; and none of a pair of opposites may have become the other.
// Empty claims differ in nothing.
struct Compared {
  std::string_view claim;
  std::string_view window;
  std::string_view context;
  std::string_view rest;
};
Difference FindDifference(const Compared& texts);

// Whether a word that negates stands in `text`.
bool HasNegation(std::string_view text);

// Whether `token` stands in `text` by itself, not within a longer name or number.
bool HoldsToken(std::string_view text, std::string_view token);

}  // namespace quire::chat
