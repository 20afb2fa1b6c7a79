#include "engine/text/spelling.h"

#include <algorithm>
#include <vector>

#include "engine/storage/keys.h"
#include "engine/text/posting_reader.h"
#include "engine/text/unicode.h"

namespace quire::text {
namespace {

constexpr size_t kLettersMin = 4;       // shorter words have too many neighbours
constexpr size_t kLettersOfTwo = 8;     // from here on two edits are few
constexpr size_t kLettersSure = 2;      // at the beginning

// The code points of a word of letters; empty if something else is in it.
std::vector<int32_t> LettersOf(std::string_view word) {
  std::vector<int32_t> letters;
  for (size_t at = 0; at < word.size();) {
    const Character next = CharacterAt(word, at);
    const bool letter = next.kind == CharClass::kWord || next.kind == CharClass::kExtend;
    if (!letter || (next.code >= '0' && next.code <= '9')) return {};
    letters.push_back(next.code);
    at += next.bytes;
  }
  return letters;
}

uint32_t Distance(const std::vector<int32_t>& a, const std::vector<int32_t>& b, uint32_t most) {
  const size_t longer = std::max(a.size(), b.size()), shorter = std::min(a.size(), b.size());
  if (longer - shorter > most) return most + 1;
  std::vector<uint32_t> two_before(b.size() + 1), before(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) before[j] = static_cast<uint32_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<uint32_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const uint32_t changed = before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, before[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_before[j - 2] + 1);
    }
    if (*std::min_element(row.begin(), row.end()) > most) return most + 1;
    std::swap(two_before, before);
    std::swap(before, row);
  }
  return std::min(before[b.size()], most + 1);
}

size_t LiveIn(const WordSource& source, ChunkNumber first, std::string_view value) {
  PostingBlockReader reader(first, value);
  size_t live = 0;
  while (reader.Next()) live += source.chunks->IsLive(reader.number()) ? 1 : 0;
  return reader.status().ok() ? live : 0;
}

}  // namespace

uint32_t EditDistance(std::string_view a, std::string_view b, uint32_t most) {
  const auto points = [](std::string_view word) {
    std::vector<int32_t> all;
    for (size_t at = 0; at < word.size(); at += CharacterAt(word, at).bytes) all.push_back(CharacterAt(word, at).code);
    return all;
  };
  return Distance(points(a), points(b), most);
}

Result<std::string> NearestTerm(const WordSource& source, std::string_view term, const std::atomic<bool>* cancelled) {
  const std::vector<int32_t> letters = LettersOf(term);
  if (letters.size() < kLettersMin) return std::string();
  uint32_t most = letters.size() >= kLettersOfTwo ? 2 : 1;
  size_t sure = 0;
  for (size_t i = 0; i < kLettersSure; ++i) sure += CharacterAt(term, sure).bytes;
  const std::string prefix = storage::CollectionPrefix('W', source.collection) + std::string(term.substr(0, sure));
  storage::Cursor cursor = source.snapshot->ScanPrefix(storage::Family::kWord, prefix);
  std::string nearest, passed;
  size_t most_chunks = 0;
  for (; cursor.Valid(); cursor.Next()) {
    QUIRE_RETURN_IF_ERROR(CheckCancelled(cancelled));
    QUIRE_ASSIGN_OR_RETURN(const WordKeyParts key, ParseWordKey(cursor.key()));
    if (key.term == passed) continue;  // another block of it
    passed = key.term;
    const std::vector<int32_t> others = LettersOf(key.term);
    const uint32_t distance = others.empty() ? most + 1 : Distance(letters, others, most);
    if (distance > most) continue;
    const size_t chunks = LiveIn(source, key.first, cursor.value());
    if (chunks == 0 || (distance == most && chunks <= most_chunks)) continue;
    if (distance < most) most = distance;
    most_chunks = chunks;
    nearest = key.term;
  }
  QUIRE_RETURN_IF_ERROR(cursor.status());
  return nearest;
}

}  // namespace quire::text
