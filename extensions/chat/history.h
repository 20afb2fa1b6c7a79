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

// The question with the weighty words of earlier questions (and of the last answer), which count half; as it is if it
// needs no help: there are no turns, or it names enough by itself. Answers are never a source, only words to search by.
// Errors: those of Reader::DocumentFrequency.
Result<Question> ExpandQuestion(const Question& question, std::span<const Turn> turns, const Reader& reader,
                                const CollectionInfo& collection, const WordCutter& cutter);

}  // namespace quire::chat
