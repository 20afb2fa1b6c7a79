#include "engine/graph/clusters.h"

#include <algorithm>

#include "engine/codec/rabitq.h"

namespace quire::graph {
namespace {

constexpr size_t kSplitMax = 16;           // parts made at a time: what is still too large is divided again
constexpr size_t kSplitSample = 64;        // rows of a part that a division learns from
constexpr int kSplitIterations = 6;
constexpr unsigned kSplitDepthMax = 12;

// Numbers that look random; the same everywhere (SplitMix64).
uint64_t Mix(uint64_t value) {
  value += 0x9E3779B97F4A7C15u;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

// `count` of `ids` in an order that looks random.
std::vector<uint32_t> Sample(std::span<const uint32_t> ids, size_t count) {
  std::vector<uint32_t> sample(ids.begin(), ids.end());
  count = std::min(count, sample.size());
  for (size_t i = 0; i < count; ++i) std::swap(sample[i], sample[i + Mix(i) % (sample.size() - i)]);
  sample.resize(count);
  return sample;
}

// Equal parts of about `target` rows, in the order of how much nearer the first centroid is than the last.
void DealOut(const Rows& rows, const Centroids& centroids, std::vector<uint32_t> ids, size_t target,
             std::vector<std::vector<uint32_t>>* parts) {
  if (centroids.size() > 1) {
    RowScratch scratch;
    std::vector<float> distances;
    std::vector<std::pair<float, uint32_t>> order;
    for (const uint32_t id : ids) {
      centroids.Distances(rows.Query(id), &scratch, &distances);
      order.emplace_back(distances.front() - distances.back(), id);
    }
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = order[i].second;
  }
  const size_t count = (ids.size() + target - 1) / target;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = ids.size() * i / count, end = ids.size() * (i + 1) / count;
    parts->emplace_back(ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.begin() + static_cast<std::ptrdiff_t>(end));
  }
}

struct Division {
  size_t target, cap;
  std::vector<std::vector<uint32_t>>* parts;
};

void DivideAt(const Rows& rows, std::span<const uint32_t> ids, const Division& division, unsigned depth) {
  if (ids.size() <= division.cap) {
    division.parts->emplace_back(ids.begin(), ids.end());
    return;
  }
  const size_t wanted = std::clamp<size_t>((ids.size() + division.target / 2) / division.target, 2, kSplitMax);
  const Centroids centroids = KMeans(rows, ids, wanted, wanted * kSplitSample, kSplitIterations);
  std::vector<std::vector<uint32_t>> parts(centroids.size());
  RowScratch scratch;
  std::vector<float> distances;
  for (const uint32_t id : ids) {
    parts[centroids.Nearest(rows.Query(id), &scratch, &distances)].push_back(id);
  }
  size_t largest = 0;
  for (const auto& part : parts) largest = std::max(largest, part.size());
  if (largest > ids.size() / 10 * 9 || depth == kSplitDepthMax) {
    DealOut(rows, centroids, {ids.begin(), ids.end()}, division.target, division.parts);
    return;
  }
  for (const auto& part : parts) {
    if (!part.empty()) DivideAt(rows, part, division, depth + 1);
  }
}

}  // namespace

void Centroids::Add(std::span<const float> values, std::span<const float> extras) {
  values_.insert(values_.end(), values.begin(), values.end());
  extras_.insert(extras_.end(), extras.begin(), extras.end());
}

void Centroids::AddRow(uint32_t row) {
  values_.resize(values_.size() + rows_->padded_dim());
  rows_->Decode(row, values_.data() + values_.size() - rows_->padded_dim());
  extras_.push_back(rows_->factors(row).extra);
}

void Centroids::Encode() {
  const size_t dim = rows_->padded_dim();
  const simd::Kernels& kernels = simd::ActiveKernels();
  codes_.resize(size() * dim);
  points_.Resize(size(), rows_->has_extra());
  for (size_t i = 0; i < size(); ++i) {
    uint8_t* const code = codes_.data() + i * dim;
    const float* const value = values(i);
    const float largest = codec::LargestMagnitude(value, dim);
    const float stretch = largest > 1e-30f ? 63.999f / largest : 0.0f;
    for (size_t j = 0; j < dim; ++j) {
      const float byte = value[j] * stretch + 64.0f;
      code[j] = static_cast<uint8_t>(byte > 0 ? std::min(byte, 127.0f) : 0);  // NaN, of damaged factors, becomes 0
    }
    PointFactors factors = FactorsOfCode(kernels, dim, code, stretch > 0 ? 1 / stretch : 0.0f);
    factors.extra = extras_[i];
    factors.squared += extras_[i] * extras_[i];
    points_.Set(i, code, factors);
  }
}

void Centroids::Distances(const PointQuery& from, RowScratch* scratch, std::vector<float>* out) const {
  out->resize(size());
  PointDistances(rows_->padded_dim(), from, view(), &scratch->dots, out->data());
}

uint32_t Centroids::Nearest(const PointQuery& from, RowScratch* scratch, std::vector<float>* distances) const {
  Distances(from, scratch, distances);
  return SmallestOf(*distances);
}

uint32_t SmallestOf(std::span<const float> values) {
  constexpr size_t kLanes = 8;  // a chain of minima each
  float lanes[kLanes];
  std::fill(lanes, lanes + kLanes, values[0]);
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (size_t j = 0; j < kLanes; ++j) lanes[j] = values[i + j] < lanes[j] ? values[i + j] : lanes[j];
  }
  float smallest = *std::min_element(lanes, lanes + kLanes);
  for (; i < values.size(); ++i) smallest = std::min(smallest, values[i]);
  return static_cast<uint32_t>(std::find(values.begin(), values.end(), smallest) - values.begin());
}

