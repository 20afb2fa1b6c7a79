// Character n-grams of words, as numbers of buckets: what a word that was never seen is made of.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace quire::embed {

inline constexpr uint32_t kGramBuckets = 10'000;

// Replaces `buckets` by those of the 3- to 5-grams (in characters) of "<word>"; none for words with a digit. Cost: allocates only where
// `buckets` has to grow.
void GramsOf(std::string_view word, std::vector<uint32_t>* buckets);

}  // namespace quire::embed
