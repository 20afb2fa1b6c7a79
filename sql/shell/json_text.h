// The places where the shell reads JSON. nlohmann stays behind this.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::sql {

// A source of an answer, from the citations column of ASK. What is missing is empty or 0.
struct AnswerSource {
  uint64_t number = 0;
  std::string uri;
  std::string section;
  uint64_t start = 0;
  uint64_t end = 0;
  bool of_chunk = false;      // those bytes are of the chunk's text, not of a file
  uint64_t page = 0;          // 0: none
  std::string included_from;  // the file of those bytes; empty: uri
};
std::vector<AnswerSource> ParseCitations(std::string_view json);  // none for text that is not as expected

// A sentence of an answer, from the column sentences.
struct AnswerSentence {
  std::string text;
  std::string verdict;
  std::string why;  // of "altered": what differs; of "unverified": what came of asking a model; may be empty
  uint64_t citation = 0;
  std::vector<uint64_t> cited;  // what the model cited where `citation` was put instead
};
std::vector<AnswerSentence> ParseSentences(std::string_view json);

}  // namespace quire::sql
