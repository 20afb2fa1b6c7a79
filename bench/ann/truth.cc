#include "bench/ann/truth.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>
#include <utility>

#include "bench/ann/truth_kernel.h"

namespace quire::bench {
namespace {

constexpr size_t kTileRows = 256;                     // a tile of vectors stays in the second-level cache
constexpr size_t kQueriesPerTurn = 16 * kQueryGroup;  // queries that share a tile
constexpr size_t kVerified = 20;                      // queries on which a truth file is tried

using Candidate = std::pair<float, uint32_t>;

// The nearest so far, as a heap with the farthest in front.
class Nearest {
 public:
  explicit Nearest(size_t size) : size_(size) { heap_.reserve(size); }

  void Offer(float distance, uint32_t row) {
    if (heap_.size() == size_) {
      if (!(distance < heap_.front().first)) return;
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    heap_.emplace_back(distance, row);
    std::push_heap(heap_.begin(), heap_.end());
  }
  const std::vector<Candidate>& candidates() const { return heap_; }

 private:
  size_t size_;
  std::vector<Candidate> heap_;
};

// One over the length of each row, for cosine.
std::vector<float> InverseLengths(const Vectors& vectors) {
  std::vector<float> lengths(vectors.rows);
  for (size_t i = 0; i < vectors.rows; ++i) {
    double sum = 0;
    for (size_t j = 0; j < vectors.dim; ++j) sum += std::pow(static_cast<double>(vectors.row(i)[j]), 2);
    lengths[i] = sum > 0 ? static_cast<float>(1 / std::sqrt(sum)) : 0.0f;
  }
  return lengths;
}

// The vectors that are searched: all, or a subset gathered into memory of its own.
struct Searched {
  Vectors gathered;
  const Vectors* vectors = nullptr;
  const std::vector<uint32_t>* subset = nullptr;
  std::vector<float> inverse_lengths;  // for cosine

