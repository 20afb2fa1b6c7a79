// Clusters: k-means over rows. What leaves.cc is made of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph/rows.h"

namespace quire::graph {

// Means of rows, as floats and as codes of the same kind as the rows': distances between both are Rows' own.
class Centroids {
 public:
  explicit Centroids(const Rows& rows) : rows_(&rows) {}
  Centroids(Centroids&&) = default;  // points_ points into the codes: they move together
  Centroids& operator=(Centroids&&) = default;

  size_t size() const { return extras_.size(); }
  const float* values(size_t i) const { return values_.data() + i * rows_->padded_dim(); }
  float extra(size_t i) const { return extras_[i]; }
  PointView view() const { return points_.view(); }

  // Adds centroids: their components one after the other, and their extra coordinates.
  void Add(std::span<const float> values, std::span<const float> extras);
  // Adds a row as a centroid.
  void AddRow(uint32_t row);
  // Codes what was added. REQUIRED before distances.
  void Encode();

  // Squared distances from a point, size() of them.
  void Distances(const PointQuery& from, RowScratch* scratch, std::vector<float>* out) const;
  // The nearest one; `distances` to all of them.
  uint32_t Nearest(const PointQuery& from, RowScratch* scratch, std::vector<float>* distances) const;

 private:
  const Rows* rows_;
  std::vector<float> values_, extras_;
  std::vector<uint8_t> codes_;
  Points points_;
};

// Position of the smallest, the first of equals. REQUIRES: not empty.
uint32_t SmallestOf(std::span<const float> values);

// Sums of rows by cluster. Serves one thread.
class Means {
 public:
  Means(const Rows& rows, size_t clusters);
  void Add(uint32_t row, uint32_t cluster);
  // Adds the mean of each cluster that has rows to `out`.
  void AddTo(Centroids* out) const;
  // The mean of one cluster that has rows.
  void MeanOf(size_t cluster, float* values, float* extra) const;
  uint32_t count(size_t cluster) const { return counts_[cluster]; }

 private:
  const Rows& rows_;
  std::vector<float> sums_;
  std::vector<double> extras_;
  std::vector<uint32_t> counts_;
  std::vector<float> row_;  // scratch
};

// At most `clusters` centroids of some rows by Lloyd's algorithm on at most `sample` of them; fewer if rows are equal. The
// same for the same arguments.
Centroids KMeans(const Rows& rows, std::span<const uint32_t> ids, size_t clusters, size_t sample, int iterations);

// Parts of `ids` of about `target` rows and of at most `cap`, near ones together; rows that cannot be told apart are dealt
// out. Adds them to `parts`.
void Divide(const Rows& rows, std::span<const uint32_t> ids, size_t target, size_t cap,
            std::vector<std::vector<uint32_t>>* parts);

}  // namespace quire::graph
