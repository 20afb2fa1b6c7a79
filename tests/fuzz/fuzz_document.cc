// Any UTF-8 as a Markdown or text document: its chunks are slices of it, in order, and hold every non-blank byte once.
#include <cstdint>
#include <cstdlib>

#include "engine/base/utf8.h"
#include "extensions/ingest/chunker.h"
#include "extensions/ingest/formats.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quire::ingest;
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  if (quire::FindInvalidUtf8(source) != std::string_view::npos) return 0;
  for (const char* name : {"markdown", "text"}) {
    const auto reader = FindFormat(name)->make();
    const ParsedDocument document = reader->Parse(source, {}).value();
    size_t at = document.body_start;
    if (at > size) std::abort();
    for (const quire::Chunk& chunk : ChunkDocument(document, *reader, source, {.uri = "a.md", .title = "A"})) {
      if (chunk.start < at || chunk.end > size || source.substr(chunk.start, chunk.end - chunk.start) != chunk.text) {
        std::abort();
      }
      if (source.substr(at, chunk.start - at).find_first_not_of(" \t\r\n") != std::string_view::npos) std::abort();
      at = chunk.end;
    }
    if (source.substr(at).find_first_not_of(" \t\r\n\v\f") != std::string_view::npos) std::abort();
  }
  return 0;
}
