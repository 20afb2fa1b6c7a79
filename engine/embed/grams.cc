#include "engine/embed/grams.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/hash.h"

namespace quire::embed {
namespace {

constexpr size_t kLeast = 3, kMost = 5;
constexpr size_t kBytesMax = 66;  // a term and its two marks

bool IsDigit(char byte) { return byte >= '0' && byte <= '9'; }

}  // namespace

void GramsOf(std::string_view word, std::vector<uint32_t>* buckets) {
  buckets->clear();
  if (word.empty() || word.size() + 2 > kBytesMax || std::any_of(word.begin(), word.end(), IsDigit)) return;
  std::array<char, kBytesMax> marked{};
  marked[0] = '<';
  std::memcpy(marked.data() + 1, word.data(), word.size());
  marked[word.size() + 1] = '>';
  std::array<size_t, kBytesMax + 1> starts{};
  size_t characters = 0;
  for (size_t i = 0; i < word.size() + 2; ++i) {
    if ((static_cast<unsigned char>(marked[i]) & 0xC0) != 0x80) starts[characters++] = i;
  }
  starts[characters] = word.size() + 2;
  for (size_t n = kLeast; n <= std::min(kMost, characters); ++n) {
    for (size_t i = 0; i + n <= characters; ++i) {
      const std::string_view gram(marked.data() + starts[i], starts[i + n] - starts[i]);
      buckets->push_back(static_cast<uint32_t>(Hash64(gram) % kGramBuckets));
    }
  }
}

}  // namespace quire::embed
