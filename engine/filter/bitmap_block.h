// One stored bitmap: the numbers of one block, as bytes. Format: engine/doc/attribute_index.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/filter/attribute_index.h"

namespace quire::filter {

// REQUIRES: `numbers` is not empty and lies within one block.
std::string EncodeBlock(Bitmap numbers);

// Errors: kCorruption saying what is wrong with the bytes (format, checksum, structure, another block); the caller
//   says which bitmap it is.
Result<Bitmap> DecodeBlock(std::string_view stored, uint16_t block);

// DecodeBlock, with the stored key to tell the block and to name the bitmap in errors.
Result<Bitmap> ReadBlock(std::string_view key, std::string_view stored);

}  // namespace quire::filter
