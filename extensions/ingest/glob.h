// Glob: patterns over paths.
#pragma once

#include <string>
#include <string_view>

namespace quire::ingest {

// Whether `path` (with '/') matches: `*` and `?` stay within a name, `[a-z]` and `[!a-z]` are sets, `**` between
// slashes is any number of folders. Cost: path times pattern at worst.
bool GlobMatches(std::string_view pattern, std::string_view path);

// The same, and a pattern without '/' is tried on the file name alone: "*.md" means every Markdown file.
bool GlobSelects(std::string_view pattern, std::string_view path);

bool HasWildcard(std::string_view text);

// A pattern as the folder that no wildcard touches, and the rest: "docs/**/*.md" -> "docs" and "**/*.md". Without any
// wildcard the rest is empty; a pattern that begins with one has folder ".".
struct GlobParts {
  std::string folder;
  std::string pattern;
};
GlobParts SplitGlob(std::string_view glob);

}  // namespace quire::ingest
