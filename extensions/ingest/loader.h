// Loader: folders and files into a collection, incrementally.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "extensions/ingest/parse_files.h"
#include "extensions/ingest/report.h"
#include "extensions/ingest/walk.h"
#include "quire/database.h"

namespace quire::ingest {

struct LoadProgress {
  uint64_t documents = 0, documents_total = 0;
  uint64_t bytes = 0, bytes_total = 0;
  uint64_t chunks = 0;
  uint64_t failed = 0;
};

struct LoadOptions {
  std::string collection;
  std::vector<std::string> paths;  // folders, files, globs
  WalkOptions walk = {};
  bool create_collection = true;  // if it is missing
  bool sync = false;       // documents of the collection that a loader wrote and `paths` no longer hold are deleted
  bool fail_fast = false;  // the first failed file ends the load
  std::vector<std::string> include_roots = {};  // folders that includes may be read from besides those loaded
  std::string encoding = {};                    // of text without a byte order mark; empty: found out
  std::string via = {};  // command that converts files of the format `via`; `{}` stands for the path
  FileLimits limits = {};
  std::optional<PathPattern> path_pattern = {};
  uint32_t chunk_tokens = 0;  // of a collection that is created; 0: the default
  size_t jobs = 0;            // threads that parse; 0: as many as the machine has
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(const LoadProgress&)> on_progress = {};  // called by the thread that loads, after each batch
};

// Loads every file that is new or has changed, and leaves the others alone. A document is replaced whole: old or new,
// never half; chunks that stay keep id and vector. Front matter becomes attributes; columns that are missing are
// added. Stopped at any point and called again, it ends in the same state as if it had not been stopped.
//
// A file that fails is in the report, its older version stays. Errors of the load itself: kNotFound (a path, the
// collection), kInvalidArgument (chunk_tokens other than the collection's), kIoError, kReadOnly ...: what was
// committed stays. Everything written is flushed when it returns.
//
// With `sync`, a new file with the bytes of a document that vanished is that document renamed: its chunks keep their vectors.
// What failed is kept in the collection quire_load_errors (load_errors.h), what was loaded in quire_sources (load_source.h).
Result<LoadReport> Load(Database& database, const LoadOptions& options);

// Loads again whatever had failures in the collection, as it was loaded then. Errors: kNotFound (nothing failed), those of Load.
Result<LoadReport> RetryFailed(Database& database, const std::string& collection, const std::atomic<bool>* cancelled,
                               const std::function<void(const LoadProgress&)>& on_progress);

// The files as Load would parse them into an empty collection, in order of their URIs; nothing is written.
Result<LoadReport> Preview(const LoadOptions& options, const std::function<void(const ParsedFile&)>& visit);

}  // namespace quire::ingest
