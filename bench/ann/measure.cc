#include "bench/ann/measure.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <thread>

#include "bench/ann/machine.h"

namespace quire::bench {
namespace {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// A round in the making: what its threads share.
struct Round {
  System* system;
  const SearchCall& call;
  const Vectors& queries;
  const MeasureOptions& options;
  const Stopwatch watch{};
  std::atomic<size_t> next{0};
  std::atomic<size_t> stop_at{std::numeric_limits<size_t>::max()};
  std::vector<std::optional<std::vector<uint32_t>>> found{};  // of the first time each query was asked
  std::mutex mutex{};                                         // of what follows
  std::vector<float> latencies{};
  Status failure{};

  // Whether to ask the query that is the `asked`th. The end comes after a whole pass, for all threads at once.
  bool Goes(size_t asked) {
    const double seconds = watch.seconds();
    const bool pass_begins = asked > 0 && asked % queries.rows == 0;
    if (seconds > options.seconds_max || (pass_begins && seconds > options.seconds_min)) {
      size_t stop = stop_at.load();
      while (asked < stop && !stop_at.compare_exchange_weak(stop, asked)) {
      }
    }
    return asked < stop_at.load();
  }

  void Work() {
    system->EnterThread();
    std::vector<float> own;
    own.reserve(queries.rows);
    std::vector<uint32_t> rows;
    Status status;
    for (size_t asked; status.ok() && Goes(asked = next.fetch_add(1));) {
      const auto begin = std::chrono::steady_clock::now();
      status = call(queries.row(asked % queries.rows), options.k, &rows);
      own.push_back(std::chrono::duration<float>(std::chrono::steady_clock::now() - begin).count());
      if (asked < queries.rows) found[asked] = rows;
    }
    const std::lock_guard<std::mutex> lock(mutex);
    latencies.insert(latencies.end(), own.begin(), own.end());
    if (!status.ok()) failure = status;
  }
};

// Mean recall over the queries that were asked: all, but where time ran out.
Result<double> JudgeRound(System* system, const Judge& judge, size_t expected, Round* round, size_t* short_answers) {
  size_t asked = 0;
  double sum = 0;
  for (size_t query = 0; query < round->queries.rows; ++query) {
    auto& found = round->found[query];
    if (!found) continue;
    QUIRE_RETURN_IF_ERROR(system->ToRows(&*found));
    *short_answers += found->size() != expected;
    sum += judge.Recall(query, *found);
    ++asked;
  }
  return sum / static_cast<double>(std::max<size_t>(asked, 1));
}

}  // namespace

double PointFigures::MedianQps() const { return Median(qps); }

double PointFigures::Recall() const {
  return recalls.empty() ? 0
                         : std::accumulate(recalls.begin(), recalls.end(), 0.0) / static_cast<double>(recalls.size());
}

double PointFigures::LatencyAt(double quantile) const {
  if (latencies.empty()) return 0;
  std::vector<float> sorted = latencies;
  const auto at = std::min(sorted.size() - 1, static_cast<size_t>(quantile * static_cast<double>(sorted.size())));
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at), sorted.end());
  return static_cast<double>(sorted[at]);
}

Status MeasureRound(System* system, const SearchCall& call, const Vectors& queries, const Judge& judge, size_t expected,
                    const MeasureOptions& options, PointFigures* figures) {
  Round round{system, call, queries, options};
  round.found.resize(queries.rows);
  const double processor_begin = ProcessSeconds();
  std::vector<std::thread> others;
  for (size_t i = 1; i < options.threads; ++i) others.emplace_back([&round] { round.Work(); });
  round.Work();
  for (std::thread& other : others) other.join();
  const double wall = round.watch.seconds();
  QUIRE_RETURN_IF_ERROR(round.failure);
  figures->processor_seconds += ProcessSeconds() - processor_begin;
  figures->wall_seconds += wall;
  // One thread: the time between the calls is the bench's own. Several: calls overlap, only the wall clock tells.
  const double in_calls = std::accumulate(round.latencies.begin(), round.latencies.end(), 0.0);
  figures->qps.push_back(static_cast<double>(round.latencies.size()) / (options.threads == 1 ? in_calls : wall));
  QUIRE_ASSIGN_OR_RETURN(const double recall, JudgeRound(system, judge, expected, &round, &figures->short_answers));
  figures->recalls.push_back(recall);
  figures->latencies.insert(figures->latencies.end(), round.latencies.begin(), round.latencies.end());
  return {};
}

Status WarmUp(System* system, const SearchCall& call, const Vectors& queries, uint32_t k, double seconds) {
  system->EnterThread();
  const Stopwatch watch;
  std::vector<uint32_t> rows;
  for (size_t query = 0; query < queries.rows && watch.seconds() < seconds; ++query) {
    QUIRE_RETURN_IF_ERROR(call(queries.row(query), k, &rows));
  }
  return {};
}

std::optional<AtRecall> CurveAt(const std::vector<PointFigures>& points, double recall) {
  std::optional<AtRecall> best;
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i].Recall() < recall) continue;
    const double qps = points[i].MedianQps();
    if (!best || qps > best->qps) best = AtRecall{i, qps, qps};
  }
  if (!best) return best;
  // The front's point just below: the best recall among those that miss it and are faster.
  const PointFigures* below = nullptr;
  for (const PointFigures& point : points) {
    if (point.Recall() >= recall || point.MedianQps() <= best->qps) continue;
    const bool nearer = below == nullptr || point.Recall() > below->Recall() ||
                        (point.Recall() == below->Recall() && point.MedianQps() > below->MedianQps());
    if (nearer) below = &point;
  }
  if (below == nullptr) return best;
  const PointFigures& above = points[best->point];
  const double share = (recall - below->Recall()) / (above.Recall() - below->Recall());
  best->interpolated = std::exp(std::log(below->MedianQps()) * (1 - share) + std::log(above.MedianQps()) * share);
  return best;
}

}  // namespace quire::bench
