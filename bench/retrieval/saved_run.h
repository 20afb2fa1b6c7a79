// The measures of a run, query by query, in a file: what a later run is compared with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/retrieval/measures.h"
#include "quire/status.h"

namespace quire::bench {

// nDCG@10 and the other measures of each query, by set and mode, then by query.
using RunMeasures = std::map<std::pair<std::string, std::string>, std::map<std::string, Measures>>;

// Lines of JSON. Errors: kIoError.
Status SaveRun(const std::string& path, const RunMeasures& run);
// Errors: kIoError, kInvalidArgument naming file and line.
Result<RunMeasures> ReadRun(const std::string& path);

// How two runs differ in one set and mode, over the queries that both have.
struct RunDifference {
  std::string set, mode;
  size_t queries = 0;
  double before = 0, now = 0;  // mean nDCG@10
  double chance = 1;           // of such a difference if there were none: ChanceOfDifference
};
// Each set and mode that both have; then, for each mode, set "all": every query of them.
std::vector<RunDifference> CompareRuns(const RunMeasures& before, const RunMeasures& now);

}  // namespace quire::bench
