// Passages: the byte ranges of a chunk that make sense when read alone.
#pragma once

#include <string_view>
#include <vector>

#include "extensions/chat/sentences.h"

namespace quire::chat {

// Bytes [start, end) of a text: one or more neighbouring pieces.
struct Passage {
  PieceKind kind = PieceKind::kSentence;  // kItem, kCode, kRow: what it holds besides a lead-in
  size_t start = 0;
  size_t end = 0;
};

// Everything in `text` that may be quoted, at most `bytes_max` bytes each: runs of up to four sentences of a paragraph,
// lists, code blocks and tables, whole with their lead-in where they fit, else runs of items or rows. Left out are
// headings, markup, navigation, and blocks that give orders to a model.
std::vector<Passage> ListPassages(std::string_view text, size_t bytes_max);

}  // namespace quire::chat
