// The sources of this project, as the tests of the house read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::testing {

struct SourceFile {
  std::string path;  // from the root, with '/'
  std::string text;
  // `text` with the insides of comments and literals blanked: same length, same lines.
  std::string code;
};

// Every .h, .cc, .inc, .c and .cpp under the source folders (engine, sql, extensions, bench, tests), by path.
const std::vector<SourceFile>& SourceFiles();

// What SourceFile::code is made by.
std::string WithoutCommentsAndLiterals(std::string_view text);

// The folder a path counts as: two levels deep ("engine/filter"), or one ("bench").
std::string_view FolderOf(std::string_view path);

}  // namespace quire::testing
