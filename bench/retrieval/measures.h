// How good a ranking is, by trec_eval's formulas.
#pragma once

#include <string>
#include <vector>

#include "bench/retrieval/judged_set.h"

namespace quire::bench {

struct Measures {
  double ndcg10 = 0;    // linear gain, log2(1 + rank)
  double recall10 = 0;  // of the groups
  double recall100 = 0;
  double ap = 0;    // average precision over all that was ranked; its mean is MAP
  double mrr = 0;   // over all that was ranked
  double hit1 = 0;  // whether the first is relevant
  double hit5 = 0;  // whether any of the first five is
  double all5 = 0;  // whether each group has one among the first five documents, alternatives taking places of their own
};

// Of one query. `ranking`: documents, best first; a second mention of one, and the ignored one, take no place.
Measures Judge(const JudgedQuery& query, const std::vector<std::string>& ranking);

// Zeros if there is none.
Measures Mean(const std::vector<Measures>& all);

// The chance that queries whose first measure is the same on average would differ as much as these do: a randomisation test
// over `rounds` sign flips (seeded). REQUIRES: equal lengths. In (0, 1].
double ChanceOfDifference(const std::vector<double>& a, const std::vector<double>& b, size_t rounds);

}  // namespace quire::bench
