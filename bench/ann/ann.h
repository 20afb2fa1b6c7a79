// quire-bench ann: Quire's vector search beside others, in one run on one machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quire::bench {

struct AnnOptions {
  std::string base{}, query{}, truth{};  // files
  std::string synthetic{};               // "N,DIM,SEED" in place of files
  bool signed_bytes = false;
  size_t limit = 0;    // rows of the base; 0: all
  size_t holdout = 0;  // rows of the base that become the queries
  std::string metric = "cosine";
  uint32_t k = 10;
  size_t threads = 1;
  size_t build_threads = 0;  // 0: one a processor
  std::vector<std::string> rivals{};
  bool without_quire = false;
  size_t rounds = 3;
  double seconds_min = 0.25, seconds_max = 30;
  uint64_t memory_limit_bytes = 0;
  std::vector<double> selectivities{};
  double churn = 0;  // share of the base
  std::string json{};
  std::string keep{};  // folder for what the systems write, not removed; empty: a temporary one
};

// Runs it, prints the report, and gives the program's exit code: 0, 1 (an answer had the wrong number of rows), 2 (failed).
int RunAnn(const AnnOptions& options);

}  // namespace quire::bench
