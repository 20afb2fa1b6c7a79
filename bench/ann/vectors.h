// Vectors in memory, and the problem that every system is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "quire/schema.h"

namespace quire::bench {

// `rows` vectors of `dim` components, one after the other.
struct Vectors {
  size_t rows = 0;
  size_t dim = 0;
  std::vector<float> data{};

  const float* row(size_t i) const { return data.data() + i * dim; }
  float* row(size_t i) { return data.data() + i * dim; }
};

// For each query its nearest rows, nearest first: `k` a query.
struct Neighbors {
  size_t k = 0;
  std::vector<uint32_t> rows{};

  const uint32_t* of(size_t query) const { return rows.data() + query * k; }
};

// What is to be indexed, and how. Borrowed by the systems for as long as they live.
struct Problem {
  Vectors base{};
  Vectors queries{};
  Metric metric = Metric::kCosine;
  size_t build_threads = 1;
  std::string folder{};             // each system makes files of its own name in it
  uint64_t memory_limit_bytes = 0;  // of a database; 0: its own choice
  bool with_buckets = false;        // rows carry an attribute to filter on: BucketOf
};

// The attribute of a row, in [0, kBuckets): independent of its vector.
inline constexpr uint32_t kBuckets = 1000;
uint32_t BucketOf(size_t row);

// `from` scaled to length 1 into `to`; zero stays zero. What a user of a library without cosine does to each vector.
void Normalize(const float* from, size_t dim, float* to);

}  // namespace quire::bench
