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

}  // namespace

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

// Fetched from memory while the terms before them are worked on: the slots of those farther ahead, then the terms they lead to.
void PostingWriter::Prefetch(std::span<const WordList::Entry> ahead) const {
  constexpr size_t kSlotsAhead = 8, kTermsAhead = 4;
  if (slots_.empty()) return;
  const auto slot = [&](size_t at) { return &slots_[ahead[at].hash & (slots_.size() - 1)]; };
  if (ahead.size() > kSlotsAhead) __builtin_prefetch(slot(kSlotsAhead));
  if (ahead.size() > kTermsAhead) __builtin_prefetch(slot(kTermsAhead)->term);
}

void PostingWriter::Add(ChunkNumber number, const WordList& words) {
  for (size_t i = 0; i < words.entries.size(); ++i) {
    const WordList::Entry& entry = words.entries[i];
    Prefetch(std::span(words.entries).subspan(i));
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
