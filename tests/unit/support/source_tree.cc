#include "tests/unit/support/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace quire::testing {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool IsSource(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".h" || extension == ".cc" || extension == ".inc" || extension == ".c" || extension == ".cpp";
}

std::vector<SourceFile> ReadTree() {
  const fs::path root = QUIRE_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const char* top : {"engine", "sql", "extensions", "bench", "tests"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      if (!entry.is_regular_file() || !IsSource(entry.path())) continue;
      SourceFile file{entry.path().lexically_relative(root).generic_string(), ReadFile(entry.path()), {}};
      file.code = WithoutCommentsAndLiterals(file.text);
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

// Blanks code[begin, end) but for line ends.
void Blank(std::string* code, size_t begin, size_t end) {
  for (size_t i = begin; i < std::min(end, code->size()); ++i) {
    if ((*code)[i] != '\n') (*code)[i] = ' ';
  }
}

// The end of the literal or comment that begins at `at`, or `at` if none does.
size_t EndOfOpaque(std::string_view text, size_t at) {
  const auto after = [&](std::string_view closing, size_t from) {
    const size_t found = text.find(closing, from);
    return found == std::string_view::npos ? text.size() : found + closing.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.substr(0, 2) == "//") return std::min(text.find('\n', at), text.size());
  if (rest.substr(0, 2) == "/*") return after("*/", at + 2);
  if (rest.substr(0, 2) == "R\"") {
    const size_t open = text.find('(', at);
    if (open == std::string_view::npos) return text.size();
    return after(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  const bool is_digit_separator = text[at] == '\'' && at > 0 && std::isxdigit(static_cast<unsigned char>(text[at - 1]));
  if ((text[at] != '"' && text[at] != '\'') || is_digit_separator) return at;
  size_t end = at + 1;
  while (end < text.size() && text[end] != text[at]) end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size());
}

}  // namespace

std::string WithoutCommentsAndLiterals(std::string_view text) {
  std::string code(text);
  bool in_include = false;  // the name of an included file is neither
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '\n') in_include = false;
    if (text[i] == '#') in_include = text.substr(i, 8) == "#include";
    const size_t end = in_include ? i : EndOfOpaque(text, i);
    if (end > i) Blank(&code, i, end);
    i = std::max(end, i + 1);
  }
  return code;
}

const std::vector<SourceFile>& SourceFiles() {
  static const std::vector<SourceFile> files = ReadTree();
  return files;
}

std::string_view FolderOf(std::string_view path) {
  const size_t first = path.find('/');
  const size_t second = path.find('/', first + 1);
  return path.substr(0, second == std::string_view::npos ? first : second);
}

}  // namespace quire::testing
