#include "engine/text/posting_reader.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/utf8.h"
#include "engine/storage/keys.h"

namespace quire::text {
namespace {

constexpr char kWordKind = 'W';

// Appends the postings of one block to `out`, those of dead chunks left out.
Status AppendBlock(const ChunkLengths& chunks, ChunkNumber first, std::string_view value, bool positions,
                   PostingList* out) {
  PostingBlockReader reader(first, value);
  while (reader.Next()) {
    const size_t kept = out->positions.size();
    if (positions) reader.AppendPositions(&out->positions);
    if (chunks.IsLive(reader.number())) {
      out->numbers.push_back(reader.number());
      out->counts.push_back(reader.counts());
    } else {
      out->positions.resize(kept);
    }
  }
  return positions ? reader.Finished() : reader.status();
}

FieldCounts Sum(const FieldCounts& a, const FieldCounts& b) {
  return {a.title + b.title, a.section + b.section, a.body + b.body};
}

// The count, in `of`, of the field that the i-th occurrence is in: titles stand first, then sections.
uint32_t& FieldAt(const FieldCounts& occurrences, size_t i, FieldCounts* of) {
  if (i < occurrences.title) return of->title;
  return i < uint64_t{occurrences.title} + occurrences.section ? of->section : of->body;
}

// Reads postings of one source; an object for what all its steps share.
class LeafReader {
 public:
  LeafReader(const WordSource& source, const std::atomic<bool>* cancelled) : source_(source), cancelled_(cancelled) {}

  Result<PostingList> Read(const QueryLeaf& leaf) const {
    QUIRE_RETURN_IF_ERROR(CheckCancelled(cancelled_));
    for (const QueryWord& whole : leaf.whole) {
      QUIRE_ASSIGN_OR_RETURN(PostingList list, ReadWord(whole, leaf.near));
      if (list.size() > 0) return list;
    }
    if (leaf.words.size() == 1) return ReadWord(leaf.words[0], leaf.near);
    return ReadPhrase(leaf);
  }

  Result<ScoredPostings> ReadScored(const QueryLeaf& leaf) const {
    ScoredPostings postings(*source_.chunks);
    const bool plain = leaf.words.size() == 1 && leaf.whole.empty() && leaf.words[0].prefix.empty();
    if (!plain) {
      QUIRE_ASSIGN_OR_RETURN(const PostingList list, Read(leaf));
      postings.AddList(list);
      return postings;
    }
    const auto add = [&](ChunkNumber first, std::string_view value) { return postings.AddBlock(first, value); };
    QUIRE_RETURN_IF_ERROR(ForEachBlock(storage::WordPrefix(source_.collection, leaf.words[0].term), add));
    return postings;
  }

 private:
  Result<PostingList> ReadWord(const QueryWord& word, bool positions) const {
    PostingList list;
    if (word.prefix.empty()) {
      QUIRE_RETURN_IF_ERROR(ReadKeys(storage::WordPrefix(source_.collection, word.term), positions, &list));
      return list;
    }
    const std::string prefix = storage::CollectionPrefix(kWordKind, source_.collection) + word.prefix;
    QUIRE_RETURN_IF_ERROR(ReadKeys(prefix, positions, &list));
    if (!word.term.starts_with(word.prefix)) {
      QUIRE_RETURN_IF_ERROR(ReadKeys(storage::WordPrefix(source_.collection, word.term), positions, &list));
    }
    return Sorted(std::move(list));
  }

  // Appends all blocks whose keys begin with `prefix`.
  Status ReadKeys(std::string_view prefix, bool positions, PostingList* list) const {
    return ForEachBlock(prefix, [&](ChunkNumber first, std::string_view value) {
      return AppendBlock(*source_.chunks, first, value, positions, list);
    });
  }

  Status ForEachBlock(std::string_view prefix, function_ref<Status(ChunkNumber, std::string_view)> take) const {
    storage::Cursor cursor = source_.snapshot->ScanPrefix(storage::Family::kWord, prefix);
    for (; cursor.Valid(); cursor.Next()) {
      QUIRE_RETURN_IF_ERROR(CheckCancelled(cancelled_));
      QUIRE_ASSIGN_OR_RETURN(const WordKeyParts key, ParseWordKey(cursor.key()));
      if (source_.cost != nullptr) {
        ++source_.cost->blocks;
        source_.cost->bytes += cursor.value().size();
      }
      Status status = take(key.first, cursor.value());
      if (!status.ok()) return std::move(status).Within("word '" + Printable(key.term) + "'");
    }
    return cursor.status();
  }

