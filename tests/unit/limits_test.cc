// The limits that keep the sources readable: size of files and functions, ASCII, who may write to the terminal.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "tests/unit/support/source_tree.h"

using quire::testing::SourceFile;
using quire::testing::SourceFiles;

namespace {

constexpr size_t kFileLinesMax = 600;
constexpr size_t kFunctionLinesMax = 70;

// Functions that are longer, with their length today. A ratchet: lengths here only shrink, entries only go.
const std::map<std::string, size_t> kLongFunctions = {};

size_t LineOf(std::string_view text, size_t at) {
  return static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
}

struct Function {
  std::string name;
  size_t line = 0;
  size_t lines = 0;
};

// What stands before an opening brace, back to the end of what came before.
std::string_view HeadOf(std::string_view code, size_t brace) {
  size_t begin = brace;
  while (begin > 0 && code[begin - 1] != ';' && code[begin - 1] != '}' && code[begin - 1] != '{') --begin;
  return code.substr(begin, brace - begin);
}

bool IsContainer(std::string_view head) {
  static const std::regex kContainer(R"(\b(namespace|class|struct|union|enum)\b[^()=]*$|\bextern\s*$)");
  return std::regex_search(head.begin(), head.end(), kContainer);
}

// The name of the function whose body opens after `head`; empty if it is a value or a block of another kind.
std::string FunctionName(std::string_view head) {
  static const std::regex kName(R"(([~\w:]+|operator[^\s\w]+)\s*\()");
  const size_t last = head.find_last_not_of(" \n");
  std::match_results<std::string_view::const_iterator> match;
  if (last == std::string_view::npos || head[last] == '=') return {};
  return std::regex_search(head.begin(), head.end(), match, kName) ? match[1].str() : std::string();
}

// The functions of a file: blocks with a parameter list before them, in no other block but namespaces and types.
std::vector<Function> FunctionsOf(const SourceFile& file) {
  std::vector<Function> functions;
  size_t containers = 0, depth = 0;  // open blocks: namespaces and types, and all
  size_t opened = 0;
  std::string name;
  for (size_t i = 0; i < file.code.size(); ++i) {
    if (file.code[i] == '{') {
      if (depth++ > containers) continue;
      const std::string_view head = HeadOf(file.code, i);
      containers += IsContainer(head);
      name = containers == depth ? std::string() : FunctionName(head);
      opened = i;
    } else if (file.code[i] == '}' && depth > 0) {
      if (--depth > containers) continue;
      if (depth < containers) {
        --containers;
      } else if (!name.empty()) {
        const size_t first = LineOf(file.code, opened);
        functions.push_back({name, first, LineOf(file.code, i) - first + 1});
      }
    }
  }
  return functions;
}

SourceFile Made(std::string text) {
  std::string code = quire::testing::WithoutCommentsAndLiterals(text);
  return {"engine/db/made.cc", std::move(text), std::move(code)};
}

bool MayWriteToTerminal(std::string_view path) {
  for (const std::string_view folder : {"extensions/programs/", "sql/shell/", "bench/", "tests/"}) {
    if (path.substr(0, folder.size()) == folder) return true;
  }
  return false;
}

// Where a file writes to the terminal or ends the process: 0 if nowhere.
size_t LineOfTerminalUse(const SourceFile& file) {
  static const std::regex kUse(R"(\bstd::(cout|cerr|clog|terminate|exit|abort|quick_exit)\b)"
                               R"(|(^|[^\w.>])(printf|puts|putchar|perror|exit|_exit|abort)\s*\()");
  std::smatch match;
  if (!std::regex_search(file.code, match, kUse)) return 0;
  return LineOf(file.code, static_cast<size_t>(match.position(0)));
}

}  // namespace

TEST_CASE("limits: no file is too long", "[house]") {
  for (const SourceFile& file : SourceFiles()) {
    INFO(file.path);
    CHECK(static_cast<size_t>(std::count(file.text.begin(), file.text.end(), '\n')) <= kFileLinesMax);
  }
}

