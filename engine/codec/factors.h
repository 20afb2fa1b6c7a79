// Factors: what turns the sum of a code into an estimate. See rabitq.h for the formulas; internal to engine/codec.
#pragma once

#include <cstddef>

#include "quire/schema.h"

namespace quire::codec {

// What the factors are made of: inner products of the residual r', the centroid c' and the code w.
struct Products {
  double rr = 0, rw = 0, ww = 0, cr = 0, cw = 0;
};

struct Factors {
  double add = 0, rescale = 0, error = 0;
};

// `dim`: padded dimensions.
Factors FactorsOf(Metric metric, const Products& products, size_t dim);

}  // namespace quire::codec
