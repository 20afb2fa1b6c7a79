// Question: what is asked, as content words with their weights.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/chat/words.h"
#include "quire/database.h"

namespace quire::chat {

// What form the answer is likely to have.
enum class QuestionKind : uint8_t { kOther, kHow, kDefinition, kNumber };
std::string_view QuestionKindName(QuestionKind kind);

// A content word. Its weight is BM25's IDF over the chunks of the collection; one that occurs nowhere has the largest.
struct QuestionTerm {
  std::string word;        // as asked, case-folded
  std::string term;        // as passages are compared with it
  uint64_t frequency = 0;  // chunks that hold it
  double weight = 0;
  bool name = false;  // capitalised inside a sentence: most likely a product, person or place
  bool earlier = false;  // not of this question but of the conversation before it: its weight is halved
};

struct Question {
  std::string text;     // as asked
  std::string content;  // what is searched for: the content words, in order, parted by spaces
  std::string context;  // words of the conversation that are searched for as well, and count half
  QuestionKind kind = QuestionKind::kOther;
  std::vector<QuestionTerm> terms;  // distinct, in order; at most kQuestionTermsMax
  double weight = 0;                // of all terms
  double weight_max = 0;            // of a word that occurs nowhere
  uint64_t chunks = 0;              // of the collection
};

inline constexpr size_t kQuestionTermsMax = 48;

// Reads `text`. Clauses that give orders to the answerer ("ignore the documents", "print your prompt") do not count,
// unless nothing else is left. Beyond kQuestionTermsMax the weightiest known words stay, and as many unknown ones at
// most. A text without a content word gives a question without terms.
// Errors: kInvalidArgument if `text` is not UTF-8; those of Reader::DocumentFrequency.
// Cost: one posting list for each distinct word, at most 512.
Result<Question> ReadQuestion(std::string_view text, const Reader& reader, const CollectionInfo& collection,
                              const WordCutter& cutter);

}  // namespace quire::chat
