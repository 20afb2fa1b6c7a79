// The true neighbours, and how much of them an answer has.
#pragma once

#include <span>
#include <vector>

#include "bench/ann/vectors.h"

namespace quire::bench {

// Which vectors are asked for the neighbours of which, and how near is told. Borrows both.
struct Question {
  const Vectors& base;
  const Vectors& queries;
  Metric metric;
};

// The metric's distance as quire/schema.h has it (Euclidean, 1 - cos, -<a, b>), in double precision.
double Distance(Metric metric, const float* a, const float* b, size_t dim);

// The min(k, rows) nearest rows of each query, exactly; of rows that are equally near, any. Of the rows in `subset` only,
// if it is not null.
// Cost: all pairs, blocked, on `threads` threads. Candidates are gathered in float; the last word is double.
Neighbors ExactNeighbors(const Question& question, size_t k, size_t threads,
                         const std::vector<uint32_t>* subset = nullptr);

// Whether `truth` is what ExactNeighbors gives for a few of the queries, by distance.
bool LooksTrue(const Question& question, const Neighbors& truth, size_t threads);

// The share of a query's `truth` that `found` has, by distance: a found row counts if it is no farther than the last
// true one (with one part in a million for rounding), so that ties count. A row that was found twice counts once.
class Judge {
 public:
  // Borrows `truth` and what `question` borrows.
  Judge(const Question& question, const Neighbors& truth);
  double Recall(size_t query, std::span<const uint32_t> found) const;

 private:
  Question question_;
  const Neighbors& truth_;
  std::vector<double> limits_;  // a query's largest distance that counts
};

}  // namespace quire::bench
