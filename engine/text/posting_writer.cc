#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/base/bytes.h"
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
    const uint64_t hash = Hash64(term);
    for (size_t slot = hash & mask;; slot = (slot + 1) & mask) {
      if (slots_[slot] == 0) {
        WordList::Entry& entry = words_.entries.emplace_back();
        entry.hash = hash;
        entry.term_begin = static_cast<uint32_t>(words_.terms.size());
        words_.terms.append(term);
        entry.term_end = static_cast<uint32_t>(words_.terms.size());
        stop_.push_back(analyzer_.IsStopWord(term));
        slots_[slot] = static_cast<uint32_t>(words_.entries.size());
      }
      const uint32_t index = slots_[slot] - 1;
      const WordList::Entry& entry = words_.entries[index];
      if (entry.hash == hash && words_.TermOf(entry) == term) return index;
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

PostingWriter::Term& PostingWriter::TermOf(uint64_t hash, std::string_view term) {
  if (2 * terms_.size() >= slots_.size()) Grow();
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.term == nullptr) slot = {hash, &terms_.emplace_back(Term{std::string(term), {}, {}})};
    if (slot.hash == hash && slot.term->term == term) return *slot.term;
  }
}

void PostingWriter::Grow() {
  constexpr size_t kSlotsAtFirst = 1024;
  std::vector<Slot> old(std::max(kSlotsAtFirst, 2 * slots_.size()));
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.term == nullptr) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].term != nullptr) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

void PostingWriter::Add(ChunkNumber number, const WordList& words) {
  for (const WordList::Entry& entry : words.entries) {
    Term& term = TermOf(entry.hash, words.TermOf(entry));
    term.open.Add(number, words.PositionsOf(entry), entry.counts, words.lengths);
    if (!term.open.full()) continue;
    term.closed.emplace_back(term.open.first(), term.open.Encode());
    term.open.Clear();
  }
}

void PostingWriter::Write(uint32_t collection, storage::Batch* batch) const {
  struct Sorted {
    uint64_t head;  // most comparisons end at the first eight bytes
    const Term* term;
  };
  std::vector<Sorted> sorted;
  sorted.reserve(terms_.size());
  for (const Term& term : terms_) sorted.push_back({HeadOf(term.term), &term});
  std::sort(sorted.begin(), sorted.end(), [](const Sorted& a, const Sorted& b) {
    return a.head != b.head ? a.head < b.head : a.term->term < b.term->term;
  });
  for (const auto& [head, term] : sorted) {
    std::string key = storage::WordKey(collection, term->term, 0);
    const auto put = [&](ChunkNumber first, std::string_view value) {
      key.resize(key.size() - sizeof first);
      AppendBigEndian(&key, first);
      batch->Put(storage::Family::kWord, key, value);
    };
    for (const auto& [first, value] : term->closed) put(first, value);
    if (!term->open.empty()) put(term->open.first(), term->open.Encode());
  }
}

}  // namespace quire::text
