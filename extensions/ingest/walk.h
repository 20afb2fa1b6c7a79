// Walk: the files under the paths that a load names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/formats.h"
#include "extensions/ingest/report.h"
#include "quire/status.h"

namespace quire::ingest {

struct SourceFile {
  std::string uri;   // relative to the folder given, with '/'; of a single file its name
  std::string path;  // as it is opened
  uint64_t size = 0;
  int64_t modified_at = 0;  // microseconds since 1970
  const Format* format = nullptr;
  std::string root = {};    // canonical, of the folder that is walked; empty for a file named by itself
  std::string commit = {};  // of the git checkout it lies in, if that was asked for
  bool partial = false;     // its text stands in the files that include it (partials.h)
};

struct WalkOptions {
  std::vector<std::string> include = {}, exclude = {};  // GlobSelects over the URI; include empty: all
  const Format* otherwise = nullptr;  // of files whose extension says nothing; null: they are left out
  bool git_ignore = true;             // leave out what a git checkout ignores
  bool git_commit = false;            // fill SourceFile::commit
  const Format* format = nullptr;     // of every file; null: by its extension
};

inline constexpr size_t kLeftOutMax = 10'000;

// What a walk found. Nothing is left out without being counted.
struct FileList {
  std::vector<SourceFile> files;            // by URI, each once
  std::vector<Issue> issues;                // folders and files that could not be looked at, URIs that come up twice
  std::map<std::string, uint64_t> unknown;  // files of unknown kind, by extension
  std::vector<Issue> left_out;              // these, and the links, by name: the first kLeftOutMax
  uint64_t hidden = 0;                      // entries whose name begins with '.'
  uint64_t git_ignored = 0;                 // files, and folders as one
  uint64_t excluded = 0;                    // by include and exclude
  uint64_t links = 0;                       // symbolic links to folders, out of the root, or to nothing
};

// Whether each path is there and a folder, a file, or a glob within a folder. Errors: as ListFiles.
Status CheckPaths(const std::vector<std::string>& paths);

// The files under `paths`, each a folder, a file, or a glob ("docs/**/*.md"). Hidden entries, symbolic links that
// lead to folders or out of the root, and files of unknown kind are left out; a file named by itself must be of a
// known kind. Errors: kNotFound, kIoError, kInvalidArgument for a path that cannot be walked at all.
Result<FileList> ListFiles(const std::vector<std::string>& paths, const WalkOptions& options);

// Whether a document of this URI would be in a list made with `options`.
bool IsSelected(const WalkOptions& options, std::string_view uri);

}  // namespace quire::ingest
