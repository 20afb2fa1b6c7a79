#include "engine/db/compare.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

namespace quire::db {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kNeighbours = 10;
constexpr auto kTimeMax = std::chrono::seconds(5);
// Where an exact search takes longer the truth is what a scan of all codes finds: it misses less than one in 500.
constexpr auto kExactMax = std::chrono::milliseconds(50);

void MoveAway(ChunkNumber seed, std::vector<float>* vector) {
  double squares = 0;
  for (const float value : *vector) squares += static_cast<double>(value) * static_cast<double>(value);
  const double deviation = std::sqrt(squares / static_cast<double>(vector->size()));
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  for (float& value : *vector) value += static_cast<float>(deviation * normal(random));
}

}  // namespace

Result<Measured> MeasureGeneration(const index::View& view, const storage::Snapshot& snapshot,
                                   const std::vector<ChunkNumber>& numbers, double recall_target,
                                   const std::atomic<bool>* cancelled) {
  std::vector<float> times_us;
  double recall = 0;
  bool exactly = true;
  const Clock::time_point begin = Clock::now();
  for (const ChunkNumber number : numbers) {
    if (!times_us.empty() && Clock::now() - begin > kTimeMax) break;
    QUIRE_ASSIGN_OR_RETURN(std::vector<float> vector, index::ReadVector(view.parameters(), number, snapshot));
    MoveAway(number, &vector);
    index::Query query;
    query.vector = vector;
    query.k = kNeighbours;
    query.cancelled = cancelled;
    query.exact = exactly;
    query.recall_target = 1;
    // The truth first: what it reads is in memory for the search that is timed, in every generation.
    std::vector<index::Neighbour> exact, found;
    const Clock::time_point asked = Clock::now();
    QUIRE_RETURN_IF_ERROR(view.Search(query, snapshot, &exact));
    if (exact.empty()) continue;
    exactly = exactly && Clock::now() - asked < kExactMax;
    query.exact = false;
    query.recall_target = recall_target;
    const Clock::time_point start = Clock::now();
    QUIRE_RETURN_IF_ERROR(view.Search(query, snapshot, &found));
    times_us.push_back(std::chrono::duration<float, std::micro>(Clock::now() - start).count());
    // Distances are exact: one that is not above the last true one belongs to a right answer.
    const auto right = std::count_if(found.begin(), found.end(),
                                     [&](const index::Neighbour& one) { return one.distance <= exact.back().distance; });
    recall += std::min(1.0, static_cast<double>(right) / static_cast<double>(exact.size()));
  }
  if (times_us.empty()) return Measured();
  const auto middle = times_us.begin() + static_cast<std::ptrdiff_t>(times_us.size() / 2);
  std::nth_element(times_us.begin(), middle, times_us.end());
  return Measured{.queries = static_cast<uint32_t>(times_us.size()),
                  .recall = static_cast<float>(recall / static_cast<double>(times_us.size())),
                  .median_us = *middle};
}

}  // namespace quire::db
