// Cite: from a quote to the bytes of its source, checked.
#pragma once

#include <string>
#include <vector>

#include "extensions/chat/extract.h"
#include "quire/database.h"

namespace quire::chat {

// Where a quote stands. Bytes [start, end) of the source are `quote`; of the chunk's text for a chunk without a source.
struct Citation {
  uint32_t number = 0;  // 1-based, as in the answer
  std::string chunk;    // its id
  std::string uri;
  std::string section;  // heading path; the title where there is none
  std::string anchor;   // empty: unknown
  uint64_t start = 0;
  uint64_t end = 0;
  std::string quote;
  bool of_chunk = false;  // start and end count in the chunk's text: it was converted (from PDF, say), its file has no such bytes
  int64_t page = 0;       // of the source (a loader's attribute); 0: it has none
  std::string included_from{};  // the file that holds the bytes where it is not `uri` (a loader's attribute); else empty
  bool further = false;  // a source that the answer's text does not quote
};

// The citation of a quote. Errors: kInternal if the quote does not lie in its chunk.
Result<Citation> Cite(uint32_t number, const Chunk& chunk, const Quote& quote);

// Reads the cited chunk again and compares: OK if the quote is literally there, at those bytes.
// Errors: kNotFound (the chunk is gone), kInternal naming the citation if the bytes differ.
Status CheckCitation(const Reader& reader, std::string_view collection, const Citation& citation);

}  // namespace quire::chat
