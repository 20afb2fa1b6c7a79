// Borders: where chunks must end, whatever their size.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"

namespace quire::ingest {

// Adds a border at each of `places`, moved on to the next line that is not blank; at the end of the source there is none.
void AddBorders(std::string_view source, const std::vector<size_t>& places, bool file, std::vector<Border>* borders);

// Whether a border lies in (start, end), or between files only.
bool HasBorder(const std::vector<Border>& borders, size_t start, size_t end, bool file_only = false);

// [start, end) without blank lines at its head and blanks at its tail. The indentation of the first line stays: in
// Markdown it has a meaning.
void TrimLines(std::string_view source, size_t* start, size_t* end);

// The blocks of one tier in a Markdown body from `body_start` on: <div class="...-only"> to its </div>, outermost only,
// none in code fences. Their borders are added as well. Cost: linear; one search where there are none.
void FindTierBlocks(std::string_view source, size_t body_start, ParsedDocument* document);

}  // namespace quire::ingest
