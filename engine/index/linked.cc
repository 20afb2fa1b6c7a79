// Making links: which vectors, what they are worth, and how a view takes them on.
#include "engine/index/linked.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "engine/index/calibrate.h"
#include "engine/index/links_format.h"
#include "engine/index/residence.h"
#include "engine/index/spilled_records.h"

namespace quire::index {
namespace {

// Links are made anew when so many vectors came since, or went: a part of all.
constexpr uint64_t kLagMin = 2048;
constexpr uint64_t kLagShare = 16;
constexpr uint64_t kDeadShare = 8;

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
      source.records.push_back(segment.record(slot));
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
    return before.effort + static_cast<uint32_t>(std::lround(share * (point.effort - before.effort)));
  }
  return std::nullopt;
}

bool WantsLinks(const View& current) {
  const auto& view = static_cast<const IndexView&>(current);
  const LinkState links = view.links();
  if (view.size() < kLinkedMin || WantsLoading(view)) return false;
  const OnDisk* const on_disk = view.state().on_disk.get();
  const bool has_room = on_disk != nullptr && !on_disk->head->has_links &&
                        ResidenceFor(view.parameters(), view.size()) != Residence::kOnDisk;
  return !links.linked || has_room || links.lag >= std::max(kLagMin, view.size() / kLagShare) ||
         links.dead >= std::max(kLagMin, links.nodes / kDeadShare);
}

Result<std::shared_ptr<const Linked>> MakeLinked(const View& current, const storage::Snapshot& snapshot,
                                                 const LinkControl& control) {
  const auto& view = static_cast<const IndexView&>(current);
  auto linked = std::make_shared<Linked>();
  linked->edition = std::max(1u, view.state().edition + 1);  // what is damaged may say anything
  linked->contents = view.contents();
  const bool in_memory = view.state().on_disk == nullptr;
  graph::Source source;
  std::unique_ptr<SpilledRecords> spilled;
  if (in_memory) {
    source = SourceOf(view.contents(), view.parameters(), view.encoder().padded_dim());
  } else {
    QUIRE_ASSIGN_OR_RETURN(spilled, SpilledRecords::Make(view, snapshot, control.directory, control.stopped));
    source = spilled->source();
  }
  linked->tree_alone = source.tree_alone = ResidenceFor(view.parameters(), view.size()) == Residence::kOnDisk;
  const graph::BuildControl build{control.pool, control.stopped, control.progress};
  // Where many vectors are new the old links are not worth keeping: a new one on them costs twice what one from scratch does.
  const LinkState links = view.links();
  const Linked* const before = view.state().linked.get();
  const bool keeps = before != nullptr && !source.tree_alone && 2 * links.lag <= links.nodes - links.dead;
  QUIRE_ASSIGN_OR_RETURN(linked->graph, BuildGraph(source, keeps ? before->graph.get() : nullptr, build));
  linked->PointToRecords(source);
  QUIRE_RETURN_IF_ERROR(Calibrate(view, source, snapshot, control, linked.get()));
  if (!in_memory) linked->records.clear();
  return std::shared_ptr<const Linked>(std::move(linked));
}

void Linked::PointToRecords(const graph::Source& source) {
  records.assign(graph->size(), nullptr);
  for (size_t i = 0; i < source.numbers.size(); ++i) {
    const uint32_t node = graph->NodeOf(source.numbers[i]);
    if (node != graph::kNoNode) records[node] = source.records[i];
  }
}

std::vector<uint32_t> NodesOf(const graph::Graph& graph, graph::BlockRange range) {
  std::vector<uint32_t> nodes;
  for (uint32_t b = range.begin; b < range.begin + range.count; ++b) {
    for (size_t slot = 0; slot < simd::kBlockSlots; ++slot) {
      if (!std::isfinite(codec::SlotFactors(graph.block(b), graph.padded_dim, slot).add)) continue;
      nodes.push_back(codec::SlotNumber(graph.block(b), graph.padded_dim, slot));
    }
  }
  return nodes;
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

DeadNodes DeadIn(const Linked& linked, const OnDisk& on_disk) {
  std::vector<uint64_t> dead((linked.graph->size() + 63) / 64);
  for (uint32_t node = 0; node < linked.graph->size(); ++node) {
    if (!IsIn(on_disk.live, linked.graph->numbers[node])) dead[node / 64] |= uint64_t{1} << (node % 64);
  }
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
