// Sentences: a passage of Markdown or plain text, cut into the pieces that can be quoted.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace quire::chat {

enum class PieceKind : uint8_t {
  kSentence,  // of a paragraph or block quote
  kItem,      // of a list, with what is nested in it
  kCode,      // a fenced or indented block, fences included
  kRow,       // of a table, Markdown or HTML; the header with its separator is one
  kHeading,   // tells what follows, is no answer itself
  kMarkup,    // tags, images, comments, rules, link definitions: nothing a reader sees as text
};

// Bytes [start, end) of the text, without white space around them. Pieces of one `block` stand side by side in one
// paragraph, list, code block or table.
struct Piece {
  PieceKind kind = PieceKind::kSentence;
  size_t start = 0;
  size_t end = 0;
  uint32_t block = 0;
};

inline constexpr size_t kSentenceBytesMax = 1000;

// Cuts `text`, in order; the pieces hold every byte that is not white space exactly once. Survives abbreviations,
// version numbers, URLs, inline code, nested lists, tables, unclosed fences and scripts without spaces; a sentence
// beyond kSentenceBytesMax is cut at a space, or else at a character. Any bytes are taken.
std::vector<Piece> CutPieces(std::string_view text);

}  // namespace quire::chat
