// Join: chunks that stand side by side in their document become one source.
#pragma once

#include <string_view>
#include <vector>

#include "extensions/chat/retrieve.h"

namespace quire::chat {

// What a model is given under one number.
struct JoinedSource {
  std::vector<size_t> parts{};  // of Retrieved::candidates, in the order of the document; one behind the other
};

// Makes sources of the candidates, best first. Those next to each other in a document are one; so are those with one chunk between them,
// which is read and added behind the candidates (`joined`); and where two fall in one section, all of that section, if it is not long.
// What is added passes the filter. A source is at most kSourceBytesMax long, unless it is a single chunk.
// Errors: those of Reader::Scan. Cost: a scan of each document two candidates of which are near each other.
Result<std::vector<JoinedSource>> JoinNeighbours(const Reader& reader, std::string_view collection, const Filter& filter,
                                                 std::vector<Candidate>* candidates);

inline constexpr size_t kSourceBytesMax = 6'000;

}  // namespace quire::chat
