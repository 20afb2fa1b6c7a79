// Apply: the View after a change, and the keys that store it.
#include <algorithm>
#include <cmath>

#include "engine/codec/raw_vector.h"
#include "engine/index/index_view.h"
#include "engine/index/links_format.h"
#include "engine/index/segment_writer.h"
#include "engine/index/spill_file.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

using storage::Family;

std::string FormatFloat(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(value));
  return text;
}

Status CheckInsertion(const Parameters& parameters, const Insertion& insertion) {
  const std::string name = "vector of number " + std::to_string(insertion.number);
  if (insertion.vector.size() != parameters.dim) {
    return Status(Code::kInvalidArgument, name + " has " + std::to_string(insertion.vector.size()) +
                                              " components, expected " + std::to_string(parameters.dim));
  }
  const float limit = codec::RawLimit(parameters.raw);
  for (size_t i = 0; i < insertion.vector.size(); ++i) {
    const float value = insertion.vector[i];
    if (std::fabs(value) <= limit) continue;
    const std::string component = name + ": component " + std::to_string(i) + " is " + FormatFloat(value);
    if (!std::isfinite(value)) return Status(Code::kInvalidArgument, component + ", expected a finite number");
    return Status(Code::kInvalidArgument, component + ", expected at most " + FormatFloat(limit) + " in magnitude",
                  parameters.raw == RawVectors::kF16 ? "scale the vectors, or keep them as f32" : "scale the vectors");
  }
  return {};
}

// The largest number in an index, plus one.
uint64_t EndOfNumbers(const IndexView& view) {
  const Contents& contents = view.contents();
  if (contents.groups.empty()) return view.state().on_disk != nullptr ? view.state().on_disk->head->end_number : 0;
  const Segment& last = *contents.groups.back()->segments.back();
  return uint64_t{last.number(last.count() - 1)} + 1;
}

bool IsThere(const IndexView& view, ChunkNumber number) {
  const OnDisk* const on_disk = view.state().on_disk.get();
  if (on_disk != nullptr && number < on_disk->head->end_number) return IsIn(on_disk->live, number);
  return view.contents().Find(number).has_value();
}

// `before` without those of `removals` that are its own.
std::shared_ptr<const OnDisk> WithoutLive(const std::shared_ptr<const OnDisk>& before,
                                          std::span<const ChunkNumber> removals) {
  std::shared_ptr<OnDisk> next;
  for (const ChunkNumber number : removals) {
    if (number >= before->head->end_number) continue;
    if (next == nullptr) next = std::make_shared<OnDisk>(*before);
    next->live[number / 64] &= ~(uint64_t{1} << (number % 64));
    --next->size;
  }
  return next != nullptr ? next : before;
}

Status CheckChange(const IndexView& view, const Change& change) {
  uint64_t next = EndOfNumbers(view);
  for (const Insertion& insertion : change.insertions) {
    if (insertion.number < next) {
      return Status(Code::kInternal, ObjectName(view.parameters(), "vector", insertion.number) +
                                         " comes in out of order, expected at least " + std::to_string(next));
    }
    next = uint64_t{insertion.number} + 1;
    QUIRE_RETURN_IF_ERROR(CheckInsertion(view.parameters(), insertion));
  }
  std::vector<ChunkNumber> removals(change.removals.begin(), change.removals.end());
  std::sort(removals.begin(), removals.end());
  for (size_t i = 0; i < removals.size(); ++i) {
    const bool twice = i > 0 && removals[i] == removals[i - 1];
    if (!twice && IsThere(view, removals[i])) continue;
    return Status(Code::kInternal,
                  ObjectName(view.parameters(), "vector", removals[i]) + " is to be removed but not there");
  }
  return {};
}

// Carries out a checked change.
class Applier {
 public:
  Applier(const IndexView& view, const storage::Snapshot& snapshot, storage::Batch* batch)
      : view_(view),
        snapshot_(snapshot),
        parameters_(view.parameters()),
        end_on_disk_(view.state().on_disk != nullptr ? view.state().on_disk->head->end_number : 0),
        batch_(batch),
        draft_(view.contents()),
        vector_(parameters_.dim) {}

  Result<Contents> Run(const Change& change) {
    for (const ChunkNumber number : change.removals) Remove(number);
    std::span<const Insertion> rest = change.insertions;
    if (rest.size() >= kSealMin && !HasRoom()) Spill(rest.size(), change.spill_directory);
    while (rest.size() >= kSealMin) {
      const size_t count = std::min(kSegmentSlots, rest.size());
      Seal(rest.first(count));
      rest = rest.subspan(count);
    }
    if (!rest.empty()) AppendEach(rest);
    QUIRE_RETURN_IF_ERROR(std::move(status_));
    if (spill_ != nullptr) spill_->Leave();
    return std::move(draft_).Finish();
  }

 private:
  bool HasRoom() const { return view_.contents().memory_bytes <= parameters_.memory_limit / 2; }

  void Spill(size_t vectors, const std::string& directory) {
    if (directory.empty()) return;
    const size_t bytes = vectors * codec::RecordBytes(view_.encoder().padded_dim());
    if (Result<std::shared_ptr<SpillFile>> file = SpillFile::Make(bytes, directory); file.ok()) spill_ = *std::move(file);
  }

