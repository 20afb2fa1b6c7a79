// Words of headings count more than those of the body: fields weighted as in BM25F, without a field in the format.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/text/word_index.h"

namespace quire::text {

// How often a word of a heading counts.
inline constexpr uint32_t kHeadingWeight = 2;
// Positions between the text and what of it is counted again, so that no phrase and no NEAR of usual width reaches across.
inline constexpr uint32_t kHeadingGap = 64;

// As ListWords; the words in the first `heading_bytes` of the text stand kHeadingWeight - 1 times more behind it, in frequency,
// positions and length. This is the simple BM25 over weighted fields (Robertson, Zaragoza, Taylor 2004): k1 and b see the
// weighted frequency and length. REQUIRES: heading_bytes <= text.size().
WordList ListWordsWithHeading(const Analyzer& analyzer, std::string_view text, size_t heading_bytes);

}  // namespace quire::text
