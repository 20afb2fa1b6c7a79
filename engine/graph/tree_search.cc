#include "engine/graph/tree_search.h"

#include <cmath>
#include <limits>

namespace quire::graph {

void EstimateLeaves(const Graph& graph, const codec::CentredQuery& query, std::vector<Found>* out) {
  out->clear();
  const simd::Kernels& kernels = simd::ActiveKernels();
  simd::ScanQuery scan = query.scan;
  scan.error = 0;  // the bound that a scan compares is then the estimate itself
  simd::ScanResult result;
  for (const BlockRange& range : graph.leaf_blocks) {
    for (uint32_t b = range.begin; b < range.begin + range.count; ++b) {
      const uint8_t* const block = graph.block(b);
      kernels.scan_block(&scan, block, std::numeric_limits<float>::max(), &result);
      for (size_t slot = 0; slot < simd::kBlockSlots; ++slot) {
        if (!std::isfinite(codec::SlotFactors(block, graph.padded_dim, slot).add)) continue;  // an empty one
        out->push_back({result.estimate[slot], codec::SlotNumber(block, graph.padded_dim, slot)});
      }
    }
  }
}

}  // namespace quire::graph
