// Near duplicates: texts that share most of their runs of three words.
// Source: Broder, On the Resemblance and Containment of Documents (1997).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace quire {

// Hashes of the runs of three words of a text, sorted, each once. Of fewer than three words: of all of them; of none: none.
std::vector<uint64_t> ShinglesOf(std::span<const std::string_view> words);

// Whether the smaller set has four fifths of its runs in the other one, which is at most 1.6 times as large: a text that is longer says
// something else as well.
bool AreNearlySame(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b);

}  // namespace quire
