#include "engine/index/index_view.h"

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

// One search over the codes. Lives for the call.
class Scanner {
 public:
  Scanner(const IndexView& view, const Query& query, const codec::PreparedQuery& prepared, CandidatePool* pool)
      : view_(view),
        query_(query),
        kernels_(simd::ActiveKernels()),
        prepared_(prepared),
        padded_dim_(view.encoder().padded_dim()),
        scans_(padded_dim_ >= codec::kScanDimMin),
        pool_(*pool) {}

  // Leaves out numbers below `first`.
  void StartAt(uint32_t first) { first_ = first; }

  // Tells the query what was done.
  void Count() const {
    if (query_.cost == nullptr) return;
    query_.cost->blocks += blocks_;
    query_.cost->refined += refined_;
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

  void ScanBlock(const Segment& segment, size_t b, uint32_t mask) {
    const uint8_t* const block = segment.block(b);
    if (codec::SlotNumber(block, padded_dim_, 0) < first_) mask = SlotsFrom(first_, block, mask);
    if (query_.allowed != nullptr) mask = AllowedSlots(*query_.allowed, block, padded_dim_, mask);
    if (mask == 0) return;
    ++blocks_;
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

 private:
  // The slots of `mask` whose numbers are not below `first`.
  uint32_t SlotsFrom(uint32_t first, const uint8_t* block, uint32_t mask) const {
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(rest));
      if (codec::SlotNumber(block, padded_dim_, slot) < first) mask &= ~(1u << slot);
    }
    return mask;
  }

  void Prefetch(const uint8_t* record) const {
    for (size_t at = 0; at < codec::RecordBytes(padded_dim_); at += 64) __builtin_prefetch(record + at);
  }

  void Refine(const Segment& segment, size_t slot) {
    ++refined_;
    pool_.Add(segment.number(slot), prepared_.Refine(kernels_, segment.record(slot)));
  }

  const IndexView& view_;
  const Query& query_;
  const simd::Kernels& kernels_;
  const codec::PreparedQuery& prepared_;
  uint32_t padded_dim_;
  uint32_t first_ = 0;  // numbers below are left out
  bool scans_;
  CandidatePool& pool_;
  uint64_t blocks_ = 0, refined_ = 0;
};

bool EndsBefore(const Segment& segment, uint32_t number) { return segment.number(segment.count() - 1) < number; }

// Shows every block that holds a number from `first` on to all scanners before the next.
void ScanTogether(const IndexView& view, uint32_t first, const std::atomic<bool>* cancelled,
                  std::span<Scanner> scanners) {
  for (const std::shared_ptr<const Group>& group : view.contents().groups) {
    if (EndsBefore(*group->segments.back(), first)) continue;
    for (size_t i = 0; i < group->segments.size(); ++i) {
      if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return;
      if (EndsBefore(*group->segments[i], first)) continue;
      if (i + 1 < group->segments.size()) __builtin_prefetch(group->segments[i + 1]->block(0));
      for (size_t b = 0; b < group->segments[i]->block_count(); ++b) {
        for (Scanner& scanner : scanners) scanner.ScanBlock(*group->segments[i], b, group->live[i][b]);
      }
    }
  }
}

}  // namespace

// Compares the stored vectors one by one, as many at a time as a block of memory holds.
Status SearchExact(const IndexView& view, const Query& query, const storage::Snapshot& snapshot,
                   std::vector<Neighbour>* out) {
  constexpr size_t kNumbersMax = 4096;
  // Reading everything once would drive out what is read often.
  const bool few = query.allowed != nullptr && query.allowed_count <= kComparedMax;
  ExactSearch exact(view.parameters(), query, snapshot, view.state().vectors.get(),
                    few ? storage::Caching::kFill : storage::Caching::kBypass);
  const uint32_t padded_dim = view.encoder().padded_dim();
  std::vector<uint32_t> numbers;
  const OnDisk* const on_disk = view.state().on_disk.get();
  for (size_t word = 0; on_disk != nullptr && word < on_disk->live.size(); ++word) {
    uint64_t bits = on_disk->live[word];
    if (query.allowed != nullptr) bits &= word < query.allowed->size() ? (*query.allowed)[word] : 0;
    for (; bits != 0; bits &= bits - 1) {
      numbers.push_back(static_cast<uint32_t>(word * 64 + static_cast<unsigned>(std::countr_zero(bits))));
    }
    if (numbers.size() < kNumbersMax) continue;
    QUIRE_RETURN_IF_ERROR(exact.Add(numbers));
    numbers.clear();
  }
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

void ScanFlat(const IndexView& view, const Query& query, const codec::PreparedQuery& prepared, uint32_t first,
              CandidatePool* pool) {
  Scanner scanner(view, query, prepared, pool);
  const bool few = first == 0 && query.allowed != nullptr && query.allowed_count <= kLookUpMax &&
                   query.allowed_count * kLookUpSlots <= view.size();
  if (few) {
    scanner.LookUpAllowed();
  } else {
    scanner.StartAt(first);
    ScanTogether(view, first, query.cancelled, {&scanner, 1});
  }
  scanner.Count();
}

void ScanFlatTogether(const IndexView& view, std::span<const Query* const> queries,
                      std::span<const std::unique_ptr<codec::PreparedQuery>> prepared, std::span<CandidatePool> pools) {
  std::vector<Scanner> scanners;
  scanners.reserve(queries.size());
  for (size_t i = 0; i < queries.size(); ++i) scanners.emplace_back(view, *queries[i], *prepared[i], &pools[i]);
  ScanTogether(view, 0, queries.empty() ? nullptr : queries[0]->cancelled, scanners);
  for (const Scanner& scanner : scanners) scanner.Count();
}

}  // namespace quire::index
