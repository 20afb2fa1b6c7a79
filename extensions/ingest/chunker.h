// Chunker: a parsed document cut into chunks of about one size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"
#include "quire/chunk.h"

namespace quire::ingest {

struct ChunkOptions {
  std::string_view uri;
  std::string_view title;
  uint32_t chunk_tokens = 350;  // aimed at; chunks reach at most 512/350 of it. Tokens are counted as bytes / 4
};

inline constexpr uint32_t kChunkTokensMin = 50;
inline constexpr uint32_t kChunkTokensMax = 8000;

// Cuts `document`, read from `source`. Together the chunks hold every non-blank byte of the body exactly once, in
// order, and each one's text is source[start, end). Attributes and embedding are left empty.
//
// Blocks of one section are packed to chunks of even size; a block is cut only where it is larger than a chunk
// (pieces.h), and small sections share one (sections.h). `indexed_text` is title, heading path and text without markup,
// with the header of a table that goes on from the chunk before.
//
// The id is the hex XXH3-128 of uri, section, text, indexed text and the how-manieth of its like in the document it is:
// chunks that stay the same keep their id whatever happens around them.
// REQUIRES: chunk_tokens in [kChunkTokensMin, kChunkTokensMax]; `source` is valid UTF-8.
std::vector<Chunk> ChunkDocument(const ParsedDocument& document, const DocumentReader& reader, std::string_view source,
                                 const ChunkOptions& options);

}  // namespace quire::ingest
