// The keys of a segment, written and deleted.
#pragma once

#include "engine/index/contents.h"
#include "engine/storage/store.h"

namespace quire::index {

// The key of a leaf value of flat mode.
std::string LeafKeyOf(const Parameters& parameters, char kind, uint32_t number);

// Stores a sealed segment: 'P' and 'E' under its first number.
void WriteSegment(const Parameters& parameters, const Segment& segment, storage::Batch* batch);
// Stores one code of an appended segment: 'A' under its number.
void WriteAppended(const Parameters& parameters, const Segment& segment, size_t slot, storage::Batch* batch);
// Deletes what is stored of a segment: 'P', 'E' and the tombstones of its dead slots, or the 'A's of its live ones.
void DeleteSegment(const Parameters& parameters, const Segment& segment, const LiveMask& live, storage::Batch* batch);

}  // namespace quire::index
