#include "engine/base/instructions.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace quire {
namespace {

// Looked for as whole words, in large and small letters; a space stands for any white space and emphasis.
constexpr std::string_view kPhrases[] = {"<system>",
                                         "</system>",
                                         "</source>",
                                         "</context>",
                                         "<|im start|>",
                                         "[inst]",
                                         "ignore all previous",
                                         "ignore previous instructions",
                                         "ignore the previous",
                                         "ignore all prior",
                                         "ignore the above",
                                         "ignore everything above",
                                         "ignore all instructions",
                                         "ignore the documents",
                                         "ignore the sources",
                                         "ignore these documents",
                                         "disregard all",
                                         "disregard previous",
                                         "disregard the above",
                                         "forget the sources",
                                         "forget the documents",
                                         "forget everything above",
                                         "forget all previous",
                                         "your system prompt",
                                         "your full system prompt",
                                         "reveal the system prompt",
                                         "print the system prompt",
                                         "from your own knowledge",
                                         "you are now in",
                                         "answer every question",
                                         "refuse any other",
                                         "do not answer from",
                                         "note to ai",
                                         "note to the ai",
                                         "note to language models",
                                         "ai models:",
                                         "ai assistants:",
                                         "assistant:"};

// ... and these with one of those behind it: "forget your password" is said to a reader.
constexpr std::string_view kDropping[] = {"ignore your ", "disregard your ", "forget your "};
constexpr std::string_view kDropped[] = {"documents", "earlier",  "guidelines", "initial",     "instructions",
                                         "original",  "previous", "prior",      "programming", "prompt",
                                         "rules",     "safety",   "sources",    "system",      "training"};

constexpr bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool IsBlank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '*' || c == '_' || c == '"';
}
constexpr char Small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Finds where phrases may begin, all at a time: byte i of the state has a 0 for each of eight kinds of phrases whose beginning was met
// as far as its place i. Source: Baeza-Yates, Gonnet, A New Approach to Text Searching (1992).
struct Beginnings {
  static constexpr size_t kPlaces = sizeof(uint64_t);
  static constexpr size_t kSizeMax = kPlaces - 1, kSizeMin = 4;
  // Of a phrase that many bytes: with what follows its first word, if there is place for that.
  static constexpr size_t SizeOf(std::string_view phrase) {
    return std::min({std::min(phrase.find(' '), phrase.size()) + 2, phrase.size(), kSizeMax});
  }
  // Phrases of a kind share what they accept: those with short beginnings, before which anything may stand, are by themselves.
  static constexpr uint64_t KindOf(std::string_view phrase) {
    const size_t size = SizeOf(phrase);
    return uint64_t{1} << (size < kSizeMax ? size - kSizeMin : 3 + (static_cast<size_t>(phrase[0]) & 3));
  }

  template <size_t kCount>
  constexpr void Add(const std::string_view (&phrases)[kCount]) {
    for (const std::string_view phrase : phrases) {
      for (size_t place = 0; place < kPlaces; ++place) {
        for (size_t c = 0; c < 256; ++c) {
          if (Accepts(phrase, kPlaces - place, static_cast<char>(c))) rejected[c] &= ~(KindOf(phrase) << (8 * place));
        }
      }
    }
  }

  // Whether `c` may stand `back` bytes before the end of the beginning.
  static constexpr bool Accepts(std::string_view phrase, size_t back, char c) {
    const size_t size = SizeOf(phrase);
    if (back > size) return back > size + 1 || !IsLetter(phrase[0]) || !IsLetter(c);  // not inside a word
    const char wanted = phrase[size - back];
    if (wanted == ' ' || (back < size && phrase[size - back - 1] == ' ' && IsBlank(c))) return IsBlank(c);
    return wanted == Small(c);
  }

  std::array<uint64_t, 256> rejected{};  // by each character
};
constexpr Beginnings kBeginnings = [] {
  Beginnings beginnings;
  beginnings.rejected.fill(~uint64_t{0});
  beginnings.Add(kPhrases);
  beginnings.Add(kDropping);
  return beginnings;
}();

// Where a phrase that stands at `at` ends; npos: another text does.
size_t EndOf(std::string_view phrase, std::string_view text, size_t at) {
  for (const char wanted : phrase) {
    if (at >= text.size()) return std::string_view::npos;
    if (wanted == ' ') {
      if (!IsBlank(text[at])) return std::string_view::npos;
      while (at < text.size() && IsBlank(text[at])) ++at;
    } else if (Small(text[at++]) != wanted) {
      return std::string_view::npos;
    }
  }
  const bool inside = at < text.size() && IsLetter(phrase.back()) && IsLetter(text[at]);
  return inside ? std::string_view::npos : at;
}

// Whether an order stands where the beginnings of some kinds of phrases end before `end`.
bool OrderBefore(std::string_view text, size_t end, uint64_t kinds) {
  const auto end_of = [&](std::string_view phrase) {
    const size_t size = Beginnings::SizeOf(phrase);
    if ((kinds & Beginnings::KindOf(phrase)) == 0 || size > end) return std::string_view::npos;
    const size_t at = end - size;
    const bool inside = at > 0 && IsLetter(text[at]) && IsLetter(text[at - 1]);
    return inside ? std::string_view::npos : EndOf(phrase, text, at);
  };
  for (const std::string_view phrase : kPhrases) {
    if (end_of(phrase) != std::string_view::npos) return true;
  }
  for (const std::string_view dropping : kDropping) {
    const size_t behind = end_of(dropping);
    const auto is_there = [&](std::string_view what) { return EndOf(what, text, behind) != std::string_view::npos; };
    if (behind != std::string_view::npos && std::any_of(std::begin(kDropped), std::end(kDropped), is_there))
      return true;
  }
  return false;
}

}  // namespace

bool LooksLikeInstruction(std::string_view text) {
  uint64_t state = kBeginnings.rejected[static_cast<unsigned char>(' ')];
  for (size_t at = 0; at < text.size(); ++at) {
    state = (state << 8) | kBeginnings.rejected[static_cast<unsigned char>(text[at])];
    const uint64_t kinds = ~state >> 56;
    if (kinds != 0 && OrderBefore(text, at + 1, kinds)) return true;
  }
  return false;
}

}  // namespace quire
