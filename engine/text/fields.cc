#include "engine/text/fields.h"

#include <bit>

namespace quire::text {

uint64_t ChunkLengths::CountLive(ChunkNumber first, ChunkNumber last) const {
  uint64_t count = 0;
  for (uint64_t word = first / 64; word <= last / 64; ++word) {
    const Block block = BlockOf(static_cast<uint32_t>(word / (kBlockSize / 64)));
    if (block.live == nullptr) {
      word |= kBlockSize / 64 - 1;  // to the last of its block
      continue;
    }
    uint64_t bits = block.live[word % (kBlockSize / 64)];
    if (word == first / 64) bits &= ~uint64_t{0} << (first % 64);
    if (word == last / 64) bits &= ~uint64_t{0} >> (63 - last % 64);
    count += static_cast<uint64_t>(std::popcount(bits));
  }
  return count;
}

}  // namespace quire::text
