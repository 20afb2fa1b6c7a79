#include "engine/index/flat_view.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/index/candidates.h"
#include "engine/index/rerank.h"

namespace quire::index {
namespace {

using simd::kBlockSlots;

// Few allowed numbers are looked up one by one instead of being met in a scan: a look-up and its refinement cost about
// what scanning this many slots does.
constexpr uint64_t kLookUpSlots = 48;
constexpr uint64_t kLookUpMax = 4096;

bool IsIn(NumberSet set, uint32_t number) {
  const size_t word = number / 64;
  return word < set.size() && ((set[word] >> (number % 64)) & 1) != 0;
}

// Bits [first, first + 32) of a set.
uint32_t Bits32(NumberSet set, uint32_t first) {
  const size_t word = first / 64;
  const unsigned shift = first % 64;
  if (word >= set.size()) return 0;
  uint64_t bits = set[word] >> shift;
  if (shift > 32 && word + 1 < set.size()) bits |= set[word + 1] << (64 - shift);
  return static_cast<uint32_t>(bits);
}

// The slots of `live` whose numbers are allowed.
uint32_t AllowedSlots(NumberSet allowed, const uint8_t* block, uint32_t padded_dim, uint32_t live) {
  const uint32_t first = codec::SlotNumber(block, padded_dim, 0);
  if (codec::SlotNumber(block, padded_dim, kBlockSlots - 1) - first == kBlockSlots - 1) {
    return live & Bits32(allowed, first);
  }
  uint32_t mask = 0;
  for (uint32_t rest = live; rest != 0; rest &= rest - 1) {
    const auto slot = static_cast<unsigned>(std::countr_zero(rest));
    if (IsIn(allowed, codec::SlotNumber(block, padded_dim, slot))) mask |= 1u << slot;
  }
  return mask;
}

bool IsCancelled(const Query& query) {
  return query.cancelled != nullptr && query.cancelled->load(std::memory_order_relaxed);
}

// Standard deviations of error that the bounds allow for. Flat mode refines about one vector in thirty at most, so
// there is room: figures in engine/doc/vector_index.md.
float EpsilonFor(double recall_target) {
  return static_cast<float>(std::clamp(codec::kEpsilon + 30 * (recall_target - 0.95), 1.2, 3.5));
}

// One search over the codes. Lives for the call.
class Scanner {
 public:
  Scanner(const FlatView& view, const Query& query)
      : view_(view),
        query_(query),
        kernels_(simd::ActiveKernels()),
        prepared_(*view.encoder(), query.vector, EpsilonFor(query.recall_target)),
        padded_dim_(view.encoder()->padded_dim()),
        scans_(padded_dim_ >= codec::kScanDimMin),
        pool_(query.k) {}

  void ScanAll() {
    for (const std::shared_ptr<const Group>& group : view_.contents().groups) {
      for (size_t i = 0; i < group->segments.size(); ++i) {
        if (IsCancelled(query_)) return;
        if (i + 1 < group->segments.size()) __builtin_prefetch(group->segments[i + 1]->block(0));
        for (size_t b = 0; b < group->segments[i]->block_count(); ++b) {
          ScanBlock(*group->segments[i], b, group->live[i][b]);
        }
      }
    }
  }

  void LookUpAllowed() {
    const NumberSet allowed = *query_.allowed;
    for (size_t word = 0; word < allowed.size(); ++word) {
      for (uint64_t rest = allowed[word]; rest != 0; rest &= rest - 1) {
        const auto number = static_cast<uint32_t>(word * 64 + static_cast<unsigned>(std::countr_zero(rest)));
        const std::optional<Place> place = view_.contents().Find(number);
        if (place) Refine(view_.contents().segment(*place), place->slot);
      }
    }
  }

  std::vector<Candidate> Take() { return pool_.Take(); }

