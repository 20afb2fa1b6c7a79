// What Tab offers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::sql {

// Everything that can be completed. What is not known is empty.
struct CompletionWords {
  std::vector<std::string> commands{};     // with their dot
  std::vector<std::string> keywords{};     // in capitals
  std::vector<std::string> functions{};    // without parenthesis
  std::vector<std::string> collections{};  // and system tables
  std::vector<std::string> columns{};
};

// The keywords of the language, one word each.
std::vector<std::string> CompletionKeywords();

struct Completion {
  size_t word_bytes = 0;                  // of the word before the cursor
  std::vector<std::string> candidates{};  // whole words that begin so, sorted, each once; none inside a string
};
// For the text before the cursor. Keywords are offered in the case in which the word was begun.
Completion Complete(std::string_view before, const CompletionWords& words);

// The longest text with which all begin. REQUIRES: there is one.
std::string CommonPrefix(const std::vector<std::string>& candidates);

}  // namespace quire::sql
