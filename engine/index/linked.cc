// Making links: which vectors, what they are worth, and how a view takes them on.
#include "engine/index/linked.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "engine/index/index_view.h"

namespace quire::index {
namespace {

// Links are made anew when so many vectors came since, or went: a part of all.
constexpr uint64_t kLagMin = 2048;
constexpr uint64_t kLagShare = 16;
constexpr uint64_t kDeadShare = 8;

// Calibration: what the recall of the ten nearest is at each effort, for a sample of vectors made into queries.
// Queries are less like vectors than vectors are like each other: a sample is moved away from itself by its own length.
// With that the recall of questions to documents was what was asked for within 0.01 (engine/doc/vector_index.md).
constexpr double kBlur = 1.0;
constexpr size_t kSamples = 200;
constexpr uint32_t kSampleNeighbours = 10;
constexpr uint32_t kEfforts[] = {10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 896, 1280};

// Makes of a stored vector something like a query: near it, but not of its kind.
void Blur(uint32_t seed, std::vector<float>* vector) {
  double squares = 0;
  for (const float value : *vector) squares += static_cast<double>(value) * static_cast<double>(value);
  const double deviation = kBlur * std::sqrt(squares / static_cast<double>(vector->size()));
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 1);
  for (float& value : *vector) value += static_cast<float>(deviation * normal(random));
}

// The nearest of a query by a scan, or by links, numbers only.
std::vector<uint32_t> Nearest(CandidatePool* pool, uint32_t but, size_t count) {
  std::vector<uint32_t> numbers;
  for (const Candidate& candidate : pool->Take()) {
    if (candidate.number != but && numbers.size() < count) numbers.push_back(candidate.number);
  }
  return numbers;
}

Result<Calibration> Calibrate(const IndexView& view, const storage::Snapshot& snapshot, const LinkControl& control) {
  const Linked& linked = *view.state().linked;
  const size_t samples = std::min<size_t>(kSamples, linked.graph->size());
  constexpr size_t kPoints = std::size(kEfforts);
  std::vector<std::array<uint32_t, kPoints>> hits(samples);
  std::vector<uint32_t> possible(samples);
  std::vector<Status> failures(samples);
  control.pool->ParallelFor(samples, [&](size_t i) {
    if (control.cancelled != nullptr && control.cancelled->load(std::memory_order_relaxed)) return;
    const uint32_t number = linked.graph->numbers[i * linked.graph->size() / samples];
    Result<std::vector<float>> vector = ReadVector(view.parameters(), number, snapshot);
    if (!vector.ok()) {
      failures[i] = std::move(vector).status();
      return;
    }
    Blur(number, &*vector);
    const codec::PreparedQuery prepared(view.encoder(), *vector, codec::kEpsilon);
    CandidatePool scanned(kSampleNeighbours + 1);
    ScanFlat(view, {.vector = *vector, .k = kSampleNeighbours + 1}, prepared, 0, &scanned);
    const std::vector<uint32_t> truth = Nearest(&scanned, number, kSampleNeighbours);
    possible[i] = static_cast<uint32_t>(truth.size());
    for (size_t p = 0; p < kPoints; ++p) {
      CandidatePool followed(kSampleNeighbours + 1);
      SearchLinks(view, prepared, kEfforts[p], &followed);
      for (const uint32_t one : Nearest(&followed, number, kSampleNeighbours)) {
        hits[i][p] += static_cast<uint32_t>(std::count(truth.begin(), truth.end(), one));
      }
    }
  });
  for (Status& failure : failures) QUIRE_RETURN_IF_ERROR(std::move(failure));
  if (control.cancelled != nullptr && control.cancelled->load()) return Status(Code::kCancelled, "cancelled");
  double all = 0;
  for (const uint32_t one : possible) all += one;
  std::vector<Calibration::Point> points;
  for (size_t p = 0; p < kPoints; ++p) {
    double found = 0;
    for (const auto& row : hits) found += row[p];
    const auto recall = static_cast<float>(found / std::max(1.0, all));
    if (points.empty() || recall > points.back().recall) points.push_back({kEfforts[p], recall});
  }
  return Calibration(std::move(points));
}

}  // namespace

graph::Source SourceOf(const Contents& contents, const Parameters& parameters, uint32_t padded_dim) {
  graph::Source source;
  source.metric = parameters.metric;
  source.padded_dim = padded_dim;
  source.numbers.reserve(contents.size);
  source.records.reserve(contents.size);
  contents.ForEachSegment([&](const Segment& segment, const LiveMask& live) {
    for (size_t slot = 0; slot < segment.count(); ++slot) {
      if (!IsLive(live, slot)) continue;
      source.numbers.push_back(segment.number(slot));
      source.records.push_back(segment.has_records() ? segment.record(slot) : nullptr);
    }
  });
  return source;
}

