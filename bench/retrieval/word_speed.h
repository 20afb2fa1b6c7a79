// How fast words are indexed and found, and how much the index takes, beside SQLite's FTS5.
#pragma once

#include <string>

#include "quire/status.h"

namespace quire::bench {

// Over the texts of a file of sections (title, text), one thread: the word index with its chunk table alone, and FTS5 without its
// content. Queries: titles of sections, and the first ten words of their texts; none with `index_only`. Prints a table.
Status MeasureWordSpeed(const std::string& path, bool index_only);

}  // namespace quire::bench
