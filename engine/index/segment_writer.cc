#include "engine/index/segment_writer.h"

#include "engine/base/bytes.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {

using storage::Family;

std::string LeafKeyOf(const Parameters& parameters, char kind, uint32_t number) {
  return storage::LeafKey(kind, parameters.collection, parameters.generation, kFlatLeaf, number);
}

void WriteSegment(const Parameters& parameters, const Segment& segment, storage::Batch* batch) {
  const auto count = static_cast<uint32_t>(segment.count());
  const uint32_t first = segment.first();
  batch->Put(Family::kPosting, LeafKeyOf(parameters, 'P', first),
             SealValue(ValueKind::kScanCodes, parameters.dim, count, first, segment.block_bytes()));
  batch->Put(Family::kCode, LeafKeyOf(parameters, 'E', first),
             SealValue(ValueKind::kRefineCodes, parameters.dim, count, first, segment.record_bytes()));
}

void WriteAppended(const Parameters& parameters, const Segment& segment, size_t slot, storage::Batch* batch) {
  std::string payload;
  AppendRaw(&payload, segment.factors(slot));
  payload.append(reinterpret_cast<const char*>(segment.record(slot)), codec::RecordBytes(segment.padded_dim()));
  const uint32_t number = segment.number(slot);
  batch->Put(Family::kPosting, LeafKeyOf(parameters, 'A', number),
             SealValue(ValueKind::kAppended, parameters.dim, 1, number, payload));
}

void DeleteSegment(const Parameters& parameters, const Segment& segment, const LiveMask& live, storage::Batch* batch) {
  const bool sealed = segment.sealed();
  for (size_t slot = 0; slot < segment.count(); ++slot) {
    if (IsLive(live, slot) == sealed) continue;
    batch->Delete(Family::kPosting, LeafKeyOf(parameters, sealed ? 'X' : 'A', segment.number(slot)));
  }
  if (!sealed) return;
  batch->Delete(Family::kPosting, LeafKeyOf(parameters, 'P', segment.first()));
  batch->Delete(Family::kCode, LeafKeyOf(parameters, 'E', segment.first()));
}

}  // namespace quire::index
