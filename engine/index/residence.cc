#include "engine/index/residence.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>

#include "engine/codec/sketch.h"
#include "engine/index/links_format.h"
#include "engine/index/links_store.h"
#include "engine/index/load_contents.h"
#include "engine/index/stored_value.h"

namespace quire::index {
namespace {

using LiveBits = std::vector<uint64_t>;

// The segments that hold numbers from `first` on, and of them only these.
Contents From(const Contents& contents, uint32_t first) {
  Draft draft{Contents{}};
  for (const std::shared_ptr<const Group>& group : contents.groups) {
    for (size_t i = 0; i < group->segments.size(); ++i) {
      const std::shared_ptr<const Segment>& segment = group->segments[i];
      LiveMask live = group->live[i];
      for (size_t slot = 0; slot < segment->LowerBound(first); ++slot) {
        live[slot / simd::kBlockSlots] &= ~(1u << (slot % simd::kBlockSlots));
      }
      if (CountLive(live) > 0) draft.Append(segment, live);
    }
  }
  return std::move(draft).Finish();
}

// What an unsealed segment holds beyond `last`, as a segment of its own. REQUIRES: that is not nothing.
std::pair<std::shared_ptr<const Segment>, LiveMask> After(const Segment& segment, const LiveMask& live, uint32_t last) {
  auto rest = std::make_shared<Segment>(segment.padded_dim(), simd::kBlockSlots, false);
  LiveMask rest_live{};
  for (size_t slot = segment.LowerBound(last + 1); slot < segment.count(); ++slot) {
    const size_t to = rest->count();
    if (IsLive(live, slot)) rest_live[to / simd::kBlockSlots] |= 1u << (to % simd::kBlockSlots);
    std::memcpy(rest->next_record(), segment.record(slot), codec::RecordBytes(segment.padded_dim()));
    rest->Append(segment.factors(slot), segment.number(slot));
  }
  return {std::move(rest), rest_live};
}

void SetBit(LiveBits* bits, uint32_t number) { (*bits)[number / 64] |= uint64_t{1} << (number % 64); }

uint64_t CountBits(const LiveBits& bits) {
  uint64_t count = 0;
  for (const uint64_t word : bits) count += static_cast<uint64_t>(std::popcount(word));
  return count;
}

// The bits of `live` below `end`.
LiveBits Below(NumberSet live, uint32_t end) {
  LiveBits bits(live.begin(), live.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(live.size(), (end + 63) / 64)));
  bits.resize((size_t{end} + 63) / 64);
  if (end % 64 != 0) bits.back() &= (uint64_t{1} << (end % 64)) - 1;
  return bits;
}

IndexView::State ToOnDisk(IndexView::State state, const Linked& linked) {
  auto on_disk = std::make_shared<OnDisk>();
  on_disk->head = HeadOf(state.parameters, linked);
  const uint32_t end = on_disk->head->end_number;
  LiveBits live = state.on_disk != nullptr ? Below(state.on_disk->live, end) : LiveBits((size_t{end} + 63) / 64);
  state.contents.ForEachSegment([&](const Segment& segment, const LiveMask& mask) {
    for (size_t slot = 0; slot < segment.count(); ++slot) {
      if (IsLive(mask, slot) && segment.number(slot) < end) SetBit(&live, segment.number(slot));
    }
  });
  on_disk->size = CountBits(live);
  on_disk->live = std::move(live);
  state.contents = From(state.contents, end);
  state.on_disk = std::move(on_disk);
  state.linked = nullptr;
  state.dead = nullptr;
  return state;
}

// Searches from disk by links: their refine codes are not kept.
IndexView::State WithLinks(IndexView::State state, const Linked& linked) {
  auto without = std::make_shared<Linked>(linked);
  without->records.clear();
  without->contents = {};
  state.dead = DeadIn(*without, *state.on_disk);
  state.linked = std::move(without);
  return state;
}

}  // namespace

Residence ResidenceFor(const Parameters& parameters, uint64_t vectors) {
  const uint32_t padded_dim = codec::PaddedDim(parameters.dim);
  if (padded_dim < codec::kScanDimMin) return Residence::kFull;
  const uint64_t block = codec::BlockBytes(padded_dim) / simd::kBlockSlots;
  // Codes in order of leaves, whose last blocks are not full; sketch, neighbours, numbers. Then codes in order of number.
  const uint64_t lean = block * 4 / 3 + codec::SketchBytes(padded_dim) + graph::kDegreeMax * sizeof(uint32_t) + 20;
  const uint64_t budget = parameters.memory_limit / 2;
  if (vectors * (lean + block + codec::RecordBytes(padded_dim)) <= budget) return Residence::kFull;
  return vectors * lean <= budget ? Residence::kLean : Residence::kOnDisk;
}

IndexView::State Settle(IndexView::State state, std::shared_ptr<const Linked> linked) {
  state.edition = linked->edition;
  const uint64_t size = state.contents.size + (state.on_disk != nullptr ? state.on_disk->size : 0);
  const Residence fits = ResidenceFor(state.parameters, size);
  if (state.on_disk == nullptr && fits == Residence::kFull) {
    state.dead = DeadIn(*linked, state.contents);
    state.linked = std::move(linked);
    return state;
  }
  state = ToOnDisk(std::move(state), *linked);
  return fits == Residence::kOnDisk || linked->tree_alone ? state : WithLinks(std::move(state), *linked);
}

