// Chunk and Document: what a collection holds.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "quire/read_cost.h"
#include "quire/value.h"

namespace quire {

// A chunk's number inside its collection: assigned at commit, ascending, never used again.
using ChunkNumber = uint32_t;

// A 128-bit content hash (XXH3-128), big-endian.
using Hash128 = std::array<uint8_t, 16>;

// A piece of a document: the unit that is stored, found and cited.
struct Chunk {
  ChunkNumber number = 0;  // ignored on writing
  std::string id{};          // unique in the collection; empty on writing: derived from what the chunk is made of
  std::string uri{};         // of its document; relative to the loaded root, with '/'
  std::string title{};       // of its document
  std::string section{};     // heading path, "Install > On Debian"; empty before the first heading
  std::string anchor{};      // of the section's heading on the published page, without '#'; empty: unknown
  uint32_t ordinal = 0;    // 0-based place in its document
  uint64_t start = 0;      // bytes [start, end) of the source are exactly `text`; both 0 for a chunk without a source
  uint64_t end = 0;
  std::string text{};            // the source bytes, verbatim (UTF-8)
  // What words and embedding are made of, without markup. Empty on writing: title, section and text; or, where a chunk with
  // the same id, title, section and text is there, what that one was made of. Not stored.
  std::string indexed_text{};
  std::vector<float> embedding{};   // empty on writing: computed by the collection's embedder
  std::vector<Value> attributes{};  // by the order of the schema; a shorter list is filled with NULL
  int64_t created_at = 0;      // microseconds since 1970; 0 on writing: now
};

// A source: file or record. Its chunks are written and removed with it.
struct Document {
  std::string uri{};
  std::string title{};
  Hash128 content_hash{};  // of the source bytes (and of what else decides the chunks): equal means unchanged
  uint64_t size = 0;       // bytes of the source
  int64_t modified_at = 0; // microseconds since 1970 as the file system has it; 0: unknown
};

// Which parts of a chunk a reader wants; fewer cost less.
struct ChunkParts {
  bool text = true;
  bool embedding = false;
  // Scan only: nothing is wanted but the number and some attributes, bit i for the i-th of the schema; the other fields may
  // stay empty, and attributes without a bit NULL. Many chunks are then read from the indexes of their attributes.
  bool attributes_only = false;
  uint64_t attributes = ~uint64_t{0};
  ReadCost* cost = nullptr;  // where what is read is counted, by the calling thread; may be null
};

}  // namespace quire