  Searched(const Question& question, const std::vector<uint32_t>* subset_in)
      : vectors(&question.base), subset(subset_in) {
    if (subset != nullptr) {
      gathered = {subset->size(), question.base.dim, {}};
      gathered.data.reserve(subset->size() * question.base.dim);
      for (const uint32_t row : *subset) {
        const float* from = question.base.row(row);
        gathered.data.insert(gathered.data.end(), from, from + question.base.dim);
      }
      vectors = &gathered;
    }
    if (question.metric == Metric::kCosine) inverse_lengths = InverseLengths(*vectors);
  }
  uint32_t RowOf(uint32_t i) const { return subset == nullptr ? i : (*subset)[i]; }
};

// Offers the vectors [begin, end) to a group of queries.
void OfferTile(const Question& question, const Searched& searched, const float* queries, size_t begin, size_t end,
               Nearest* nearest) {
  float scores[kQueryGroup * kTileRows];
  const size_t rows = end - begin;
  const auto kernel = question.metric == Metric::kL2 ? SquaredDistances : InnerProducts;
  kernel(queries, searched.vectors->row(begin), rows, searched.vectors->dim, scores);
  for (size_t q = 0; q < kQueryGroup; ++q) {
    for (size_t i = 0; i < rows; ++i) {
      float distance = scores[q * rows + i];
      if (question.metric == Metric::kCosine) distance *= searched.inverse_lengths[begin + i];
      if (question.metric != Metric::kL2) distance = -distance;
      nearest[q].Offer(distance, static_cast<uint32_t>(begin + i));
    }
  }
}

// The queries [first, first + kQueriesPerTurn), as far as there are any.
void SearchTurn(const Question& question, const Searched& searched, size_t first, Neighbors* neighbors) {
  const size_t dim = question.base.dim;
  const size_t count = std::min(kQueriesPerTurn, question.queries.rows - first);
  std::vector<float> queries(kQueriesPerTurn * dim);
  std::copy_n(question.queries.row(first), count * dim, queries.begin());
  std::vector<Nearest> nearest(kQueriesPerTurn, Nearest(2 * neighbors->k + 32));
  for (size_t begin = 0; begin < searched.vectors->rows; begin += kTileRows) {
    const size_t end = std::min(begin + kTileRows, searched.vectors->rows);
    for (size_t q = 0; q < count; q += kQueryGroup) {
      OfferTile(question, searched, queries.data() + q * dim, begin, end, &nearest[q]);
    }
  }
  for (size_t q = 0; q < count; ++q) {
    std::vector<std::pair<double, uint32_t>> exact;
    for (const Candidate& candidate : nearest[q].candidates()) {
      const uint32_t row = searched.RowOf(candidate.second);
      exact.emplace_back(Distance(question.metric, question.queries.row(first + q), question.base.row(row), dim), row);
    }
    std::sort(exact.begin(), exact.end());
    for (size_t i = 0; i < neighbors->k; ++i) neighbors->rows[(first + q) * neighbors->k + i] = exact[i].second;
  }
}

}  // namespace

double Distance(Metric metric, const float* a, const float* b, size_t dim) {
  double dot = 0, squares_a = 0, squares_b = 0, difference = 0;
  for (size_t i = 0; i < dim; ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    dot += x * y;
    squares_a += x * x;
    squares_b += y * y;
    difference += (x - y) * (x - y);
  }
  if (metric == Metric::kL2) return std::sqrt(difference);
  if (metric == Metric::kInnerProduct) return -dot;
  const double lengths = std::sqrt(squares_a) * std::sqrt(squares_b);
  return lengths > 0 ? 1 - dot / lengths : 1;
}

Neighbors ExactNeighbors(const Question& question, size_t k, size_t threads, const std::vector<uint32_t>* subset) {
  const Searched searched(question, subset);
  Neighbors neighbors;
  neighbors.k = std::min(k, searched.vectors->rows);
  neighbors.rows.resize(question.queries.rows * neighbors.k);
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t first; (first = next.fetch_add(kQueriesPerTurn)) < question.queries.rows;) {
      SearchTurn(question, searched, first, &neighbors);
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  return neighbors;
}

bool LooksTrue(const Question& question, const Neighbors& truth, size_t threads) {
  Vectors few{0, question.queries.dim, {}};
  const size_t step = std::max<size_t>(1, question.queries.rows / kVerified);
  for (size_t query = 0; query < question.queries.rows; query += step) {
    few.data.insert(few.data.end(), question.queries.row(query), question.queries.row(query) + few.dim);
    ++few.rows;
  }
  const Question fewer{question.base, few, question.metric};
  const Neighbors exact = ExactNeighbors(fewer, truth.k, threads);
  const Judge judge(fewer, exact);
  for (size_t i = 0; i < few.rows; ++i) {
    if (judge.Recall(i, {truth.of(i * step), truth.k}) < 1) return false;
  }
  return true;
}

Judge::Judge(const Question& question, const Neighbors& truth) : question_(question), truth_(truth) {
  for (size_t query = 0; query < question.queries.rows && truth.k > 0; ++query) {
    double last = -std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < truth.k; ++i) {
      last = std::max(last, Distance(question.metric, question.queries.row(query),
                                     question.base.row(truth.of(query)[i]), question.base.dim));
    }
    limits_.push_back(last + std::abs(last) * 1e-6 + 1e-12);
  }
}

double Judge::Recall(size_t query, std::span<const uint32_t> found) const {
  if (truth_.k == 0) return 1;
  size_t hits = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::find(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(i), found[i]) !=
        found.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    const double distance =
        Distance(question_.metric, question_.queries.row(query), question_.base.row(found[i]), question_.base.dim);
    hits += distance <= limits_[query];
  }
  return static_cast<double>(std::min(hits, truth_.k)) / static_cast<double>(truth_.k);
}

}  // namespace quire::bench
