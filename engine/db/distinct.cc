#include "engine/db/distinct.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/db/reader.h"

namespace quire::db {
namespace {

constexpr size_t kRun = 3;           // words of a shingle
constexpr double kSame = 0.8;        // of the shingles of the smaller set
constexpr double kSizesMost = 1.6;   // a text that much longer says something else as well
constexpr size_t kTextBytes = 8'192; // of a text that are looked at

// Source: Broder, On the Resemblance and Containment of Documents (1997). Sorted, each once.
std::vector<uint64_t> ShinglesOf(const text::Analyzer& analyzer, std::string_view text) {
  std::vector<text::Token> tokens;
  analyzer.Analyze(text.substr(0, kTextBytes), &tokens);
  std::vector<uint64_t> shingles;
  std::string run;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens.size() >= kRun && i + kRun > tokens.size()) break;
    run.clear();
    for (size_t j = i; j < std::min(i + kRun, tokens.size()); ++j) run.append(tokens[j].term).push_back(' ');
    shingles.push_back(Hash64(run));
    if (tokens.size() < kRun) break;
  }
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

bool AreNearlySame(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  const size_t least = std::min(a.size(), b.size()), most = std::max(a.size(), b.size());
  if (static_cast<double>(most) > kSizesMost * static_cast<double>(least)) return false;
  size_t shared = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    shared += a[i] == b[j] ? 1 : 0;
    const bool left = a[i] <= b[j], right = b[j] <= a[i];
    i += left ? 1 : 0;
    j += right ? 1 : 0;
  }
  return static_cast<double>(shared) >= kSame * static_cast<double>(least);
}

}  // namespace

Status KeepDistinct(const CollectionState& collection, const storage::Snapshot& snapshot, uint32_t k, std::vector<Hit>* hits) {
  std::vector<std::vector<uint64_t>> seen;
  std::vector<Hit> kept;
  for (const Hit& hit : *hits) {
    if (kept.size() == k) break;
    QUIRE_ASSIGN_OR_RETURN(const ChunkRecord record, ReadChunk(collection, snapshot, hit.number, {.text = true}));
    std::vector<uint64_t> shingles = ShinglesOf(collection.analyzer(), record.chunk.text);
    const auto is_same = [&](const auto& other) { return AreNearlySame(shingles, other); };
    if (std::any_of(seen.begin(), seen.end(), is_same)) continue;
    seen.push_back(std::move(shingles));
    kept.push_back(hit);
  }
  *hits = std::move(kept);
  return {};
}

}  // namespace quire::db
