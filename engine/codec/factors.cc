#include "engine/codec/factors.h"

#include <algorithm>
#include <cmath>

#include "engine/codec/rabitq.h"

namespace quire::codec {

Factors FactorsOf(Metric metric, const Products& p, size_t dim) {
  const double norm = std::sqrt(p.rr);
  // Nothing to go by: the residual stands for itself, and no more than |r| |q - c| is missing.
  const bool degenerate = !(p.rw > 0) || !(p.rr > 0);
  const double scale = degenerate ? 0 : p.rr / p.rw;
  const double freedom = static_cast<double>(dim) - 1;
  const double spread = degenerate ? 1 / kEpsilon : std::sqrt(std::max(0.0, p.rr * p.ww / (p.rw * p.rw) - 1) / freedom);
  const double error = kEpsilon * norm * spread;
  if (metric == Metric::kL2) return {p.rr + 2 * scale * p.cw, -2 * scale, 2 * error};
  return {scale * p.cw - p.cr, -scale, error};
}

}  // namespace quire::codec
