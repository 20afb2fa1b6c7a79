#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/storage/keys.h"
#include "engine/text/posting_reader.h"
#include "engine/text/word_index.h"

namespace quire::text {
namespace {

constexpr char kWordKind = 'W';

Status WithinTerm(Status status, std::string_view term) {
  if (status.ok()) return status;
  return std::move(status).Within("word '" + Printable(term) + "'");
}

// Rewrites the blocks of one term. What comes out as it was is not written again: closing blocks at a fixed size
// makes full blocks without dead numbers come out so.
class TermMerger {
 public:
  TermMerger(const WordSource& source, std::string term, storage::Batch* batch)
      : source_(source), term_(std::move(term)), batch_(batch) {}

  void Add(ChunkNumber first, std::string_view value) { blocks_.emplace_back(first, value); }

  Status Finish() {
    if (blocks_.size() == 1) {
      QUIRE_ASSIGN_OR_RETURN(const bool settled, IsSettled());
      if (settled) return {};
    }
    for (const auto& [first, value] : blocks_) {
      old_.emplace(first, Hash64(value));
      QUIRE_RETURN_IF_ERROR(WithinTerm(Rewrite(first, value), term_));
    }
    if (!block_.empty()) CloseBlock();
    for (const auto& [first, hash] : old_) {
      batch_->Delete(storage::Family::kWord, storage::WordKey(source_.collection, term_, first));
    }
    return {};
  }

 private:
  // Whether the only block is as it would be written: most words are rare, and most merges find them so.
  Result<bool> IsSettled() const {
    const auto& [first, value] = blocks_.front();
    PostingBlockReader reader(first, value);
    bool live = true;
    while (reader.Next()) live = live && source_.chunks->IsLive(reader.number());
    QUIRE_RETURN_IF_ERROR(WithinTerm(reader.status(), term_));
    return live && static_cast<uint8_t>(value[0]) == kPostingVersion;
  }

  Status Rewrite(ChunkNumber first, std::string_view value) {
    PostingBlockReader reader(first, value);
    while (reader.Next()) {
      positions_.clear();
      reader.AppendPositions(&positions_);
      if (!reader.status().ok() || !source_.chunks->IsLive(reader.number())) continue;
      block_.Add(reader.number(), positions_, reader.counts(), source_.chunks->LengthsOf(reader.number()));
      if (block_.full()) CloseBlock();
    }
    return reader.Finished();
  }

  void CloseBlock() {
    const ChunkNumber first = block_.first();
    const std::string value = block_.Encode();
    const auto stored = old_.find(first);
    const bool same = stored != old_.end() && stored->second == Hash64(value);
    if (stored != old_.end()) old_.erase(stored);
    if (!same) batch_->Put(storage::Family::kWord, storage::WordKey(source_.collection, term_, first), value);
    block_.Clear();
  }

  const WordSource& source_;
  const std::string term_;
  storage::Batch* batch_;
  std::vector<std::pair<ChunkNumber, std::string>> blocks_;  // as they are stored
  std::vector<uint32_t> positions_;
  PostingBlock block_;
  std::map<ChunkNumber, uint64_t> old_;  // blocks that are there and have not been written again: first number -> hash
};

}  // namespace

Status MergePostings(const WordSource& source, uint32_t max_terms, std::string* next_term, storage::Batch* batch) {
  storage::Cursor cursor =
      source.snapshot->ScanPrefix(storage::Family::kWord, storage::CollectionPrefix(kWordKind, source.collection));
  if (!next_term->empty()) cursor.Seek(storage::WordPrefix(source.collection, *next_term));
  for (uint32_t done = 0; cursor.Valid(); ++done) {
    QUIRE_ASSIGN_OR_RETURN(WordKeyParts key, ParseWordKey(cursor.key()));
    const std::string term(key.term);
    if (done == max_terms) {
      *next_term = term;
      return {};
    }
    TermMerger merger(source, term, batch);
    while (true) {
      merger.Add(key.first, cursor.value());
      cursor.Next();
      if (!cursor.Valid()) break;
      QUIRE_ASSIGN_OR_RETURN(key, ParseWordKey(cursor.key()));
      if (key.term != term) break;
    }
    QUIRE_RETURN_IF_ERROR(merger.Finish());
  }
  next_term->clear();
  return cursor.status();
}

Status VisitPostings(const WordSource& source,
                     function_ref<Status(std::string_view, std::span<const ChunkNumber>)> visit) {
  storage::Cursor cursor =
      source.snapshot->ScanPrefix(storage::Family::kWord, storage::CollectionPrefix(kWordKind, source.collection));
  PostingList list;
  for (; cursor.Valid(); cursor.Next()) {
    QUIRE_ASSIGN_OR_RETURN(const WordKeyParts key, ParseWordKey(cursor.key()));
    list.numbers.clear();
    list.positions.clear();
    PostingBlockReader reader(key.first, cursor.value());
    while (reader.Next()) {
      list.numbers.push_back(reader.number());
      reader.AppendPositions(&list.positions);
    }
    QUIRE_RETURN_IF_ERROR(WithinTerm(reader.Finished(), key.term));
    QUIRE_RETURN_IF_ERROR(visit(key.term, list.numbers));
  }
  return cursor.status();
}

}  // namespace quire::text
