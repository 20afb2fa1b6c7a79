// Repack: appended codes, tombstones and small segments into full ones.
//
// Segments stay in ascending number, so what is rewritten is runs of neighbours that are not full, clean and sealed.
#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/index/index_view.h"
#include "engine/index/segment_writer.h"
#include "engine/index/stored_value.h"

namespace quire::index {
namespace {

// A rewrite is worth its write when it saves this many keys, or this share of the memory.
constexpr uint64_t kAppendedMin = 64;
constexpr uint64_t kDeadMin = 64;
constexpr uint64_t kDeadShare = 8;

struct Unit {
  std::shared_ptr<const Segment> segment;
  LiveMask live{};
  size_t dead() const { return segment->count() - CountLive(live); }
  bool clean() const { return segment->sealed() && segment->count() == kSegmentSlots && dead() == 0; }
};

std::vector<Unit> UnitsOf(const Contents& contents) {
  std::vector<Unit> units;
  for (const std::shared_ptr<const Group>& group : contents.groups) {
    for (size_t i = 0; i < group->segments.size(); ++i) units.push_back({group->segments[i], group->live[i]});
  }
  return units;
}

bool WorthIt(const std::vector<Unit>& units, uint64_t size) {
  uint64_t appended = 0, dead = 0, sealed = 0;
  for (const Unit& unit : units) {
    (unit.segment->sealed() ? sealed : appended) += unit.segment->sealed() ? 1 : CountLive(unit.live);
    if (unit.segment->sealed()) dead += unit.dead();
  }
  return appended >= kAppendedMin || dead >= std::max(kDeadMin, size / kDeadShare) ||
         sealed > 2 * (size / kSegmentSlots) + 2;
}

class Repacker {
 public:
  Repacker(const IndexView& view, storage::Batch* batch)
      : parameters_(view.parameters()),
        end_linked_(view.state().linked != nullptr ? view.state().linked->graph->end_number() : 0),
        batch_(batch),
        draft_(Contents{}) {}

  Contents Run(const std::vector<Unit>& units) {
    size_t i = 0;
    while (i < units.size()) {
      size_t end = i;
      while (end < units.size() && !units[end].clean()) ++end;
      if (end == i) {
        Keep(units[i++]);
        continue;
      }
      Rewrite(std::span(units).subspan(i, end - i));
      i = end;
    }
    return std::move(draft_).Finish();
  }

 private:
  void Keep(const Unit& unit) { draft_.Append(unit.segment, unit.live); }

  void Rewrite(std::span<const Unit> run) {
    if (run.size() == 1 && run[0].segment->sealed() && run[0].dead() == 0) return Keep(run[0]);
    size_t left = 0;
    for (const Unit& unit : run) {
      left += CountLive(unit.live);
      DeleteSegment(parameters_, *unit.segment, unit.live, batch_);
    }
    std::shared_ptr<Segment> segment;
    for (const Unit& unit : run) {
      for (size_t slot = 0; slot < unit.segment->count(); ++slot) {
        if (!IsLive(unit.live, slot)) continue;
        // No segment holds numbers that links know and others: what came since can be read alone.
        const bool crosses = segment != nullptr && segment->first() < end_linked_ &&
                             unit.segment->number(slot) >= end_linked_;
        if (crosses) left -= Finish(std::exchange(segment, nullptr));
        if (segment == nullptr) {
          segment = std::make_shared<Segment>(unit.segment->padded_dim(), std::min(left, kSegmentSlots), true);
        }
        std::memcpy(segment->next_record(), unit.segment->record(slot), codec::RecordBytes(segment->padded_dim()));
        segment->Append(unit.segment->factors(slot), unit.segment->number(slot));
        if (segment->full()) left -= Finish(std::exchange(segment, nullptr));
      }
    }
    if (segment != nullptr) Finish(segment);
  }

  // Stores a segment and puts it behind the others; returns how many it holds.
  size_t Finish(const std::shared_ptr<const Segment>& segment) {
    WriteSegment(parameters_, *segment, batch_);
    draft_.Append(segment, FirstSlots(segment->count()));
    return segment->count();
  }

  const Parameters& parameters_;
  const uint32_t end_linked_;  // numbers below are known to the links
  storage::Batch* batch_;
  Draft draft_;
};

}  // namespace

Result<std::shared_ptr<const View>> Repack(const View& current, Repacking how, const storage::Snapshot&,
                                           storage::Batch* batch) {
  const auto& view = static_cast<const IndexView&>(current);
  // Otherwise what would be rewritten is not in memory.
  if (view.state().on_disk != nullptr) return std::shared_ptr<const View>();
  const std::vector<Unit> units = UnitsOf(view.contents());
  const bool wanted = how == Repacking::kAll || WorthIt(units, view.size());
  if (view.state().emptied.empty() && !wanted) return std::shared_ptr<const View>();
  IndexView::State next = view.state();
  for (const std::shared_ptr<const Segment>& gone : next.emptied) {
    DeleteSegment(next.parameters, *gone, LiveMask{}, batch);
  }
  next.emptied.clear();
  next.contents = Repacker(view, batch).Run(units);
  return std::shared_ptr<const View>(std::make_shared<const IndexView>(std::move(next)));
}

}  // namespace quire::index
