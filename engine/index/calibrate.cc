#include "engine/index/calibrate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "engine/codec/sketch.h"
#include "engine/graph/tree_search.h"
#include "engine/index/index_view.h"
#include "engine/index/on_disk_search.h"

namespace quire::index {
namespace {

// What the recall of the ten nearest is at each effort, for a sample of vectors made into queries.
// Queries are less like vectors than vectors are like each other: a sample is moved away from itself by its own length.
// With that the recall of questions to documents was what was asked for within 0.01 (engine/doc/vector_index.md).
constexpr double kBlur = 1.0;
constexpr size_t kSamples = 200;
constexpr size_t kLeafSamples = 64;  // for searches of the nearest leaves: each looks at many vectors
constexpr uint32_t kSampleNeighbours = 10;
constexpr uint32_t kEfforts[] = {10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 896, 1280};
constexpr size_t kSamplesPerTask = 25;  // records are fetched once for so many
constexpr size_t kRecordsTogether = 64;
constexpr size_t kPerCheck = 64 * kRecordsTogether;

using Points = std::vector<Calibration::Point>;

// Makes of a stored vector something like a query: near it, but not of its kind.
void Blur(uint32_t seed, std::vector<float>* vector) {
  double squares = 0;
  for (const float value : *vector) squares += static_cast<double>(value) * static_cast<double>(value);
  const double deviation = kBlur * std::sqrt(squares / static_cast<double>(vector->size()));
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 1);
  for (float& value : *vector) value += static_cast<float>(deviation * normal(random));
}

struct Sample {
  uint32_t number = 0;  // of the vector it was; not an answer
  std::unique_ptr<codec::PreparedQuery> prepared;
  std::vector<uint32_t> truth;  // numbers, as the refine codes have it
};

std::vector<uint32_t> Nearest(CandidatePool* pool, uint32_t but) {
  std::vector<uint32_t> numbers;
  for (const Candidate& candidate : pool->Take()) {
    if (candidate.number != but && numbers.size() < kSampleNeighbours) numbers.push_back(candidate.number);
  }
  return numbers;
}

size_t CountCommon(const std::vector<uint32_t>& some, const std::vector<uint32_t>& others) {
  size_t count = 0;
  for (const uint32_t one : some) count += static_cast<size_t>(std::count(others.begin(), others.end(), one));
  return count;
}

class Calibrator {
 public:
  Calibrator(const IndexView& view, const graph::Source& source, const LinkControl& control, Linked* linked)
      : view_(view), source_(source), control_(control), linked_(*linked) {}

  Status TakeSamples(const storage::Snapshot& snapshot) {
    const graph::Graph& graph = *linked_.graph;
    const size_t count = std::min<size_t>(kSamples, graph.size());
    for (size_t i = 0; i < count; ++i) {
      Sample sample;
      sample.number = graph.numbers[i * graph.size() / count];
      QUIRE_ASSIGN_OR_RETURN(std::vector<float> vector, ReadVector(view_.parameters(), sample.number, snapshot));
      Blur(sample.number, &vector);
      sample.prepared = std::make_unique<codec::PreparedQuery>(view_.encoder(), vector, codec::kEpsilon);
      samples_.push_back(std::move(sample));
    }
    control_.pool->ParallelFor((count + kSamplesPerTask - 1) / kSamplesPerTask, [&](size_t task) {
      const size_t begin = task * kSamplesPerTask;
      FindTruth(std::span(samples_).subspan(begin, std::min(kSamplesPerTask, count - begin)));
    });
    return {};
  }

  Calibration OfLinks() {
    constexpr size_t kPoints = std::size(kEfforts);
    IndexView::State state = view_.state();  // with records, whatever it had
    state.linked = std::shared_ptr<const Linked>(std::shared_ptr<void>(), &linked_);
    state.dead = nullptr;
    state.on_disk = nullptr;
    const IndexView linked_view(std::move(state));
    std::vector<std::array<size_t, kPoints>> hits(samples_.size());
    control_.pool->ParallelFor(samples_.size(), [&](size_t i) {
      const Sample& sample = samples_[i];
      for (size_t p = 0; p < kPoints && !control_.stopped(); ++p) {
        CandidatePool followed(kSampleNeighbours + 1);
        SearchLinks(linked_view, *sample.prepared, kEfforts[p], &followed);
        hits[i][p] = CountCommon(Nearest(&followed, sample.number), sample.truth);
      }
    });
    Points points;
    for (size_t p = 0; p < kPoints; ++p) {
      size_t found = 0;
      for (const auto& row : hits) found += row[p];
      AddPoint(kEfforts[p], found, TruthOf(samples_), &points);
    }
    return Calibration(std::move(points));
  }

