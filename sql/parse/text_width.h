// How wide text is on a terminal.
#pragma once

#include <cstddef>
#include <string_view>

namespace quire::sql {

// Columns that UTF-8 text takes up: 0 for combining marks and control characters, 2 for wide ones. Invalid bytes: 1
// each.
size_t DisplayWidth(std::string_view text);

// The longest prefix of `text` that fits in `columns` and ends at a character boundary.
std::string_view DisplayPrefix(std::string_view text, size_t columns);

}  // namespace quire::sql
