// Word queries: from text to a tree of words and phrases. Grammar: engine/doc/word_index.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/analyzer.h"
#include "quire/status.h"

namespace quire::text {

inline constexpr int kQueryDepthMax = 200;    // parentheses in parentheses
inline constexpr uint32_t kNearDefault = 10;  // words between, for NEAR without a number

// One place of a phrase: the term, and every term that begins with `prefix` if that is not empty.
struct QueryWord {
  std::string term;
  std::string prefix;
  uint32_t offset = 0;  // words after the first of the phrase
};

// What is looked up and scored as one: a word, or a phrase.
struct QueryLeaf {
  std::vector<QueryWord> words;  // never empty
  std::vector<QueryWord> whole;  // of a compound such as snake_case, at most one: stands for the phrase if it occurs
  bool is_whole = false;         // in a bag: a whole whose parts are in the bag as well
  uint32_t times = 1;            // how often a bag says it
  bool scored = false;           // occurs outside NOT
  bool near = false;             // occurs beside NEAR: its positions are wanted

  uint32_t width() const { return words.back().offset + 1; }  // in words
};

struct QueryNode {
  enum class Kind : uint8_t {
    kLeaf,
    kAnd,   // all children, none of the excluded; at least one child
    kOr,    // any child
    kNear,  // leaves, each at most `distance` words from the one before it
  };
  Kind kind = Kind::kLeaf;
  size_t leaf = 0;        // kLeaf: index of it
  uint32_t distance = 0;  // of a child of kNear: words that may stand between it and the child before
  std::vector<std::unique_ptr<QueryNode>> children;
  std::vector<std::unique_ptr<QueryNode>> excluded;
};

struct WordQuery {
  std::vector<QueryLeaf> leaves;    // distinct
  std::unique_ptr<QueryNode> root;  // null for a bag: any leaf
};

// A bag: its distinct words in order, with how often each is said. Stop words are left out unless there is nothing
// else. Errors: kInvalidArgument if there is no word.
Result<WordQuery> ParseBag(const Analyzer& analyzer, std::string_view text);

// Terms, AND, OR, NOT, leading '-', parentheses, "phrases", prefix*, NEAR/n; neighbours without operator are ANDed.
// Errors: kSyntaxError with a position; kInvalidArgument if there is no word.
Result<WordQuery> ParseGrammar(const Analyzer& analyzer, std::string_view text);

// The leaf that a piece of text without operators stands for; its words are empty if it has none.
QueryLeaf MakeLeaf(const Analyzer& analyzer, std::string_view text, bool prefix);

}  // namespace quire::text
