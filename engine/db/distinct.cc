#include "engine/db/distinct.h"

#include <algorithm>

#include "engine/base/near_same.h"
#include "engine/db/reader.h"

namespace quire::db {
namespace {

constexpr size_t kTextBytes = 8'192; // of a text that are looked at

std::vector<uint64_t> ShinglesOfText(const text::Analyzer& analyzer, std::string_view text) {
  std::vector<text::Token> tokens;
  analyzer.Analyze(text.substr(0, kTextBytes), &tokens);
  std::vector<std::string_view> words;
  words.reserve(tokens.size());
  for (const text::Token& token : tokens) words.push_back(token.term);
  return ShinglesOf(words);
}

}  // namespace

Status KeepDistinct(const CollectionState& collection, const storage::Snapshot& snapshot, uint32_t k, std::vector<Hit>* hits) {
  std::vector<std::vector<uint64_t>> seen;
  std::vector<Hit> kept;
  for (const Hit& hit : *hits) {
    if (kept.size() == k) break;
    QUIRE_ASSIGN_OR_RETURN(const ChunkRecord record, ReadChunk(collection, snapshot, hit.number, {.text = true}));
    std::vector<uint64_t> shingles = ShinglesOfText(collection.analyzer(), record.chunk.text);
    const auto is_same = [&](const auto& other) { return AreNearlySame(shingles, other); };
    if (std::any_of(seen.begin(), seen.end(), is_same)) continue;
    seen.push_back(std::move(shingles));
    kept.push_back(hit);
  }
  *hits = std::move(kept);
  return {};
}

}  // namespace quire::db
