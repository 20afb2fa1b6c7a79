#include "engine/text/word_list.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/base/hash.h"

namespace quire::text {

WordList WordLister::List(std::string_view text, const FieldEnds& ends) {
  tokens_.clear();
  analyzer_.Analyze(text, &tokens_);
  words_.entries.clear();
  words_.terms.clear();
  words_.sequence.clear();
  stop_.clear();
  slots_.assign(std::bit_ceil(2 * tokens_.size() + 1), 0);
  const size_t title_end = TokensWithin(ends.title), section_end = TokensWithin(ends.section);
  CountTokens(title_end, section_end);
  PlaceTokens(title_end, section_end);
  return words_;
}

// How many of the tokens, which ascend, end within the first `end` bytes.
size_t WordLister::TokensWithin(size_t end) const {
  const auto behind = std::partition_point(tokens_.begin(), tokens_.end(), [&](const Token& t) { return t.end <= end; });
  return static_cast<size_t>(behind - tokens_.begin());
}

void WordLister::CountTokens(size_t title_end, size_t section_end) {
  entry_of_.resize(tokens_.size());
  std::array<uint64_t, 3> lengths{};
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const size_t field = i < title_end ? 0 : i < section_end ? 1 : 2;
    entry_of_[i] = EntryOf(tokens_[i].term);
    FieldCounts& counts = words_.entries[entry_of_[i]].counts;
    ++(field == 0 ? counts.title : field == 1 ? counts.section : counts.body);
    const bool whole = i > 0 && tokens_[i].position == tokens_[i - 1].position;
    if (whole) continue;
    words_.sequence.push_back(entry_of_[i]);
    if (!stop_[entry_of_[i]]) ++lengths[field];
  }
  words_.lengths = {.body = static_cast<uint32_t>(lengths[2]),
                    .title = static_cast<uint16_t>(std::min<uint64_t>(lengths[0], UINT16_MAX)),
                    .section = static_cast<uint16_t>(std::min<uint64_t>(lengths[1], UINT16_MAX))};
}

void WordLister::PlaceTokens(size_t title_end, size_t section_end) {
  uint32_t begin = 0;
  for (WordList::Entry& entry : words_.entries) {
    entry.positions_begin = entry.positions_end = begin;
    begin += static_cast<uint32_t>(entry.counts.total());
  }
  words_.positions.resize(tokens_.size());
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const uint32_t gaps = kFieldGap * ((i >= title_end && title_end > 0 ? 1u : 0u) +
                                       (i >= section_end && section_end > title_end ? 1u : 0u));
    words_.positions[words_.entries[entry_of_[i]].positions_end++] = tokens_[i].position + gaps;
  }
}

// The entry of a term, made where there is none. Half of the slots stay free.
uint32_t WordLister::EntryOf(const std::string& term) {
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

}  // namespace quire::text
