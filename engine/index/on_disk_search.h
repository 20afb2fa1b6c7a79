// What a search from disk compares with stored vectors, as the calibration has to know it too.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quire::index {

// How many of the nearest estimates are compared for k answers.
size_t ComparedFor(uint32_t k);
// For a recall that this does not reach.
inline constexpr size_t kComparedMost = 512;

}  // namespace quire::index