  std::shared_ptr<Segment> NewSealed(size_t count) {
    const uint32_t padded_dim = view_.encoder().padded_dim();
    if (spill_ == nullptr) return std::make_shared<Segment>(padded_dim, count, true);
    auto segment = std::make_shared<Segment>(padded_dim, count, spill_, spilled_bytes_);
    spilled_bytes_ += count * codec::RecordBytes(padded_dim);
    return segment;
  }

  void Remove(ChunkNumber number) {
    batch_->Delete(Family::kRaw, storage::RawKey(parameters_.collection, parameters_.generation, number));
    if (number < end_on_disk_) return RemoveOnDisk(number);
    const Place place = *draft_.contents().Find(number);
    const bool sealed = draft_.contents().segment(place).sealed();
    const std::shared_ptr<const Segment> gone = draft_.Remove(place);
    if (!sealed) {
      batch_->Delete(Family::kPosting, LeafKeyOf(parameters_, 'A', number));
    } else if (gone == nullptr || gone->first() < end_on_disk_) {
      batch_->Put(Family::kPosting, LeafKeyOf(parameters_, 'X', number), {});
    } else {
      DeleteSegment(parameters_, *gone, LiveMask{}, batch_);
    }
  }

  // Of a vector whose segment is not in memory: it was appended, or is sealed.
  void RemoveOnDisk(ChunkNumber number) {
    const std::string appended = LeafKeyOf(parameters_, 'A', number);
    std::string value;
    const Result<bool> there = snapshot_.Get(Family::kPosting, appended, &value);
    if (!there.ok()) {
      status_ = there.status();
    } else if (*there) {
      batch_->Delete(Family::kPosting, appended);
    } else {
      batch_->Put(Family::kPosting, LeafKeyOf(parameters_, 'X', number), {});
    }
  }

  // Stores the vector and encodes what was stored, so that codes and vector agree to the last bit.
  void Encode(const Insertion& insertion, Segment* segment) {
    bytes_.clear();
    codec::AppendRawVector(parameters_.raw, insertion.vector, &bytes_);
    batch_->Put(Family::kRaw, storage::RawKey(parameters_.collection, parameters_.generation, insertion.number),
                bytes_);
    const bool read = codec::ReadRawVector(parameters_.raw, bytes_, vector_);
    static_cast<void>(read);  // of the size just written
    segment->Append(view_.encoder().Encode(vector_, &scratch_, segment->next_record()), insertion.number);
  }

  void Seal(std::span<const Insertion> insertions) {
    const std::shared_ptr<Segment> segment = NewSealed(insertions.size());
    for (const Insertion& insertion : insertions) Encode(insertion, segment.get());
    WriteSegment(parameters_, *segment, batch_);
    draft_.Append(segment, FirstSlots(insertions.size()));
  }

  void AppendEach(std::span<const Insertion> insertions) {
    const std::shared_ptr<const Segment> last = draft_.last();
    if (last != nullptr && !last->sealed() && !last->full()) {
      auto segment = std::make_shared<Segment>(*last);
      insertions = insertions.subspan(FillAppended(insertions, segment.get()));
      draft_.ReplaceLast(std::move(segment));
    }
    if (insertions.empty()) return;
    auto segment = std::make_shared<Segment>(view_.encoder().padded_dim(), simd::kBlockSlots, false);
    FillAppended(insertions, segment.get());
    const LiveMask live = FirstSlots(segment->count());
    draft_.Append(std::move(segment), live);
  }

  // Appends as many as there is room for; returns how many. They are fewer than a block holds.
  size_t FillAppended(std::span<const Insertion> insertions, Segment* segment) {
    size_t count = 0;
    for (; count < insertions.size() && !segment->full(); ++count) {
      Encode(insertions[count], segment);
      WriteAppended(parameters_, *segment, segment->count() - 1, batch_);
    }
    return count;
  }

  const IndexView& view_;
  const storage::Snapshot& snapshot_;
  const Parameters& parameters_;
  const uint32_t end_on_disk_;  // numbers below are not in contents
  Status status_;               // the first failure
  storage::Batch* batch_;
  Draft draft_;
  std::shared_ptr<SpillFile> spill_;  // of this change; null: there is room in memory
  size_t spilled_bytes_ = 0;
  std::string bytes_;
  std::vector<float> vector_;
  std::vector<float> scratch_;
};

}  // namespace

Result<std::shared_ptr<const View>> Apply(const View& current, const Change& change,
                                          const storage::Snapshot& snapshot, storage::Batch* batch) {
  const auto& view = static_cast<const IndexView&>(current);
  QUIRE_RETURN_IF_ERROR(CheckChange(view, change));
  IndexView::State next = view.state();
  QUIRE_ASSIGN_OR_RETURN(next.contents, Applier(view, snapshot, batch).Run(change));
  if (next.on_disk != nullptr) next.on_disk = WithoutLive(next.on_disk, change.removals);
  if (next.linked != nullptr) next.dead = WithDead(*next.linked, next.dead, change.removals);
  return std::shared_ptr<const View>(std::make_shared<const IndexView>(std::move(next)));
}

}  // namespace quire::index
