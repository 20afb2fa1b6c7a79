// Nearest: the known word somebody probably meant.
#pragma once

#include <string_view>
#include <vector>

namespace quire::sql {

// The candidate that `word` was most likely meant to be: the fewest letters inserted, removed, replaced or swapped with
// their neighbour, case not counted, and no more than a third of the word (at least one). Empty: none is that near, or
// `word` is one of them.
// Cost: words over 64 bytes are not looked at.
std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace quire::sql
