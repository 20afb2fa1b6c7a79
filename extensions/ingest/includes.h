// Includes: a source with the files it includes in the place of its tags, each byte still known by its file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"
#include "extensions/ingest/include_syntax.h"
#include "extensions/ingest/walk.h"

namespace quire::ingest {

// How deep includes may nest, and how many a document may have in all.
inline constexpr size_t kIncludeDepthMax = 16;
inline constexpr size_t kIncludesMax = 10'000;

// Bytes [start, start of the next part) of ComposedSource::text are those of `uri` from `source_start` on; a line
// ending may have been added at its end.
struct SourcePart {
  size_t start = 0;
  size_t source_start = 0;
  std::string uri;  // relative to the loaded folder; empty: the document itself
};

struct ComposedSource {
  std::string text;
  std::vector<SourcePart> parts;     // at least one
  std::vector<std::string> notices;  // includes that were not followed, with line and reason
  bool has_tags = false;             // followed or not: what the document is depends on other files
};

// Where included files may lie: the folder that is loaded, and others that were allowed.
//
// A target is looked for beside the file that includes it, then in the folders above up to the loaded one, and in the
// allowed ones; in each also in its _includes. One that begins with '/' is looked for in the loaded and allowed
// folders only. What leads out of them, by '..' or a link, or to a hidden file, is not read.
class IncludeFinder {
 public:
  // `root` is a canonical folder, or empty: nothing but `allowed` may be read.
  IncludeFinder(std::string root, const std::vector<std::string>& allowed);

  // The canonical path of a target. Errors: kNotFound, kUnsupported (leads out).
  Result<std::string> Find(const std::string& target, const std::string& from_folder) const;

  // A path within the folders, relative to the loaded one.
  std::string UriOf(const std::string& path) const;

 private:
  bool IsAllowed(const std::string& path) const;

  std::string root_;
  std::vector<std::string> folders_;  // canonical; the loaded one first
};

// `source`, the text of `file`, with its includes. A file that cannot be included (missing, not allowed, not UTF-8,
// included by itself, too deep or too many) leaves its tag as text, with a notice. `tags` are those of `source` (FindIncludes).
ComposedSource ComposeIncludes(std::string source, const std::vector<IncludeTag>& tags, const SourceFile& file,
                               const IncludeFinder& finder);

// The part that byte `at` of the text lies in: of parts that begin there, the last.
const SourcePart& PartAt(const ComposedSource& composed, size_t at);

}  // namespace quire::ingest
