// What was measured, for people and as lines of JSON.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "bench/ann/measure.h"
#include "bench/ann/system.h"

namespace quire::bench {

struct FilterFigures {
  double selectivity = 0;
  size_t matches = 0;
  size_t expected = 0;  // rows an answer must have: min(k, matches)
  std::vector<PointFigures> points{};
};

// All about one system.
struct SystemFigures {
  std::string name{}, settings{}, note{};
  BuildFigures build{};
  uint64_t build_peak_bytes = 0;  // of memory, beyond what was there before
  uint64_t memory_bytes = 0;      // after opening and some searches at the last point
  uint64_t disk_bytes = 0;
  double open_seconds = 0;  // opening until the first answer
  double warm_seconds = 0;  // opening until searches are as fast as they will be
  std::vector<PointFigures> points{};
  std::vector<FilterFigures> filters{};
  std::optional<ChurnFigures> churn{};
  size_t churned = 0;
  std::vector<PointFigures> points_after_churn{};
};

// Of the run as a whole.
struct RunFigures {
  std::string data{};  // what the vectors are
  size_t rows = 0, dim = 0, queries = 0;
  std::string metric{};
  uint32_t k = 0;
  size_t threads = 0, build_threads = 0, rounds = 0;
  std::string machine{};
  std::vector<SystemFigures> systems{};
};

void PrintReport(std::FILE* out, const RunFigures& run);
// One object a point, then one a system, in lines.
std::string ReportJson(const RunFigures& run);

}  // namespace quire::bench
