// Posting blocks as release 1 wrote them, for the tests of what reads them.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/text/posting_block.h"

namespace quire::text {

// The block with its counts summed up over the fields. For each posting: the gap to the number before and its frequency, then the positions.
inline std::string BlockOfVersion1(ChunkNumber first, std::string_view value) {
  PostingBlockReader reader(first, value);
  std::string numbers, positions;
  std::vector<uint32_t> places;
  uint64_t count = 0;
  for (ChunkNumber before = first; reader.Next(); before = reader.number(), ++count) {
    if (count > 0) AppendVarint(&numbers, reader.number() - before);
    AppendVarint(&numbers, reader.counts().total());
    places.clear();
    reader.AppendPositions(&places);
    uint32_t last = 0;
    for (const uint32_t place : places) AppendVarint(&positions, place - last), last = place;
  }
  REQUIRE(reader.Finished().ok());
  std::string payload, block;
  AppendVarint(&payload, count);
  AppendString(&payload, numbers);
  payload += positions;
  AppendRaw(&block, uint8_t{1});
  AppendRaw(&block, static_cast<uint32_t>(Hash64(payload)));
  return block + payload;
}

}  // namespace quire::text
