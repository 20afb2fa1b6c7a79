#include "engine/base/instructions.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>

namespace quire {
namespace {

// Looked for in text of small letters with single spaces, as whole words.
constexpr std::string_view kPhrases[] = {"<system>",
                                         "</system>",
                                         "</source>",
                                         "</context>",
                                         "<|im_start|>",
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

// Which characters are the second and the third of a phrase, by the one before: few words of a text get that far.
struct Beginnings {
  constexpr void Add(std::string_view phrase) {
    second[Index(phrase[0])] |= Bit(phrase[1]);
    third[Index(phrase[1])] |= Bit(phrase[2]);
  }
  constexpr bool Holds(const char* at) const {
    return (second[Index(at[0])] & Bit(at[1])) != 0 && (third[Index(at[1])] & Bit(at[2])) != 0;
  }
  static constexpr size_t Index(char c) { return static_cast<unsigned char>(c); }
  static constexpr uint64_t Bit(char c) { return uint64_t{1} << (Index(c) & 63); }

  uint64_t second[256] = {}, third[256] = {};
};
constexpr Beginnings kBeginnings = [] {
  Beginnings beginnings;
  for (const std::string_view phrase : kPhrases) beginnings.Add(phrase);
  for (const std::string_view phrase : kDropping) beginnings.Add(phrase);
  return beginnings;
}();

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

bool StandsAt(std::string_view text, size_t at, std::string_view phrase) {
  if (text.substr(at, phrase.size()) != phrase) return false;
  const size_t end = at + phrase.size();
  return end == text.size() || !IsLetter(phrase.back()) || !IsLetter(text[end]);
}

// In small letters, each run of white space and emphasis one space.
std::string Plain(std::string_view text) {
  std::string plain(text.size(), '\0');
  char* at = plain.data();
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '*' || c == '_' || c == '"';
    if (!blank) {
      *at++ = c;
    } else if (at != plain.data() && at[-1] != ' ') {
      *at++ = ' ';
    }
  }
  plain.resize(static_cast<size_t>(at - plain.data()));
  return plain;
}

}  // namespace

bool LooksLikeInstruction(std::string_view text) {
  const std::string plain = Plain(text);
  for (size_t at = 0; at + 2 < plain.size(); ++at) {
    if (!kBeginnings.Holds(plain.data() + at)) continue;
    if (at > 0 && IsLetter(plain[at]) && IsLetter(plain[at - 1])) continue;  // inside a word
    const auto here = [&](std::string_view phrase) { return StandsAt(plain, at, phrase); };
    if (std::any_of(std::begin(kPhrases), std::end(kPhrases), here)) return true;
    for (const std::string_view dropping : kDropping) {
      const auto behind = [&](std::string_view what) { return StandsAt(plain, at + dropping.size(), what); };
      if (here(dropping) && std::any_of(std::begin(kDropped), std::end(kDropped), behind)) return true;
    }
  }
  return false;
}

}  // namespace quire
