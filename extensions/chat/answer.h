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
  uint32_t citation = 0;           // number of the citation; 0: none
  std::string_view verdict;        // "supported", "altered", "unverified", "supported by model" (model_check.h)
  std::string difference{};        // of "altered": what differs
  std::vector<uint32_t> cited{};   // what a model cited instead of `citation`, which supports it
  uint64_t quote_start = 0, quote_end = 0;  // of the citation
  std::vector<uint32_t> numbers{};  // of the sources it is shown with
  std::string check{};              // of "unverified", where a model was to be asked: what came of it
};

struct Answer {
  int64_t id = 0;  // in quire_answers; 0: it is not kept
  std::string_view status = "refused";  // "answered", "partial", "refused", "error"
  // "no_match", "low_coverage", "not_in_sources", "unsupported", "budget", "provider_error"; "weak_match": answered, be careful; else empty
  std::string_view reason;
  std::string text;
  double confidence = 0;            // in [0, 1); 0.5 at the gate's threshold
  std::vector<Citation> citations;  // none for a refusal
  std::vector<AnswerSentence> sentences;
  std::string model = "extractive";
  int64_t version = 1;
  int64_t tokens_in = 0;   // what a model read; 0: none was called
  int64_t tokens_out = 0;  // of the answer; estimated where nobody counted
  double cost = 0;         // by the prices of the model
  std::string query{};     // what was searched for, where it is not the question alone
  std::string note{};      // what went otherwise than asked: which model failed, what was not kept
  double ms = 0;
};

// How many tokens so many bytes of text are, where no tokenizer is known: bytes / 3.5, and 10 %.
int64_t EstimateTokens(size_t bytes);

// The citations' quotes as an answer, but for further ones: each followed by its number, "[1]", with blank lines between.
std::string JoinQuotes(const std::vector<Citation>& citations);

// [{"n":1,"uri":...}, ...]: the column citations.
std::string CitationsJson(const std::vector<Citation>& citations);

// [{"text":...,"citation":1,"verdict":"supported"}, ...]: the column sentences.
std::string SentencesJson(const std::vector<AnswerSentence>& sentences);

// The one row.
sql::RowSet AnswerRow(const Answer& answer);

}  // namespace quire::chat
