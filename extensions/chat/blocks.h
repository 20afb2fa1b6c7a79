// Blocks: the paragraphs, lists, code blocks and tables of a passage of Markdown.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace quire::chat {

enum class BlockKind : uint8_t { kParagraph, kList, kCode, kTable, kHeading, kMarkup };

// Bytes [start, end) of the text, whole lines. `parts` are where its items or rows begin; for others, the block itself.
struct Block {
  BlockKind kind = BlockKind::kParagraph;
  size_t start = 0;
  size_t end = 0;
  std::vector<size_t> parts;
};

// Cuts `text`, in order; the blocks hold every line that is not blank exactly once. A line scanner, not a Markdown
// parser: it must tell what may be quoted alone from what must stay whole, also in the middle of a page.
std::vector<Block> CutBlocks(std::string_view text);

}  // namespace quire::chat
