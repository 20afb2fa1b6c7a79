#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/storage/keys.h"
#include "engine/text/word_index.h"

namespace quire::text {
namespace {

uint64_t HeadOf(std::string_view term) {
  uint64_t head = 0;
  std::memcpy(&head, term.data(), std::min(term.size(), sizeof head));
  return __builtin_bswap64(head);
}

// How many of the tokens, which ascend, end within the first `end` bytes.
size_t TokensWithin(const std::vector<Token>& tokens, size_t end) {
  const auto behind = std::partition_point(tokens.begin(), tokens.end(), [&](const Token& t) { return t.end <= end; });
  return static_cast<size_t>(behind - tokens.begin());
}

// Lists the tokens of one text.
class Lister {
 public:
  Lister(const Analyzer& analyzer, const std::vector<Token>& tokens)
      : analyzer_(analyzer), tokens_(tokens), slots_(std::bit_ceil(2 * tokens.size() + 1), 0) {
    words_.entries.reserve(tokens.size());
    words_.terms.reserve(6 * tokens.size());
  }

  WordList Run(size_t title_end, size_t section_end) {
    std::vector<uint32_t> entry_of(tokens_.size());
    std::array<uint64_t, 3> lengths{};
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const size_t field = i < title_end ? 0 : i < section_end ? 1 : 2;
      entry_of[i] = EntryOf(tokens_[i].term);
      WordList::Entry& entry = words_.entries[entry_of[i]];
      ++(field == 0 ? entry.counts.title : field == 1 ? entry.counts.section : entry.counts.body);
      const bool whole = i > 0 && tokens_[i].position == tokens_[i - 1].position;
      if (!whole && !stop_[entry_of[i]]) ++lengths[field];
    }
    words_.lengths = {.body = static_cast<uint32_t>(lengths[2]),
                      .title = static_cast<uint16_t>(std::min<uint64_t>(lengths[0], UINT16_MAX)),
                      .section = static_cast<uint16_t>(std::min<uint64_t>(lengths[1], UINT16_MAX))};
    uint32_t begin = 0;
    for (WordList::Entry& entry : words_.entries) {
      entry.positions_begin = entry.positions_end = begin;
      begin += static_cast<uint32_t>(entry.counts.total());
    }
    words_.positions.resize(tokens_.size());
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const uint32_t gaps = kFieldGap * ((i >= title_end && title_end > 0 ? 1u : 0u) +
                                         (i >= section_end && section_end > title_end ? 1u : 0u));
      words_.positions[words_.entries[entry_of[i]].positions_end++] = tokens_[i].position + gaps;
    }
    return std::move(words_);
  }

 private:
  // The entry of a term, made where there is none: open addressing, half of the slots stay free.
  uint32_t EntryOf(const std::string& term) {
    const size_t mask = slots_.size() - 1;
    for (size_t slot = Hash64(term) & mask;; slot = (slot + 1) & mask) {
      if (slots_[slot] == 0) {
        WordList::Entry& entry = words_.entries.emplace_back();
        entry.term_begin = static_cast<uint32_t>(words_.terms.size());
        words_.terms.append(term);
        entry.term_end = static_cast<uint32_t>(words_.terms.size());
        stop_.push_back(analyzer_.IsStopWord(term));
        slots_[slot] = static_cast<uint32_t>(words_.entries.size());
      }
      const uint32_t index = slots_[slot] - 1;
      if (words_.TermOf(words_.entries[index]) == term) return index;
    }
  }

  const Analyzer& analyzer_;
  const std::vector<Token>& tokens_;
  std::vector<uint32_t> slots_;  // 1 + index of an entry; 0: free
  std::vector<bool> stop_;       // by entry
  WordList words_;
};

}  // namespace

WordList ListWords(const Analyzer& analyzer, std::string_view text, const FieldEnds& ends) {
  std::vector<Token> tokens;
  tokens.reserve(text.size() / 5);
  analyzer.Analyze(text, &tokens);
  return Lister(analyzer, tokens).Run(TokensWithin(tokens, ends.title), TokensWithin(tokens, ends.section));
}

void PostingWriter::Add(ChunkNumber number, const WordList& words) {
  for (const WordList::Entry& entry : words.entries) {
    const std::string_view term = words.TermOf(entry);
    auto found = terms_.find(term);
    if (found == terms_.end()) found = terms_.emplace(std::string(term), Blocks()).first;
    Blocks& blocks = found->second;
    blocks.open.Add(number, words.PositionsOf(entry), entry.counts, words.lengths);
    if (blocks.open.full()) {
      blocks.closed.emplace_back(blocks.open.first(), blocks.open.Encode());
      blocks.open.Clear();
    }
  }
}

void PostingWriter::Write(uint32_t collection, storage::Batch* batch) const {
  struct Sorted {
    uint64_t head;  // most comparisons end at the first eight bytes
    const std::pair<const std::string, Blocks>* term;
  };
  std::vector<Sorted> sorted;
  sorted.reserve(terms_.size());
  for (const auto& term : terms_) sorted.push_back({HeadOf(term.first), &term});
  std::sort(sorted.begin(), sorted.end(), [](const Sorted& a, const Sorted& b) {
    return a.head != b.head ? a.head < b.head : a.term->first < b.term->first;
  });
  for (const auto& [head, term] : sorted) {
    const Blocks& blocks = term->second;
    const auto put = [&](ChunkNumber first, std::string_view value) {
      batch->Put(storage::Family::kWord, storage::WordKey(collection, term->first, first), value);
    };
    for (const auto& [first, value] : blocks.closed) put(first, value);
    if (!blocks.open.empty()) put(blocks.open.first(), blocks.open.Encode());
  }
}

}  // namespace quire::text
