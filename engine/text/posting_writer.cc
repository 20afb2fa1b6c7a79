#include <algorithm>
#include <cstring>

#include "engine/storage/keys.h"
#include "engine/text/headings.h"
#include "engine/text/word_index.h"

namespace quire::text {
namespace {

// A token by its first eight bytes: most comparisons of a sort end there.
struct SortKey {
  uint64_t head;
  uint32_t token;
  bool longer;  // than the head; two equal heads that are not are equal terms, for a term holds no zero byte
};

uint64_t HeadOf(std::string_view term) {
  uint64_t head = 0;
  std::memcpy(&head, term.data(), std::min(term.size(), sizeof head));
  return __builtin_bswap64(head);
}

// The tokens' indexes, by term and then by position.
std::vector<SortKey> SortedByTerm(const std::vector<Token>& tokens) {
  std::vector<SortKey> keys(tokens.size());
  for (uint32_t i = 0; i < keys.size(); ++i) {
    const std::string& term = tokens[i].term;
    keys[i] = {HeadOf(term), i, term.size() > sizeof(uint64_t)};
  }
  std::sort(keys.begin(), keys.end(), [&](const SortKey& a, const SortKey& b) {
    if (a.head != b.head) return a.head < b.head;
    if (!a.longer && !b.longer) return a.token < b.token;
    const int order = tokens[a.token].term.compare(tokens[b.token].term);
    return order != 0 ? order < 0 : a.token < b.token;
  });
  return keys;
}

uint32_t LengthOf(const Analyzer& analyzer, const std::vector<Token>& tokens) {
  uint32_t length = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const bool whole = i > 0 && tokens[i].position == tokens[i - 1].position;
    if (!whole && !analyzer.IsStopWord(tokens[i].term)) ++length;
  }
  return length;
}

// Their entries. Tokens ascend by position.
WordList ListTokens(const Analyzer& analyzer, std::vector<Token> tokens) {
  WordList words;
  words.length = LengthOf(analyzer, tokens);
  words.entries.reserve(tokens.size());
  for (const SortKey& key : SortedByTerm(tokens)) {
    Token& token = tokens[key.token];
    if (words.entries.empty() || words.entries.back().term != token.term) {
      words.entries.push_back({std::move(token.term), {}});
    }
    std::vector<uint32_t>& positions = words.entries.back().positions;
    if (positions.empty() || positions.back() != token.position) positions.push_back(token.position);
  }
  return words;
}

}  // namespace

WordList ListWords(const Analyzer& analyzer, std::string_view text) { return ListWordsWithHeading(analyzer, text, 0); }

WordList ListWordsWithHeading(const Analyzer& analyzer, std::string_view text, size_t heading_bytes) {
  std::vector<Token> tokens;
  tokens.reserve(text.size() / 5);
  analyzer.Analyze(text, &tokens);
  size_t of_heading = 0;
  while (of_heading < tokens.size() && tokens[of_heading].end <= heading_bytes) ++of_heading;
  for (uint32_t copy = 1; copy < kHeadingWeight && of_heading > 0; ++copy) {
    const uint32_t behind = tokens.back().position + 1 + kHeadingGap;
    for (size_t i = 0; i < of_heading; ++i) {
      Token& token = tokens.emplace_back(Token(tokens[i]));
      token.position += behind;
    }
  }
  return ListTokens(analyzer, std::move(tokens));
}

void PostingWriter::Add(ChunkNumber number, const WordList& words) {
  for (const WordList::Entry& entry : words.entries) {
    auto found = terms_.find(std::string_view(entry.term));
    if (found == terms_.end()) found = terms_.emplace(entry.term, Blocks()).first;
    Blocks& blocks = found->second;
    blocks.open.Add(number, entry.positions);
    if (blocks.open.full()) {
      blocks.closed.emplace_back(blocks.open.first(), blocks.open.Encode());
      blocks.open.Clear();
    }
  }
}

void PostingWriter::Write(uint32_t collection, storage::Batch* batch) const {
  std::vector<const std::pair<const std::string, Blocks>*> sorted;
  sorted.reserve(terms_.size());
  for (const auto& term : terms_) sorted.push_back(&term);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* term : sorted) {
    const Blocks& blocks = term->second;
    const auto put = [&](ChunkNumber first, std::string_view value) {
      batch->Put(storage::Family::kWord, storage::WordKey(collection, term->first, first), value);
    };
    for (const auto& [first, value] : blocks.closed) put(first, value);
    if (!blocks.open.empty()) put(blocks.open.first(), blocks.open.Encode());
  }
}

}  // namespace quire::text
