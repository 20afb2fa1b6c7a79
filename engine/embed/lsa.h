// Latent semantic analysis: the directions in which texts differ most, as one vector for each term.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/embed/dense.h"

namespace quire::embed {

// A text as a row of weights, by ascending term.
struct WeightedTerm {
  uint32_t term;
  float weight;
};
using SparseRow = std::vector<WeightedTerm>;

// An orthonormal basis (terms by dim) of about the subspace that the first `dim` right singular vectors of `rows` span: which
// basis of it does not matter, since cosines are the same in every one. Columns are zero where the rows have fewer independent
// directions. `stopped` is asked now and then; an empty matrix if it says so.
// Cost: iterations * (2 * entries * dim + 4 * terms * dim^2).
// Source: Halko, Martinsson, Tropp, Finding Structure with Randomness (2011), algorithm 4.4 on the terms' side.
DenseMatrix FindSubspace(const std::vector<SparseRow>& rows, size_t terms, size_t dim, uint32_t iterations, uint64_t seed,
                         const std::function<bool()>& stopped);

}  // namespace quire::embed
