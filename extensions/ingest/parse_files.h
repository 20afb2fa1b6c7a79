// ParseFiles: files to documents and chunks, in several threads, without touching the database but for reading.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/thread_pool.h"
#include "extensions/ingest/document.h"
#include "extensions/ingest/report.h"
#include "extensions/ingest/walk.h"
#include "quire/database.h"

namespace quire::ingest {

// The last byte of Document::content_hash. Raised whenever readers or chunker give other chunks for the same bytes,
// so that documents of an older loader are read again.
inline constexpr uint8_t kLoaderVersion = 1;

inline constexpr uint64_t kFileBytesMax = uint64_t{64} << 20;

struct ParsedFile {
  enum class State : uint8_t { kFailed, kUnchanged, kChanged, kAdded };
  State state = State::kFailed;
  Document document;
  std::vector<Chunk> chunks;          // without attributes
  std::vector<Attribute> attributes;  // of the document
  std::vector<Issue> issues;
};

struct ParseOptions {
  const Reader* reader = nullptr;  // to compare with what is stored; null: everything is new
  std::string collection;
  uint32_t chunk_tokens = 350;
  const std::atomic<bool>* cancelled = nullptr;
};

// One for each of `files`. After `cancelled` was set, files not begun yet are left as kFailed without an issue.
// A file is unchanged if size and time are those of the stored document, or else its bytes are (by hash).
std::vector<ParsedFile> ParseFiles(std::span<const SourceFile> files, const ParseOptions& options, ThreadPool& pool);

}  // namespace quire::ingest
