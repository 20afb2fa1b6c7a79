// The stored values of a vector index. The page for people: engine/doc/vector_index.md, "Stored format".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/index/vector_index.h"

namespace quire::index {

// What a value holds. Append-only: stored.
enum class ValueKind : uint8_t {
  kScanCodes = 1,    // 'P': blocks of scan codes with factors and numbers (engine/codec/rabitq.h)
  kRefineCodes = 2,  // 'E': records, one per slot of the 'P' of the same number
  kAppended = 3,     // 'A': one vector: ScanFactors, then its record
  kTreeNode = 4,     // 'N': ids of the children (u32), then their centroids (dim floats each)
  kLinksHead = 5,    // 'T': see links_format.h
  kLinksPart = 6,    // 'K': the same
  kLinksLeaf = 7,    // 'L': the same
};

inline constexpr uint32_t kFormatVersion = 1;
inline constexpr size_t kSegmentSlots = 128;  // of a sealed segment: four blocks
inline constexpr size_t kSealMin = 32;        // fewer insertions of one change are appended one by one
inline constexpr uint32_t kFlatLeaf = 0;      // the only leaf of flat mode
inline constexpr uint32_t kRootNode = 0;

// Wraps `payload`: a header (magic, format version, kind, dim, count, version of the leaf, number), the payload, and
// the XXH3 of all of it. `number` is that of the key, so that a value under the wrong key is noticed.
std::string SealValue(ValueKind kind, uint32_t dim, uint32_t count, uint32_t number, std::string_view payload);

struct OpenedValue {
  uint32_t count = 0;
  std::string_view payload;  // borrowed
};
// The payload of a value that SealValue made. Errors: kCorruption, kUnsupported (newer format), saying what was
// expected and what found; the caller names the object.
Result<OpenedValue> OpenValue(std::string_view value, ValueKind kind, uint32_t dim, uint32_t number);

std::string EncodeParameters(const Parameters& parameters);
// Fills what is stored: dim, metric, raw, seed. Errors as OpenValue.
Status DecodeParameters(std::string_view value, Parameters* parameters);

// "vector index 3/1: segment 120", for messages.
std::string ObjectName(const Parameters& parameters, std::string_view object, uint32_t number);

}  // namespace quire::index
