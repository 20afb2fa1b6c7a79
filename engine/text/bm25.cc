#include "engine/text/bm25.h"

#include <cmath>

namespace quire::text {
namespace {

constexpr double kUnits = 4294967296.0;  // 2^32

}  // namespace

double ToDouble(FixedScore score) { return static_cast<double>(score) / kUnits; }

Bm25::Bm25(const ChunkLengths& chunks, const Bm25Parameters& parameters)
    : k1_(parameters.k1),
      k3_(parameters.k3),
      count_(static_cast<double>(chunks.live_count())),
      scale_((parameters.k1 + 1) * kUnits) {
  const auto total = static_cast<double>(chunks.total_quarters());
  const double average = total > 0 ? total / count_ : 1;
  const double k1_in_quarters = parameters.k1 * kBodyQuarters;
  norm_ = k1_in_quarters * (1 - parameters.b);
  norm_of_length_ = k1_in_quarters * parameters.b / average;
}

double Bm25::Idf(uint64_t document_frequency) const {
  const auto df = static_cast<double>(document_frequency);
  return std::log(1 + (count_ - df + 0.5) / (df + 0.5));
}

}  // namespace quire::text
