// Any bytes as a file of any format: the first one says which. Nothing crashes, hangs or gives text that is no UTF-8; chunks of formats that
// are read as they stand are slices of the file that hold every non-blank byte once. PDF is another program's.
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "engine/base/utf8.h"
#include "extensions/ingest/chunker.h"
#include "extensions/ingest/encoding.h"
#include "extensions/ingest/formats.h"

namespace {

using namespace quire::ingest;

constexpr const char* kNames[] = {"markdown", "rst",  "asciidoc", "text", "code", "json", "csv",  "tsv",    "notebook",
                                  "html",     "docx", "odf",      "pptx", "xlsx", "epub", "mail", "mailbox"};

void CheckChunks(const Format& format, std::string_view source, bool whole) {
  const auto reader = format.make();
  const ParsedDocument document = reader->Parse(source, {}).value();
  size_t at = document.body_start;
  if (at > source.size()) std::abort();
  for (const quire::Chunk& chunk : ChunkDocument(document, *reader, source, {.uri = "a", .title = "A"})) {
    if (chunk.start < at || chunk.end > source.size()) std::abort();
    if (source.substr(chunk.start, chunk.end - chunk.start) != chunk.text) std::abort();
    if (whole && source.substr(at, chunk.start - at).find_first_not_of(" \t\r\n\v\f") != std::string_view::npos)
      std::abort();
    if (quire::FindInvalidUtf8(chunk.indexed_text) != std::string_view::npos) std::abort();
    at = chunk.end;
  }
  if (whole && source.substr(at).find_first_not_of(" \t\r\n\v\f") != std::string_view::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Format& format = *FindFormat(kNames[data[0] % std::size(kNames)]);
  std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if (!format.binary) {
    auto decoded = DecodeText(bytes, DeclaredEncoding(bytes));
    if (!decoded.ok()) return 0;
    bytes = std::move(decoded->text);
  }
  if (format.convert == nullptr) {
    CheckChunks(format, bytes, true);
    return 0;
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto converted = format.convert({.bytes = bytes, .path = "", .command = "", .deadline = deadline});
  if (!converted.ok()) return 0;
  size_t replaced = 0;
  CheckChunks(format, ToUtf8(converted->markdown, "UTF-8", &replaced).value(), true);
  for (const PageStart& page : converted->pages) {
    if (page.at > converted->markdown.size()) std::abort();
  }
  return 0;
}