 private:
  void ScanBlock(const Segment& segment, size_t b, uint32_t mask) {
    const uint8_t* const block = segment.block(b);
    if (query_.allowed != nullptr) mask = AllowedSlots(*query_.allowed, block, padded_dim_, mask);
    if (mask == 0) return;
    simd::ScanResult result;
    if (scans_) mask &= kernels_.scan_block(&prepared_.scan(), block, pool_.threshold(), &result);
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
      Prefetch(segment.record(b * kBlockSlots + static_cast<unsigned>(std::countr_zero(rest))));
    }
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(rest));
      // The threshold may have fallen since the block was scanned.
      if (scans_ && result.lower[slot] > pool_.threshold()) continue;
      Refine(segment, b * kBlockSlots + slot);
    }
  }

  void Prefetch(const uint8_t* record) const {
    for (size_t at = 0; at < codec::RecordBytes(padded_dim_); at += 64) __builtin_prefetch(record + at);
  }

  void Refine(const Segment& segment, size_t slot) {
    pool_.Add(segment.number(slot), prepared_.Refine(kernels_, segment.record(slot)));
  }

  const FlatView& view_;
  const Query& query_;
  const simd::Kernels& kernels_;
  codec::PreparedQuery prepared_;
  uint32_t padded_dim_;
  bool scans_;
  CandidatePool pool_;
};

// Compares the stored vectors one by one, as many at a time as a block of memory holds.
Status SearchExact(const FlatView& view, const Query& query, const storage::Snapshot& snapshot,
                   std::vector<Neighbour>* out) {
  constexpr size_t kNumbersMax = 4096;
  ExactSearch exact(view.parameters(), query, snapshot);
  const uint32_t padded_dim = view.encoder()->padded_dim();
  std::vector<uint32_t> numbers;
  for (const std::shared_ptr<const Group>& group : view.contents().groups) {
    for (size_t i = 0; i < group->segments.size(); ++i) {
      const Segment& segment = *group->segments[i];
      for (size_t b = 0; b < segment.block_count(); ++b) {
        uint32_t mask = group->live[i][b];
        if (query.allowed != nullptr) mask = AllowedSlots(*query.allowed, segment.block(b), padded_dim, mask);
        for (; mask != 0; mask &= mask - 1) {
          numbers.push_back(segment.number(b * kBlockSlots + static_cast<unsigned>(std::countr_zero(mask))));
        }
      }
      if (numbers.size() < kNumbersMax) continue;
      QUIRE_RETURN_IF_ERROR(exact.Add(numbers));
      numbers.clear();
    }
  }
  QUIRE_RETURN_IF_ERROR(exact.Add(numbers));
  *out = exact.Take();
  return {};
}

// Whether a query is too long for what codes compute in single precision. Cosine normalises it first.
bool OverflowsCodes(const FlatView& view, const Query& query) {
  if (view.parameters().metric == Metric::kCosine) return false;
  const float limit = codec::RawLimit(RawVectors::kF32);
  return std::any_of(query.vector.begin(), query.vector.end(),
                     [limit](float value) { return std::fabs(value) > limit; });
}

}  // namespace

std::shared_ptr<const codec::Encoder> MakeEncoder(const Parameters& parameters, std::span<const float> centroid) {
  return std::make_shared<const codec::Encoder>(parameters.metric, parameters.dim, parameters.seed, centroid);
}

Status FlatView::Search(const Query& query, const storage::Snapshot& snapshot, std::vector<Neighbour>* out) const {
  out->clear();
  if (query.k == 0 || size() == 0) return {};
  if (query.exact || OverflowsCodes(*this, query)) return SearchExact(*this, query, snapshot, out);
  Scanner scanner(*this, query);
  const bool few =
      query.allowed != nullptr && query.allowed_count <= kLookUpMax && query.allowed_count * kLookUpSlots <= size();
  if (few) {
    scanner.LookUpAllowed();
  } else {
    scanner.ScanAll();
  }
  if (IsCancelled(query)) return Status(Code::kCancelled, "vector search was cancelled");
  return Rerank(parameters_, query, snapshot, scanner.Take(), out);
}

}  // namespace quire::index
