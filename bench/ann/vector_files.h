// Vector files of the usual benchmark collections, read whole.
#pragma once

#include <string>

#include "bench/ann/vectors.h"
#include "quire/status.h"

namespace quire::bench {

struct ReadOptions {
  bool signed_bytes = false;  // .bvecs hold int8
  size_t limit = 0;           // read at most so many rows; 0: all
};

// The vectors of a file, as floats. By its name: .fvecs, .bvecs, .npy (int8, uint8, f16, f32; C order; two-dimensional),
// or an idx file of bytes (...idx3-ubyte, also .gz). Errors: kIoError, kCorruption, kUnsupported (another kind or type).
Result<Vectors> ReadVectors(const std::string& path, const ReadOptions& options);

// The lists of a .ivecs file, the first `k` of each. Errors: kIoError, kCorruption (also lists shorter than k).
Result<Neighbors> ReadNeighbors(const std::string& path, size_t k);

}  // namespace quire::bench
