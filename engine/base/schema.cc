#include "quire/schema.h"

namespace quire {
namespace {

constexpr std::string_view kMetricNames[] = {"cosine", "l2", "ip"};

}  // namespace

std::string_view MetricName(Metric metric) { return kMetricNames[static_cast<size_t>(metric)]; }

Result<Metric> ParseMetric(std::string_view name) {
  for (size_t i = 0; i < std::size(kMetricNames); ++i) {
    if (name == kMetricNames[i]) return static_cast<Metric>(i);
  }
  if (name == "inner_product") return Metric::kInnerProduct;
  if (name == "euclidean") return Metric::kL2;
  return Status(Code::kInvalidArgument, "metric '" + std::string(name) + "' does not exist",
                "metrics are 'cosine', 'l2' and 'ip'");
}

}  // namespace quire
