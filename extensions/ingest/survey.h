// Survey: what must be known of all files of a load before the first of them is written, from one reading of each.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/base/thread_pool.h"
#include "extensions/ingest/column_types.h"
#include "extensions/ingest/include_syntax.h"
#include "extensions/ingest/source_bytes.h"
#include "extensions/ingest/walk.h"

namespace quire::ingest {

// Files that were read, until they are parsed. Safe for concurrent use.
class KeptSources {
 public:
  struct Source {
    std::string bytes;
    int64_t read_at = 0;                                   // microseconds since 1970, before the first byte was read
    std::optional<std::vector<IncludeTag>> includes = {};  // of bytes that are UTF-8
  };

  // Keeps at most so many bytes, of the files that come first.
  explicit KeptSources(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  void Keep(const std::string& path, Source source);
  // Gives up what is kept of a file; nothing: it must be read.
  std::optional<Source> Take(const std::string& path);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Source> sources_;
  const uint64_t bytes_max_;
  uint64_t bytes_ = 0;  // kept so far
};

struct SurveyOptions {
  std::vector<std::string> include_roots = {};  // as in ParseOptions
  std::string encoding = {};
  uint64_t bytes_max = kFileBytesMax;  // of a file: larger ones are not looked at
};

// Sets `partial` of each of `files` that is one (partials.h), gives the columns of the front matter of those that can have any,
// and keeps in `kept` what it read.
//
// Files of which `is_settled` says that they are as they were loaded are not read; it is called once for each, in parallel. Files that
// cannot be read have no columns and are no partials.
std::vector<InferredColumn> SurveyFiles(std::vector<SourceFile>* files, const SurveyOptions& options,
                                        function_ref<bool(const SourceFile&)> is_settled, KeptSources* kept,
                                        ThreadPool& pool);

}  // namespace quire::ingest
