#include <string>
#include <utility>

#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/storage/keys.h"
#include "engine/text/posting_reader.h"
#include "engine/text/word_index.h"

namespace quire::text {
namespace {

constexpr char kWordKind = 'W';

// Rewrites the blocks of one term. What comes out as it was is not written again: closing blocks at a fixed size makes
// full blocks without dead numbers come out so.
class TermMerger {
 public:
  TermMerger(const WordSource& source, std::string term, storage::Batch* batch)
      : source_(source), term_(std::move(term)), batch_(batch) {}

  Status Add(ChunkNumber first, std::string_view value) {
    old_.push_back({first, Hash64(value)});
    PostingBlockReader reader(first, value);
    std::vector<uint32_t> positions;
    while (reader.Next()) {
      positions.clear();
      reader.AppendPositions(&positions);
      if (!reader.status().ok() || !source_.chunks->IsLive(reader.number())) continue;
      block_.Add(reader.number(), positions);
      if (block_.full()) CloseBlock();
    }
    return reader.Finished().ok() ? Status() : reader.Finished().Within("word '" + Printable(term_) + "'");
  }

  void Finish() {
    if (!block_.empty()) CloseBlock();
    for (const Stored& gone : old_) {
      batch_->Delete(storage::Family::kWord, storage::WordKey(source_.collection, term_, gone.first));
    }
  }

 private:
  struct Stored {
    ChunkNumber first;
    uint64_t hash;
  };

  void CloseBlock() {
    const ChunkNumber first = block_.first();
    const std::string value = block_.Encode();
    bool same = false;
    for (size_t i = 0; i < old_.size(); ++i) {
      if (old_[i].first != first) continue;
      same = old_[i].hash == Hash64(value);
      old_.erase(old_.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
    if (!same) batch_->Put(storage::Family::kWord, storage::WordKey(source_.collection, term_, first), value);
    block_.Clear();
  }

  const WordSource& source_;
  const std::string term_;
  storage::Batch* batch_;
  PostingBlock block_;
  std::vector<Stored> old_;  // keys that are there and have not been written again
};

}  // namespace