  Calibration OfLeaves() {
    const graph::Graph& graph = *linked_.graph;
    const std::span<const Sample> samples = std::span(samples_).first(std::min(kLeafSamples, samples_.size()));
    std::vector<uint32_t> counts;  // of leaves
    for (size_t count = 1; count < graph.node_blocks.size(); count += (count + 1) / 2) {
      counts.push_back(static_cast<uint32_t>(count));
    }
    if (!graph.node_blocks.empty()) counts.push_back(static_cast<uint32_t>(graph.node_blocks.size()));
    std::vector<std::vector<size_t>> hits(samples.size());
    control_.pool->ParallelFor(samples.size(), [&](size_t i) {
      hits[i].resize(counts.size());
      if (!control_.stopped()) hits[i] = LeafHits(samples[i], counts);
    });
    Points points;
    for (size_t p = 0; p < counts.size(); ++p) {
      size_t found = 0;
      for (const auto& row : hits) found += row[p];
      AddPoint(counts[p], found, TruthOf(samples), &points);
    }
    return Calibration(std::move(points));
  }

 private:
  static size_t TruthOf(std::span<const Sample> samples) {
    size_t count = 0;
    for (const Sample& sample : samples) count += sample.truth.size();
    return std::max<size_t>(1, count);
  }

  static void AddPoint(uint32_t effort, size_t found, size_t possible, Points* points) {
    const auto recall = static_cast<float>(static_cast<double>(found) / static_cast<double>(possible));
    if (points->empty() || recall > points->back().recall) points->push_back({effort, recall});
  }

  void FindTruth(std::span<Sample> samples) {
    const simd::Kernels& kernels = simd::ActiveKernels();
    std::vector<CandidatePool> pools(samples.size(), CandidatePool(kSampleNeighbours + 1));
    for (size_t begin = 0; begin < source_.records.size(); begin += kRecordsTogether) {
      if (begin % kPerCheck == 0 && control_.stopped()) return;
      const size_t end = std::min(source_.records.size(), begin + kRecordsTogether);
      for (size_t s = 0; s < samples.size(); ++s) {
        for (size_t i = begin; i < end; ++i) {
          pools[s].Add(source_.numbers[i], samples[s].prepared->Refine(kernels, source_.records[i]));
        }
      }
    }
    for (size_t s = 0; s < samples.size(); ++s) samples[s].truth = Nearest(&pools[s], samples[s].number);
  }

  // How many of the nearest are among what is compared when so many leaves are looked at, for each count.
  std::vector<size_t> LeafHits(const Sample& sample, const std::vector<uint32_t>& counts) {
    const graph::Graph& graph = *linked_.graph;
    std::vector<graph::Found> leaves, found;
    const codec::CentredQuery query = sample.prepared->Recentred(graph.centroid);
    graph::EstimateLeaves(graph, query, &leaves);
    std::sort(leaves.begin(), leaves.end(), [](const graph::Found& a, const graph::Found& b) {
      return a.estimate != b.estimate ? a.estimate < b.estimate : a.node < b.node;
    });
    std::vector<size_t> hits;
    std::vector<float> all, nearest, true_ones;
    size_t next = 0;
    for (const uint32_t count : counts) {
      for (; next < count; ++next) {
        const std::vector<uint32_t> nodes = NodesOf(graph, graph.node_blocks[leaves[next].node]);
        graph::Estimate(graph, *sample.prepared, nodes, nodes.size(), &found);
        for (const graph::Found& one : found) {
          const uint32_t number = graph.numbers[one.node];
          const bool is_true = std::find(sample.truth.begin(), sample.truth.end(), number) != sample.truth.end();
          (is_true ? true_ones : all).push_back(one.estimate);
        }
      }
      nearest = all;
      nearest.insert(nearest.end(), true_ones.begin(), true_ones.end());
      float limit = std::numeric_limits<float>::infinity();
      if (const size_t compared = ComparedFor(kSampleNeighbours); nearest.size() > compared) {
        const auto last = nearest.begin() + static_cast<std::ptrdiff_t>(compared) - 1;
        std::nth_element(nearest.begin(), last, nearest.end());
        limit = *last;
      }
      hits.push_back(static_cast<size_t>(
          std::count_if(true_ones.begin(), true_ones.end(), [limit](float estimate) { return estimate <= limit; })));
    }
    return hits;
  }

  const IndexView& view_;
  const graph::Source& source_;
  const LinkControl& control_;
  Linked& linked_;
  std::vector<Sample> samples_;
};

}  // namespace

Status Calibrate(const IndexView& view, const graph::Source& source, const storage::Snapshot& snapshot,
                 const LinkControl& control, Linked* linked) {
  Calibrator calibrator(view, source, control, linked);
  QUIRE_RETURN_IF_ERROR(calibrator.TakeSamples(snapshot));
  if (!linked->tree_alone) linked->calibration = calibrator.OfLinks();
  linked->leaf_calibration = calibrator.OfLeaves();
  return control.stopped() ? Status(Code::kCancelled, "cancelled") : Status();
}

}  // namespace quire::index
