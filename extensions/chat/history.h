// History: what was said before a question, and how it helps to find what a follow-up means.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/chat/question.h"

namespace quire::chat {

// One exchange. The answer may be empty: refused, or not kept.
struct Turn {
  std::string question{};
  std::string answer{};
};

// Reads '[{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}, ...]', oldest first: what a chat
// client sends. Roles other than these two are passed over; an answer without a question is as well.
// Errors: kInvalidArgument if it is not JSON of that form; kResourceExhausted beyond kHistoryBytesMax.
Result<std::vector<Turn>> ReadHistory(std::string_view json);

inline constexpr size_t kHistoryBytesMax = 1 << 20;

// What follows the words by which a question says that it begins a new topic ("Now something else, ..."); empty if it does not.
// For such a question the conversation does not count, and those words are no part of it.
std::string_view AfterShift(std::string_view question);

// The question with the weighty words of the last questions before it, which count half. Answers are never a source: they add nothing.
// Errors: those of Reader::DocumentFrequency.
Result<Question> ExpandQuestion(const Question& question, std::span<const Turn> turns, const Reader& reader,
                                const CollectionInfo& collection, const WordCutter& cutter);

}  // namespace quire::chat
