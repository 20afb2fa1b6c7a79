// Any bytes as stored records: read, or refused. What was read is written back and read again to the same.
#include <cstdint>
#include <cstdlib>

#include "engine/db/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quire::db;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto record = DecodeChunk(bytes, 1, {}); record.ok()) {
    const auto again = DecodeChunk(EncodeChunk(*record), 1, {});
    if (!again.ok() || again->chunk.text != record->chunk.text || again->chunk.id != record->chunk.id) std::abort();
  }
  if (const auto document = DecodeDocument(bytes, "a.md"); document.ok()) {
    const auto again = DecodeDocument(EncodeDocument(*document), "a.md");
    if (!again.ok() || again->title != document->title) std::abort();
  }
  if (const auto entry = DecodeCatalogEntry(bytes, 1); entry.ok()) {
    if (!DecodeCatalogEntry(EncodeCatalogEntry(*entry), 1).ok()) std::abort();
  }
  if (const auto counters = DecodeCounters(bytes, "docs"); counters.ok()) {
    if (!DecodeCounters(EncodeCounters(*counters), "docs").ok()) std::abort();
  }
  return 0;
}