std::optional<uint32_t> Calibration::EffortFor(double recall) const {
  for (size_t i = 0; i < points_.size(); ++i) {
    const Point& point = points_[i];
    if (static_cast<double>(point.recall) < recall) continue;
    if (i == 0) return point.effort;
    const Point& before = points_[i - 1];
    const double share =
        (recall - static_cast<double>(before.recall)) / static_cast<double>(point.recall - before.recall);
    return before.effort + static_cast<uint32_t>(share * (point.effort - before.effort) + 0.5);
  }
  return std::nullopt;
}

bool WantsLinks(const View& current) {
  const LinkState links = current.links();
  if (current.size() < kLinkedMin || static_cast<const IndexView&>(current).state().lean) return false;
  return !links.linked || links.lag >= std::max(kLagMin, current.size() / kLagShare) ||
         links.dead >= std::max(kLagMin, links.nodes / kDeadShare);
}

Result<std::shared_ptr<const Linked>> MakeLinked(const View& current, const storage::Snapshot& snapshot,
                                                 const LinkControl& control) {
  const auto& view = static_cast<const IndexView&>(current);
  if (view.state().lean) {
    return Status(Code::kResourceExhausted, "the codes that links are made of do not fit the memory limit",
                  "open the database with a larger memory_limit");
  }
  auto linked = std::make_shared<Linked>();
  const Linked* const before = view.state().linked.get();
  linked->edition = before != nullptr ? before->edition + 1 : 1;
  linked->contents = view.contents();
  graph::Source source = SourceOf(view.contents(), view.parameters(), view.encoder().padded_dim());
  const graph::BuildControl build{control.pool, control.cancelled, control.progress};
  // Where most vectors are new the old links are not worth keeping.
  const LinkState links = view.links();
  const bool keeps = before != nullptr && links.lag <= links.nodes - links.dead;
  QUIRE_ASSIGN_OR_RETURN(linked->graph, BuildGraph(source, keeps ? before->graph.get() : nullptr, build));
  linked->PointToRecords(source);
  IndexView::State state = view.state();
  state.linked = linked;
  state.dead = nullptr;
  QUIRE_ASSIGN_OR_RETURN(linked->calibration, Calibrate(IndexView(std::move(state)), snapshot, control));
  return std::shared_ptr<const Linked>(std::move(linked));
}

void Linked::PointToRecords(const graph::Source& source) {
  records.assign(graph->size(), nullptr);
  for (size_t i = 0; i < source.numbers.size(); ++i) {
    const uint32_t node = graph->NodeOf(source.numbers[i]);
    if (node != graph::kNoNode) records[node] = source.records[i];
  }
}

DeadNodes DeadIn(const Linked& linked, const Contents& contents) {
  std::vector<uint64_t> dead((linked.graph->size() + 63) / 64);
  for (uint32_t node = 0; node < linked.graph->size(); ++node) dead[node / 64] |= uint64_t{1} << (node % 64);
  contents.ForEachSegment([&](const Segment& segment, const LiveMask& live) {
    for (size_t slot = 0; slot < segment.count(); ++slot) {
      const uint32_t node = IsLive(live, slot) ? linked.graph->NodeOf(segment.number(slot)) : graph::kNoNode;
      if (node != graph::kNoNode) dead[node / 64] &= ~(uint64_t{1} << (node % 64));
    }
  });
  if (std::all_of(dead.begin(), dead.end(), [](uint64_t word) { return word == 0; })) return nullptr;
  return std::make_shared<const std::vector<uint64_t>>(std::move(dead));
}

DeadNodes WithDead(const Linked& linked, const DeadNodes& before, std::span<const ChunkNumber> removals) {
  std::shared_ptr<std::vector<uint64_t>> dead;
  for (const ChunkNumber number : removals) {
    const uint32_t node = linked.graph->NodeOf(number);
    if (node == graph::kNoNode) continue;
    if (dead == nullptr) {
      dead = before != nullptr ? std::make_shared<std::vector<uint64_t>>(*before)
                               : std::make_shared<std::vector<uint64_t>>((linked.graph->size() + 63) / 64);
    }
    (*dead)[node / 64] |= uint64_t{1} << (node % 64);
  }
  return dead != nullptr ? dead : before;
}

}  // namespace quire::index
