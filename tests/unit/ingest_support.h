// What the tests of extensions/ingest share.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/utf8.h"
#include "extensions/ingest/chunker.h"
#include "extensions/ingest/formats.h"
#include "extensions/ingest/text_scan.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::ingest {

inline ParsedDocument ParseAs(std::string_view format, std::string_view source) {
  const Format* found = FindFormat(format);
  REQUIRE(found != nullptr);
  return found->make()->Parse(source, {}).value();
}

inline std::vector<Chunk> ChunksOf(std::string_view source, uint32_t chunk_tokens = 350,
                                   std::string_view format = "markdown", std::string_view uri = "page.md") {
  const auto reader = FindFormat(format)->make();
  const ParsedDocument document = reader->Parse(source, {}).value();
  return ChunkDocument(document, *reader, source, {.uri = uri, .title = document.title, .chunk_tokens = chunk_tokens});
}

// The first thing that is wrong with the chunks of a source, or "". Their text is the source's, they are in order,
// together they hold every non-blank byte from `body_start` on once, none is larger than allowed, and their ids
// differ.
inline std::string FaultOf(std::string_view source, size_t body_start, const std::vector<Chunk>& chunks,
                           uint32_t chunk_tokens = 350) {
  size_t at = body_start;
  std::set<std::string> ids;
  for (size_t i = 0; i < chunks.size(); ++i) {
    const Chunk& chunk = chunks[i];
    const std::string name = "chunk " + std::to_string(i) + ": ";
    if (chunk.start < at || chunk.end <= chunk.start || chunk.end > source.size()) return name + "is out of order";
    if (!Trim(source.substr(at, chunk.start - at)).empty()) return name + "bytes are missing before it";
    if (chunk.text != source.substr(chunk.start, chunk.end - chunk.start)) return name + "text differs from the source";
    if (FindInvalidUtf8(chunk.text) != std::string_view::npos) return name + "text is not UTF-8";
    if (FindInvalidUtf8(chunk.indexed_text) != std::string_view::npos) return name + "indexed text is not UTF-8";
    if (chunk.text.size() > size_t{chunk_tokens} * 512 / 350 * 4) return name + "is too large";
    if (chunk.ordinal != i) return name + "has another ordinal";
    if (!ids.insert(chunk.id).second) return name + "has an id that another has";
    at = chunk.end;
  }
  return Trim(source.substr(std::min(at, source.size()))).empty() ? "" : "bytes are missing at the end";
}

// REQUIREs what FaultOf looks for, for a Markdown source.
inline std::vector<Chunk> CheckedChunks(std::string_view source, uint32_t chunk_tokens = 350) {
  std::vector<Chunk> chunks = ChunksOf(source, chunk_tokens);
  REQUIRE(FaultOf(source, ParseAs("markdown", source).body_start, chunks, chunk_tokens) == "");
  return chunks;
}

// A folder of source files for one test.
class SourceFolder {
 public:
  const std::string& path() const { return directory_.path(); }
  std::string At(const std::string& name) const { return directory_ / name; }
  // Writes a file, with the folders above it, long enough ago for its time to count.
  void Write(const std::string& name, std::string_view content, int seconds_ago = 60) const {
    const std::filesystem::path file(At(name));
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    std::filesystem::last_write_time(file,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds_ago));
  }
  void Remove(const std::string& name) const { std::filesystem::remove(At(name)); }

 private:
  testing::TemporaryDirectory directory_;
};

inline std::string ReadWholeFile(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

// The corpora (tests/README.md), or an empty path where there are none.
inline std::filesystem::path CorporaFolder() {
  const char* folder = std::getenv("QUIRE_CORPORA");
  return folder != nullptr && std::filesystem::is_directory(folder) ? folder : "";
}

}  // namespace quire::ingest
