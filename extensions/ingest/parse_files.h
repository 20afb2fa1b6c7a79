// ParseFiles: files to documents and chunks, in several threads, without touching the database but for reading.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/thread_pool.h"
#include "extensions/ingest/document.h"
#include "extensions/ingest/duplicates.h"
#include "extensions/ingest/path_pattern.h"
#include "extensions/ingest/report.h"
#include "extensions/ingest/source_bytes.h"
#include "extensions/ingest/survey.h"
#include "extensions/ingest/walk.h"
#include "quire/database.h"

namespace quire::ingest {

// The last byte of Document::content_hash. Raised whenever readers or chunker give other chunks for the same bytes,
// so that documents of an older loader are read again.
inline constexpr uint8_t kLoaderVersion = 5;

// Attributes that single chunks have: the file that holds their bytes where it is not the document's (start and end
// count in it), and the tier of the block they stand in ("enterprise" of <div class="enterprise-only">).
inline constexpr std::string_view kIncludedFromAttribute = "included_from";
inline constexpr std::string_view kTierBlockAttribute = "tier_block";
// INTEGER: the page that a chunk begins on, of formats that have pages (from 1).
inline constexpr std::string_view kPageAttribute = "page";
// Of a document: the commit that was checked out when it was loaded.
inline constexpr std::string_view kCommitAttribute = "git_commit";

struct ParsedFile {
  enum class State : uint8_t { kFailed, kUnchanged, kChanged, kAdded };
  State state = State::kFailed;
  Document document;
  std::vector<Chunk> chunks;                             // without attributes
  std::vector<TextPrint> prints;                         // of the text of each chunk
  std::vector<Attribute> attributes;                     // of the document
  std::vector<std::vector<Attribute>> chunk_attributes;  // of each chunk, besides; they win
  std::vector<Issue> issues;
};

// What one file may take.
struct FileLimits {
  uint64_t bytes_max = kFileBytesMax;
  std::chrono::milliseconds timeout{60'000};
};

struct ParseOptions {
  const Reader* reader = nullptr;  // to compare with what is stored; null: everything is new
  std::string collection;
  uint32_t chunk_tokens = 350;
  std::vector<std::string> include_roots = {};  // folders that may be read through includes, besides the one loaded
  std::string encoding = {};                    // of text without a byte order mark; empty: found out
  std::string via = {};                         // command of the format `via`
  FileLimits limits = {};
  const PathPattern* path_pattern = nullptr;  // attributes of the path; front matter wins
  KeptSources* kept = nullptr;                // files that were read before; they are taken out
  const std::atomic<bool>* cancelled = nullptr;
};

// Whether a stored document is known to be what the file holds without reading it.
bool IsSettled(const Document& stored, const SourceFile& file);

// One for each of `files`. After `cancelled` was set, files not begun yet are left as kFailed without an issue.
// A file is unchanged if size and time are those of the stored document, or else its bytes are (by hash).
std::vector<ParsedFile> ParseFiles(std::span<const SourceFile> files, const ParseOptions& options, ThreadPool& pool);

}  // namespace quire::ingest
