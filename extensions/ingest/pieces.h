// Pieces: the blocks of a group of sections, each small enough to fit a chunk.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"

namespace quire::ingest {

struct Piece {
  size_t start = 0, end = 0;  // bytes of the source
  std::string_view plain;     // of the document, or of PieceList::own
  std::string_view header;    // of the table it continues: goes before it where a chunk begins; empty: none
  bool heading = false;
};

struct PieceLimits {
  size_t bytes_max = 0;     // no piece is longer, and none after headings is longer together with them
  size_t bytes_target = 0;  // length of the pieces of what must be cut
};

// Cuts blocks [first, last) of `document` into pieces that tile them: at the border of blocks where it can, else of
// list items, table rows, lines of code, sentences, words, characters, in this order. `own` keeps what the pieces
// borrow besides the document, and must outlive them.
std::vector<Piece> CutBlocks(const ParsedDocument& document, const DocumentReader& reader, std::string_view source,
                             size_t first, size_t last, const PieceLimits& limits,
                             std::vector<std::vector<std::string>>* own);

// Where to cut `text`, first 0 and last its size, so that no part is longer than `bytes_max`. Lines of code and
// markup stay whole where they can, prose is cut between sentences. Cost: linear.
std::vector<size_t> CutPoints(std::string_view text, bool prose, size_t bytes_max);

}  // namespace quire::ingest