Result<std::shared_ptr<const View>> OpenOnDisk(uint32_t collection, uint32_t generation, uint64_t memory_limit,
                                               NumberSet live, const storage::Snapshot& snapshot) {
  QUIRE_ASSIGN_OR_RETURN(IndexView::State state, LoadState(collection, generation, memory_limit, snapshot));
  Result<std::shared_ptr<const LinksHead>> head = ReadHead(state.parameters, snapshot);
  if (!head.ok() || *head == nullptr || codec::PaddedDim(state.parameters.dim) < codec::kScanDimMin) {
    return std::shared_ptr<const View>();
  }
  auto on_disk = std::make_shared<OnDisk>();
  on_disk->head = *head;
  on_disk->live = Below(live, (*head)->end_number);
  on_disk->size = CountBits(on_disk->live);
  LoadOptions options;
  options.first = (*head)->end_number;
  Result<LoadedContents> tail = LoadContents(state.parameters, snapshot, options);
  // A segment that holds numbers of both kinds was not read: then, and if anything else does not fit, all is.
  const uint64_t all = CountBits({live.begin(), live.end()});
  if (!tail.ok() || on_disk->size + tail->contents.size != all || on_disk->size > (*head)->nodes) {
    return std::shared_ptr<const View>();
  }
  state.contents = std::move(tail->contents);
  state.vectors->SetGrowth(false);
  state.edition = (*head)->edition;
  state.on_disk = std::move(on_disk);
  return std::shared_ptr<const View>(std::make_shared<const IndexView>(std::move(state)));
}

bool WantsLoading(const View& current) {
  const auto& view = static_cast<const IndexView&>(current);
  if (view.state().on_disk == nullptr) return false;
  const Residence fits = ResidenceFor(view.parameters(), view.size());
  const bool lean = view.state().linked == nullptr && view.state().on_disk->head->has_links && fits == Residence::kLean;
  return lean || fits == Residence::kFull;
}

Result<std::shared_ptr<const View>> LoadWhatFits(const View& current, const storage::Snapshot& snapshot,
                                                 const std::atomic<bool>* cancelled) {
  const auto& view = static_cast<const IndexView&>(current);
  const Parameters& parameters = view.parameters();
  if (ResidenceFor(parameters, view.size()) == Residence::kFull) {
    return Load(parameters.collection, parameters.generation, parameters.memory_limit, snapshot, cancelled);
  }
  QUIRE_ASSIGN_OR_RETURN(const auto linked, LoadGraph(parameters, snapshot));
  IndexView::State state = view.state();
  if (linked != nullptr) state = WithLinks(std::move(state), *linked);
  return std::shared_ptr<const View>(std::make_shared<const IndexView>(std::move(state)));
}

std::shared_ptr<const View> CatchUp(const View& current, const View& loaded) {
  const IndexView::State& now = static_cast<const IndexView&>(current).state();
  if (now.on_disk == nullptr) return nullptr;
  IndexView::State state = static_cast<const IndexView&>(loaded).state();
  if (state.edition != now.edition) return nullptr;
  if (state.on_disk != nullptr) {  // links alone were loaded
    if (state.linked == nullptr) return nullptr;
    return std::make_shared<const IndexView>(WithLinks(now, *state.linked));
  }
  const uint32_t end = now.on_disk->head->end_number;
  uint32_t last = 0;
  bool any = false;
  std::vector<uint32_t> gone;
  state.contents.ForEachSegment([&](const Segment& segment, const LiveMask& live) {
    for (size_t slot = 0; slot < segment.count(); ++slot) {
      const uint32_t number = segment.number(slot);
      any = true;
      last = number;
      if (!IsLive(live, slot)) continue;
      if (number < end ? !IsIn(now.on_disk->live, number) : !now.contents.Find(number)) gone.push_back(number);
    }
  });
  Draft draft(std::move(state.contents));
  for (const uint32_t number : gone) {
    const Place place = *draft.contents().Find(number);
    // On disk it has a tombstone, whatever else is in its segment.
    const bool sealed = draft.contents().segment(place).sealed();
    if (auto emptied = draft.Remove(place); emptied != nullptr && sealed) state.emptied.push_back(std::move(emptied));
  }
  for (const std::shared_ptr<const Group>& group : From(now.contents, any ? last + 1 : 0).groups) {
    for (size_t i = 0; i < group->segments.size(); ++i) {
      std::shared_ptr<const Segment> segment = group->segments[i];
      LiveMask live = group->live[i];
      if (any && segment->first() <= last) std::tie(segment, live) = After(*segment, live, last);
      draft.Append(std::move(segment), live);
    }
  }
  state.contents = std::move(draft).Finish();
  state.vectors = now.vectors;
  if (state.linked != nullptr) state.dead = DeadIn(*state.linked, state.contents);
  return std::make_shared<const IndexView>(std::move(state));
}

}  // namespace quire::index
