// Measuring one point of one system, and a curve of such points.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/ann/system.h"
#include "bench/ann/truth.h"

namespace quire::bench {

struct MeasureOptions {
  uint32_t k = 10;
  size_t threads = 1;         // that search at the same time
  double seconds_min = 0.25;  // queries are asked again until a point has taken so long
  double seconds_max = 30;    // and no further ones are asked after so long
};

// What one point did, over all rounds.
struct PointFigures {
  std::string label{};
  std::vector<double> qps{};       // of each round
  std::vector<double> recalls{};   // of each round, the mean over its queries
  std::vector<float> latencies{};  // of every query, in seconds
  double processor_seconds = 0;    // of the whole process, while the point was measured
  double wall_seconds = 0;
  size_t short_answers = 0;  // with fewer rows than there were to be found

  double MedianQps() const;
  double Recall() const;                    // the mean over the rounds
  double LatencyAt(double quantile) const;  // in seconds
  // Queries a second of processor time: says something even where others had the processors. Of all rounds together.
  double ProcessorQps() const {
    return processor_seconds > 0 ? static_cast<double>(latencies.size()) / processor_seconds : 0;
  }
  // Busy threads of the process on average: below the number of searching threads, others had the processors.
  double Busy() const { return wall_seconds > 0 ? processor_seconds / wall_seconds : 0; }
};

// A search as it is timed.
using SearchCall = std::function<Status(const float* query, uint32_t k, std::vector<uint32_t>* found)>;

// Asks all queries by `call`, timed, on options.threads threads, and adds a round to `figures`.
Status MeasureRound(System* system, const SearchCall& call, const Vectors& queries, const Judge& judge, size_t expected,
                    const MeasureOptions& options, PointFigures* figures);

// Asks queries without timing for at most `seconds`, or until each was asked once.
Status WarmUp(System* system, const SearchCall& call, const Vectors& queries, uint32_t k, double seconds);

// A curve at one recall: the fastest point that reaches it, and the line between the neighbours on the front of the
// points (those that no other beats in both), in log QPS over recall. Nothing: no point reaches it.
struct AtRecall {
  size_t point = 0;
  double qps = 0;
  double interpolated = 0;
};
std::optional<AtRecall> CurveAt(const std::vector<PointFigures>& points, double recall);

}  // namespace quire::bench