Means::Means(const Rows& rows, size_t clusters)
    : rows_(rows), sums_(clusters * rows.padded_dim()), extras_(clusters), counts_(clusters), row_(rows.padded_dim()) {}

void Means::Add(uint32_t row, uint32_t cluster) {
  rows_.Decode(row, row_.data());
  float* const sum = sums_.data() + cluster * row_.size();
  for (size_t i = 0; i < row_.size(); ++i) sum[i] += row_[i];
  extras_[cluster] += static_cast<double>(rows_.factors(row).extra);
  ++counts_[cluster];
}

void Means::MeanOf(size_t cluster, float* values, float* extra) const {
  const auto factor = static_cast<float>(1 / static_cast<double>(counts_[cluster]));
  for (size_t i = 0; i < row_.size(); ++i) values[i] = sums_[cluster * row_.size() + i] * factor;
  *extra = static_cast<float>(extras_[cluster] / static_cast<double>(counts_[cluster]));
}

void Means::AddTo(Centroids* out) const {
  std::vector<float> values(rows_.padded_dim());
  float extra = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    MeanOf(i, values.data(), &extra);
    out->Add(values, {&extra, 1});
  }
}

Centroids KMeans(const Rows& rows, std::span<const uint32_t> ids, size_t clusters, size_t sample, int iterations) {
  const std::vector<uint32_t> rows_used = Sample(ids, std::max(sample, clusters));
  Centroids centroids(rows);
  for (size_t i = 0; i < std::min(clusters, rows_used.size()); ++i) centroids.AddRow(rows_used[i]);
  centroids.Encode();
  RowScratch scratch;
  std::vector<float> distances;
  for (int iteration = 0; iteration < iterations; ++iteration) {
    Means means(rows, centroids.size());
    for (const uint32_t row : rows_used) {
      means.Add(row, centroids.Nearest(rows.Query(row), &scratch, &distances));
    }
    Centroids next(rows);
    means.AddTo(&next);
    next.Encode();
    centroids = std::move(next);
  }
  return centroids;
}

void Divide(const Rows& rows, std::span<const uint32_t> ids, size_t target, size_t cap,
            std::vector<std::vector<uint32_t>>* parts) {
  DivideAt(rows, ids, {target, cap, parts}, 0);
}

}  // namespace quire::graph