TEST_CASE("limits: no function is too long", "[house]") {
  size_t seen = 0;
  for (const SourceFile& file : SourceFiles()) {
    for (const Function& function : FunctionsOf(file)) {
      ++seen;
      const auto known = kLongFunctions.find(file.path + ":" + function.name);
      const size_t limit = known == kLongFunctions.end() ? kFunctionLinesMax : known->second;
      INFO(file.path << ":" << function.line << ": " << function.name);
      if (function.lines > limit) CHECK(function.lines <= limit);
    }
  }
  CHECK(seen > 300);
}

TEST_CASE("limits: functions are found and measured", "[house]") {
  const auto functions =
      FunctionsOf(Made("namespace a {\n"
                       "constexpr int kTable[] = {\n1,\n2};\n"
                       "struct B {\n  B() : c_{1} {}\n  int D(int e) const {\n    if (e) {\n    }\n  }\n};\n"
                       "// a } in a comment\n"
                       "template <typename T>\nvoid F(T) {\n  G('}', \"}\");\n}\n"
                       "}  // namespace a\n"));
  REQUIRE(functions.size() >= 2);
  const auto find = [&](const std::string& name) {
    return *std::find_if(functions.begin(), functions.end(), [&](const Function& f) { return f.name == name; });
  };
  CHECK(find("D").lines == 4);
  CHECK(find("F").lines == 3);
  CHECK(find("F").line == 14);
}

TEST_CASE("limits: sources are ASCII without tabs", "[house]") {
  for (const SourceFile& file : SourceFiles()) {
    const auto foreign = std::find_if(file.text.begin(), file.text.end(), [](char c) {
      return static_cast<unsigned char>(c) >= 0x80 || c == '\t' || c == '\r';
    });
    INFO(file.path << ":" << LineOf(file.text, static_cast<size_t>(foreign - file.text.begin())));
    CHECK(foreign == file.text.end());
  }
}

TEST_CASE("limits: only programs write to the terminal or end the process", "[house]") {
  for (const SourceFile& file : SourceFiles()) {
    if (MayWriteToTerminal(file.path)) continue;
    INFO(file.path << ":" << LineOfTerminalUse(file));
    CHECK(LineOfTerminalUse(file) == 0);
  }
  CHECK(LineOfTerminalUse(Made("void F() {\n  printf(\"x\");\n}\n")) == 2);
  CHECK(LineOfTerminalUse(Made("std::cerr << 1;")) == 1);
  CHECK(LineOfTerminalUse(Made("snprintf(a, 1, \"x\"); job.abort(); // std::cout")) == 0);
}

TEST_CASE("limits: the top level holds what belongs there", "[house]") {
  const std::set<std::string> known = {"CMakeLists.txt", "CMakePresets.json", "CONTRIBUTING.md", "LICENSE", "README.md", "quickstart.sh"};
  for (const auto& entry : std::filesystem::directory_iterator(QUIRE_SOURCE_DIR)) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK((entry.is_directory() || name.front() == '.' || known.contains(name)));
  }
}

TEST_CASE("limits: every unit test is built", "[house]") {
  std::ifstream in(std::string(QUIRE_SOURCE_DIR) + "/tests/unit/CMakeLists.txt");
  const std::string list(std::istreambuf_iterator<char>(in), {});
  constexpr std::string_view kFolder = "tests/unit/", kEnding = "_test.cc";
  size_t seen = 0;
  for (const SourceFile& file : SourceFiles()) {
    const std::string_view path = file.path;
    if (path.substr(0, kFolder.size()) != kFolder || path.size() < kFolder.size() + kEnding.size()) continue;
    if (path.substr(path.size() - kEnding.size()) != kEnding) continue;
    ++seen;
    INFO(path << " is not in tests/unit/CMakeLists.txt");
    CHECK(list.find(path.substr(kFolder.size())) != std::string::npos);
  }
  CHECK(seen > 20);
}
