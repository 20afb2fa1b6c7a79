// Answer: what ASK gives, and its one row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/chat/cite.h"
#include "sql/registry/registry.h"

namespace quire::chat {

// A sentence or passage of the answer with the citation it rests on.
struct AnswerSentence {
  std::string text;
  uint32_t citation = 0;     // number of the citation
  std::string_view verdict;  // "supported"
};

struct Answer {
  std::string_view status = "refused";  // "answered", "partial", "refused", "error"
  std::string_view reason;              // "no_match", "low_coverage", "not_in_sources", "budget"; "weak_match": answered, be careful; else empty
  std::string text;
  double confidence = 0;            // in [0, 1); 0.5 at the gate's threshold
  std::vector<Citation> citations;  // none for a refusal
  std::vector<AnswerSentence> sentences;
  std::string_view model = "extractive";
  int64_t version = 1;
  int64_t tokens_in = 0;   // what a model read; 0: none was called
  int64_t tokens_out = 0;  // of the answer, estimated
  double ms = 0;
};

// How many tokens so many bytes of text are, where no tokenizer is known: bytes / 3.5, and 10 %.
int64_t EstimateTokens(size_t bytes);

// The citations' quotes as an answer, but for further ones: each followed by its number, "[1]", with blank lines between.
std::string JoinQuotes(const std::vector<Citation>& citations);

// [{"n":1,"uri":...}, ...]: the column citations.
std::string CitationsJson(const std::vector<Citation>& citations);

// The one row. answer_id is NULL: answers are not stored yet.
sql::RowSet AnswerRow(const Answer& answer);

}  // namespace quire::chat
