// What tests of links need: vectors as embeddings lie, sets of numbers, and what every answer must be.
#pragma once

#include <bit>
#include <set>
#include <string>

#include "tests/unit/index_support.h"

namespace quire::index {

using Model = std::map<uint32_t, std::vector<float>>;

// Vectors in clusters along few directions, as embeddings lie. Two of the same dim share their clusters.
class ClusteredVectors {
 public:
  static constexpr size_t kClusters = 40;

  ClusteredVectors(uint32_t dim, uint32_t seed) : dim_(dim), random_(seed) {
    std::mt19937 centres(dim);
    for (size_t i = 0; i < kClusters + kDirections; ++i) directions_.push_back(RandomVector(dim, &centres));
  }

  std::vector<float> Next() { return NextOf(random_() % kClusters); }
  std::vector<float> NextOf(size_t cluster) {
    std::vector<float> row = directions_[cluster];
    for (int i = 0; i < 6; ++i) {
      const std::vector<float>& direction = directions_[kClusters + random_() % kDirections];
      const float weight = normal_(random_) * 0.4f;
      for (uint32_t d = 0; d < dim_; ++d) row[d] += weight * direction[d];
    }
    for (float& value : row) value += normal_(random_) * 0.3f;
    return row;
  }

 private:
  static constexpr size_t kDirections = 60;
  uint32_t dim_;
  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  std::vector<std::vector<float>> directions_;
};

// A set of numbers to filter by.
class Numbers {
 public:
  explicit Numbers(uint32_t end = 0) : words_(end / 64 + 1) {}
  // Those of a model.
  explicit Numbers(const Model& model) : Numbers(model.empty() ? 0 : model.rbegin()->first) {
    for (const auto& [number, vector] : model) Add(number);
  }
  void Add(uint32_t number) { words_[number / 64] |= uint64_t{1} << (number % 64); }
  bool Holds(uint32_t number) const {
    return number / 64 < words_.size() && ((words_[number / 64] >> (number % 64)) & 1) != 0;
  }
  NumberSet set() const { return words_; }
  // `query` with this filter, of an index that holds `live`. Borrows it.
  Query Filter(Query query, const Numbers& live) {
    set_ = words_;
    query.allowed = &set_;
    query.allowed_count = 0;
    for (size_t i = 0; i < std::min(words_.size(), live.words_.size()); ++i) {
      query.allowed_count += static_cast<uint64_t>(std::popcount(words_[i] & live.words_[i]));
    }
    return query;
  }

 private:
  std::vector<uint64_t> words_;
  NumberSet set_;
};

// What is wrong with an answer, whatever its recall; empty if nothing is: as many as there can be, allowed, there, none twice,
// each with its true distance, in order. `model` as stored.
inline std::string FaultOf(const std::vector<Neighbour>& found, const Query& query, Metric metric,
                           const Model& model) {
  const uint64_t matches = query.allowed != nullptr ? query.allowed_count : model.size();
  const uint64_t expected = std::min<uint64_t>(query.k, matches);
  if (found.size() != expected) {
    return std::to_string(found.size()) + " found, expected " + std::to_string(expected) + " of " +
           std::to_string(matches);
  }
  const codec::ExactQuery exact(metric, query.vector);
  std::set<uint32_t> seen;
  for (size_t i = 0; i < found.size(); ++i) {
    const uint32_t number = found[i].number;
    const std::string name = std::to_string(number);
    const auto at = model.find(number);
    if (at == model.end()) return name + " is not there";
    if (!seen.insert(number).second) return name + " is there twice";
    if (exact.Distance(at->second) != found[i].distance) return name + " has another distance";
    if (query.allowed != nullptr &&
        (number / 64 >= query.allowed->size() || (((*query.allowed)[number / 64] >> (number % 64)) & 1) == 0)) {
      return name + " is not allowed";
    }
    if (i == 0) continue;
    const Neighbour& before = found[i - 1];
    const bool ordered = before.distance != found[i].distance ? before.distance < found[i].distance
                                                              : before.number < number;
    if (!ordered) return name + " is out of order";
  }
  return {};
}

// The recall of `queries` beside exact search, and that each answer is faultless.
inline double RecallOf(const TestIndex& index, const Model& model, const std::vector<std::vector<float>>& queries,
                       const Query& like) {
  size_t common = 0, expected = 0;
  for (const std::vector<float>& vector : queries) {
    Query query = like;
    query.vector = vector;
    const std::vector<Neighbour> found = index.Search(query);
    CHECK(FaultOf(found, query, index.parameters().metric, model) == "");
    const std::vector<Neighbour> truth = ExactNeighbours(model, index.parameters().metric, query);
    common += CountCommon(found, truth);
    expected += truth.size();
  }
  return expected == 0 ? 1 : static_cast<double>(common) / static_cast<double>(expected);
}

}  // namespace quire::index
