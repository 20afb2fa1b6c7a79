#include "engine/base/near_same.h"

#include <algorithm>
#include <cmath>

#include "engine/base/hash.h"

namespace quire {
namespace {

constexpr size_t kRun = 3;          // words of a shingle
constexpr double kSame = 0.8;       // of the shingles of the smaller set
constexpr double kSizesMost = 1.6;

}  // namespace

std::vector<uint64_t> ShinglesOf(std::span<const std::string_view> words) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;  // the golden ratio: words in another order give another sum
  std::vector<uint64_t> hashes, shingles;
  hashes.reserve(words.size());
  for (const std::string_view word : words) hashes.push_back(Hash64(word));
  const size_t length = std::min(kRun, words.size());
  for (size_t i = 0; length > 0 && i + length <= words.size(); ++i) {
    uint64_t run = 0;
    for (size_t j = i; j < i + length; ++j) run = run * kOdd + hashes[j];
    shingles.push_back(run);
  }
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

bool AreNearlySame(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  const auto& small = a.size() <= b.size() ? a : b;
  const auto& large = a.size() <= b.size() ? b : a;
  if (static_cast<double>(large.size()) > kSizesMost * static_cast<double>(small.size())) return false;
  const size_t missing_most = small.size() - static_cast<size_t>(std::ceil(kSame * static_cast<double>(small.size())));
  size_t missing = 0;  // of the smaller set: most pairs are told apart by the first few
  for (size_t i = 0, j = 0; i < small.size(); ++i) {
    while (j < large.size() && large[j] < small[i]) ++j;
    if (j < large.size() && large[j] == small[i]) continue;
    if (++missing > missing_most) return false;
  }
  return true;
}

}  // namespace quire