  // Joins the postings of several terms: numbers ascend, positions as well.
  static PostingList Sorted(PostingList list) {
    const bool positions = !list.positions.empty();
    std::vector<size_t> begins(list.size() + 1, 0);
    if (positions) for (size_t i = 0; i < list.size(); ++i) begins[i + 1] = begins[i] + list.counts[i].total();
    std::vector<uint32_t> order(list.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return list.numbers[a] < list.numbers[b]; });
    PostingList joined;
    size_t begin = 0;  // of the positions of the last chunk
    for (const uint32_t i : order) {
      if (joined.numbers.empty() || joined.numbers.back() != list.numbers[i]) {
        joined.numbers.push_back(list.numbers[i]);
        joined.counts.emplace_back();
        begin = joined.positions.size();
      }
      joined.counts.back() = Sum(joined.counts.back(), list.counts[i]);
      if (!positions) continue;
      const auto from = list.positions.begin();
      const auto middle = static_cast<std::ptrdiff_t>(joined.positions.size());
      joined.positions.insert(joined.positions.end(), from + static_cast<std::ptrdiff_t>(begins[i]),
                              from + static_cast<std::ptrdiff_t>(begins[i + 1]));
      std::inplace_merge(joined.positions.begin() + static_cast<std::ptrdiff_t>(begin),
                         joined.positions.begin() + middle, joined.positions.end());
    }
    return joined;
  }

  Result<PostingList> ReadPhrase(const QueryLeaf& leaf) const {
    std::vector<PostingList> lists;
    for (const QueryWord& word : leaf.words) {
      QUIRE_ASSIGN_OR_RETURN(PostingList list, ReadWord(word, true));
      if (list.size() == 0) return PostingList();
      lists.push_back(std::move(list));
    }
    return Joined(leaf, lists);
  }

  // The chunks where the words stand at their offsets.
  static PostingList Joined(const QueryLeaf& leaf, const std::vector<PostingList>& lists) {
    std::vector<PostingCursor> cursors;
    for (const PostingList& list : lists) cursors.emplace_back(list);
    PostingList found;
    for (; cursors[0].Valid(); cursors[0].Next()) {
      const ChunkNumber number = cursors[0].number();
      bool all = true;
      for (size_t i = 1; all && i < cursors.size(); ++i) all = cursors[i].SkipTo(number);
      if (!all) continue;
      FieldCounts counts;
      for (size_t place = 0; place < cursors[0].positions().size(); ++place) {
        const uint32_t start = cursors[0].positions()[place];
        bool stands = true;
        for (size_t i = 1; stands && i < cursors.size(); ++i) {
          const std::span<const uint32_t> places = cursors[i].positions();
          stands = std::binary_search(places.begin(), places.end(), start + leaf.words[i].offset);
        }
        if (!stands) continue;
        found.positions.push_back(start);
        ++FieldAt(cursors[0].counts(), place, &counts);
      }
      if (counts.total() == 0) continue;
      found.numbers.push_back(number);
      found.counts.push_back(counts);
    }
    if (!leaf.near) found.positions.clear();
    return found;
  }

  const WordSource& source_;
  const std::atomic<bool>* cancelled_;
};

}  // namespace

Result<WordKeyParts> ParseWordKey(std::string_view key) {
  constexpr size_t kCollectionBytes = 1 + sizeof(uint32_t);
  constexpr size_t kTailBytes = 1 + sizeof(ChunkNumber);
  const bool fits = key.size() > kCollectionBytes + kTailBytes && key[key.size() - kTailBytes] == '\0';
  if (!fits)
    return Status(Code::kCorruption, "word index: a key of " + std::to_string(key.size()) + " bytes has no term");
  WordKeyParts parts;
  parts.term = key.substr(kCollectionBytes, key.size() - kCollectionBytes - kTailBytes);
  parts.first = ReadBigEndian<ChunkNumber>(key.substr(key.size() - sizeof(ChunkNumber)));
  return parts;
}

Status CheckCancelled(const std::atomic<bool>* cancelled) {
  if (cancelled == nullptr || !cancelled->load(std::memory_order_relaxed)) return {};
  return Status(Code::kCancelled, "word search was cancelled");
}

Result<PostingList> ReadLeaf(const WordSource& source, const QueryLeaf& leaf, const std::atomic<bool>* cancelled) {
  return LeafReader(source, cancelled).Read(leaf);
}

Result<ScoredPostings> ReadScored(const WordSource& source, const QueryLeaf& leaf, const std::atomic<bool>* cancelled) {
  return LeafReader(source, cancelled).ReadScored(leaf);
}

}  // namespace quire::text
