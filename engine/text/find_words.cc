#include <algorithm>
#include <utility>

#include "engine/text/unicode.h"
#include "engine/text/word_query.h"
#include "quire/words.h"

namespace quire {
namespace {

using text::QueryLeaf;
using text::QueryWord;
using text::Token;

// Looks for the leaves of a query in the tokens of one text.
class Finder {
 public:
  Finder(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (!IsWhole(i)) at_position_.push_back(i);  // positions count from 0, one token each
    }
  }

  void Find(const QueryLeaf& leaf) {
    for (const QueryWord& whole : leaf.whole) {
      for (size_t i = 0; i < tokens_.size(); ++i) {
        if (IsWhole(i)) MarkIf(whole, i);
      }
    }
    if (leaf.words.size() == 1) {
      for (size_t i = 0; i < tokens_.size(); ++i) MarkIf(leaf.words[0], i);
      return;
    }
    for (size_t position = 0; position < at_position_.size(); ++position) {
      const bool stands = std::all_of(leaf.words.begin(), leaf.words.end(), [&](const QueryWord& word) {
        const size_t at = position + word.offset;
        return at < at_position_.size() && Matches(word, tokens_[at_position_[at]]);
      });
      if (!stands) continue;
      for (const QueryWord& word : leaf.words) MarkIf(word, at_position_[position + word.offset]);
    }
  }

  std::vector<TextRange> Take() {
    std::sort(found_.begin(), found_.end(), [](const TextRange& a, const TextRange& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<TextRange> ranges;
    for (const TextRange& range : found_) {
      if (ranges.empty() || range.begin >= ranges.back().end) {
        ranges.push_back(range);
      } else {
        ranges.back().end = std::max(ranges.back().end, range.end);
      }
    }
    return ranges;
  }

 private:
  bool IsWhole(size_t i) const { return i > 0 && tokens_[i].position == tokens_[i - 1].position; }

  static bool Matches(const QueryWord& word, const Token& token) {
    return token.term == word.term || (!word.prefix.empty() && token.term.starts_with(word.prefix));
  }

  void MarkIf(const QueryWord& word, size_t i) {
    const Token& token = tokens_[i];
    if (!Matches(word, token)) return;
    TextRange range{token.start, token.end};
    // One character of Chinese finds the bigrams that begin with it: it is what is shown.
    if (text::IsLoneUnspaced(word.term)) range.end = std::min(range.end, text::ClusterEnd(text_, range.begin));
    found_.push_back(range);
  }

  const std::string_view text_;
  const std::vector<Token> tokens_;
  std::vector<size_t> at_position_;
  std::vector<TextRange> found_;
};

}  // namespace

Result<std::vector<TextRange>> FindWords(std::string_view text, std::string_view query, std::string_view language) {
  QUIRE_ASSIGN_OR_RETURN(const auto analyzer, text::Analyzer::Make(language));
  Result<text::WordQuery> parsed = text::ParseGrammar(*analyzer, query);
  if (!parsed.ok()) parsed = text::ParseBag(*analyzer, query);
  if (!parsed.ok()) return std::vector<TextRange>();  // no word in it
  std::vector<Token> tokens;
  analyzer->Analyze(text, &tokens);
  Finder finder(text, std::move(tokens));
  for (const QueryLeaf& leaf : parsed->leaves) {
    if (leaf.scored) finder.Find(leaf);
  }
  return finder.Take();
}

}  // namespace quire
