#include "extensions/chat/fence.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

// Looked for in case-folded text with single spaces, as whole words.
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
                                         "ignore your",
                                         "ignore the documents",
                                         "ignore the sources",
                                         "ignore these documents",
                                         "disregard all",
                                         "disregard previous",
                                         "disregard the above",
                                         "disregard your",
                                         "forget the sources",
                                         "forget the documents",
                                         "forget your",
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

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

bool HasPhrase(const std::string& text, std::string_view phrase) {
  for (size_t at = text.find(phrase); at != std::string::npos; at = text.find(phrase, at + 1)) {
    const size_t end = at + phrase.size();
    const bool starts = at == 0 || !IsLetter(phrase.front()) || !IsLetter(text[at - 1]);
    const bool ends = end == text.size() || !IsLetter(phrase.back()) || !IsLetter(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

// Case-folded, each run of white space and emphasis one space.
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : FoldCase(text)) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '*' || c == '_' || c == '"';
    if (!blank) {
      plain += c;
    } else if (!plain.empty() && plain.back() != ' ') {
      plain += ' ';
    }
  }
  return plain;
}

}  // namespace

bool LooksLikeInstruction(std::string_view text) {
  const std::string plain = Plain(text);
  return std::any_of(std::begin(kPhrases), std::end(kPhrases),
                     [&](std::string_view phrase) { return HasPhrase(plain, phrase); });
}

}  // namespace quire::chat
