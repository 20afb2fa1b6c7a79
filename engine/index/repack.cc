// Repack: appended codes, tombstones and small segments into full ones.
//
// Segments stay in ascending number, so what is rewritten is runs of neighbours that are not full, clean and sealed.
#include <algorithm>
#include <cstring>

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
      : parameters_(view.parameters()), batch_(batch), draft_(Contents{}) {}

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
        if (segment == nullptr) {
          segment = std::make_shared<Segment>(unit.segment->padded_dim(), std::min(left, kSegmentSlots), true);
        }
        std::memcpy(segment->next_record(), unit.segment->record(slot), codec::RecordBytes(segment->padded_dim()));
        segment->Append(unit.segment->factors(slot), unit.segment->number(slot));
        if (!segment->full()) continue;
        left -= segment->count();
        WriteSegment(parameters_, *segment, batch_);
        const LiveMask live = FirstSlots(segment->count());
        draft_.Append(std::move(segment), live);
        segment = nullptr;
      }
    }
  }

  const Parameters& parameters_;
  storage::Batch* batch_;
  Draft draft_;
};

}  // namespace

Result<std::shared_ptr<const View>> Repack(const View& current, const storage::Snapshot&, storage::Batch* batch) {
  const auto& view = static_cast<const IndexView&>(current);
  if (view.state().lean) return std::shared_ptr<const View>();  // what would be rewritten is not in memory
  const std::vector<Unit> units = UnitsOf(view.contents());
  if (!WorthIt(units, view.size())) return std::shared_ptr<const View>();
  IndexView::State next = view.state();
  next.contents = Repacker(view, batch).Run(units);
  return std::shared_ptr<const View>(std::make_shared<const IndexView>(std::move(next)));
}

}  // namespace quire::index
