// Parts: a question that asks for several things, one after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/chat/retrieve.h"

namespace quire::chat {

inline constexpr size_t kPartsMax = 3;

// The sentences of a question, and what stands behind "and how", "; where" and the like inside of them, where at least two hold two
// words of content each; else none. At most kPartsMax, the first ones.
std::vector<std::string> SplitParts(std::string_view question, const WordCutter& cutter);

// Joins what was found for the whole question (the first) and for its parts: the candidates are those of the whole; behind them, in
// `rest`, comes the best of each part, then the second best of each, and so on.
Retrieved JoinParts(std::vector<Retrieved> found);

}  // namespace quire::chat
