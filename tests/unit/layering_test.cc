// Who may know whom. The table below is the architecture; a new arrow is a decision and is made here.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "tests/unit/support/source_tree.h"

using quire::testing::FolderOf;
using quire::testing::SourceFile;
using quire::testing::SourceFiles;

namespace {

using Folders = std::set<std::string, std::less<>>;

// For each folder, what it may include besides itself. A name without '/' stands for all folders below it.
const std::map<std::string, Folders, std::less<>> kArrows = {
    {"engine/include", {}},
    {"engine/base", {"engine/include"}},
    {"engine/simd", {"engine/include", "engine/base"}},
    {"engine/codec", {"engine/include", "engine/base", "engine/simd"}},
    {"engine/graph", {"engine/include", "engine/base", "engine/simd", "engine/codec"}},
    {"engine/storage", {"engine/include", "engine/base"}},
    {"engine/index",
     {"engine/include", "engine/base", "engine/simd", "engine/codec", "engine/graph", "engine/storage"}},
    {"engine/text", {"engine/include", "engine/base", "engine/storage"}},
    {"engine/embed", {"engine/include", "engine/base", "engine/simd", "engine/text"}},
    {"engine/filter", {"engine/include", "engine/base", "engine/storage"}},
    {"engine/db", {"engine"}},
    {"sql/include", {"engine/include"}},
    {"sql/registry", {"engine/include", "engine/base", "sql/include"}},
    {"sql/parse", {"engine/include", "engine/base", "sql/include", "sql/registry"}},
    {"sql/bind", {"engine/include", "engine/base", "sql/include", "sql/registry", "sql/parse"}},
    {"sql/plan", {"engine/include", "engine/base", "sql/include", "sql/registry", "sql/parse", "sql/bind"}},
    {"sql/exec", {"engine/include", "engine/base", "sql/include", "sql/registry", "sql/parse", "sql/bind", "sql/plan"}},
    {"sql/shell", {"engine/include", "engine/base", "sql"}},
    {"extensions/ingest", {"engine/include", "engine/base", "sql/include", "sql/registry"}},
    {"extensions/chat", {"engine/include", "engine/base", "sql/include", "sql/registry"}},
    {"extensions/providers", {"engine/include", "engine/base", "sql/include", "sql/registry"}},
    {"extensions/bindings",
     {"engine/include", "engine/base", "sql/include", "sql/registry", "extensions/chat", "extensions/ingest",
      "extensions/providers"}},
    {"extensions/programs", {"engine/include", "engine/base", "sql", "extensions"}},
    {"bench", {"engine", "sql", "extensions", "bench/ann", "bench/answers", "bench/retrieval"}},
    {"tests", {"engine", "sql", "extensions", "bench"}},
    // What is built against an installed Quire sees what is installed.
    {"tests/install", {"engine/include", "sql/include", "sql/registry"}},
};

// A library that one folder wraps, and who may include it: tests may, of the folder's own kind.
struct Owned {
  std::string header;
  Folders folders;
};
const Owned kOwned[] = {
    {"rocksdb/", {"engine/storage"}},
    {"roaring/", {"engine/filter"}},
    {"simde/", {"engine/simd"}},
    {"immintrin.h", {"engine/simd"}},
    {"xxhash.h", {"engine/base"}},
    {"histedit.h", {"sql/shell"}},
    {"editline/", {"sql/shell"}},
    {"CLI/", {"extensions/programs", "sql/shell", "bench"}},
    {"gumbo.h", {"extensions/ingest"}},
    {"pugixml.hpp", {"extensions/ingest"}},
    {"zip.h", {"extensions/ingest"}},
    {"re2/", {"sql/bind"}},
    {"curl/", {"extensions/providers"}},
    {"iostream", {"extensions/programs", "sql/shell", "bench", "tests"}},
};

struct Include {
  std::string name;
  bool quoted;
  size_t line;
};

std::vector<Include> IncludesOf(const SourceFile& file) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  std::istringstream lines(file.code);
  std::string line;
  std::smatch match;
  for (size_t number = 1; std::getline(lines, line); ++number) {
    if (std::regex_search(line, match, kInclude)) includes.push_back({match[2], match[1] == "\"", number});
  }
  return includes;
}

const Folders* AllowedFor(std::string_view folder) {
  auto found = kArrows.find(folder);
  if (found == kArrows.end()) found = kArrows.find(folder.substr(0, folder.find('/')));
  return found == kArrows.end() ? nullptr : &found->second;
}

// Whether a set of folders, or of those above them, holds this one.
bool Covers(const Folders& folders, std::string_view folder) {
  return folders.contains(folder) || folders.contains(folder.substr(0, folder.find('/')));
}

bool IsThere(const std::string& path) {
  const auto& files = SourceFiles();
  return std::any_of(files.begin(), files.end(), [&](const SourceFile& file) { return file.path == path; });
}

// The folder a quoted include leads to; none if it leads nowhere from the root.
std::optional<std::string> TargetOf(const std::string& name) {
  if (name.rfind("quire/", 0) == 0) return IsThere("sql/include/" + name) ? "sql/include" : "engine/include";
  if (name.find('/') == std::string::npos) return std::nullopt;
  return std::string(FolderOf(name));
}

bool OwnerAllows(const Owned& owned, std::string_view path) {
  const std::string_view folder = FolderOf(path);
  if (Covers(owned.folders, folder)) return true;
  // tests/unit/storage_open_test.cc is of engine/storage's kind.
  return std::any_of(owned.folders.begin(), owned.folders.end(), [&](const std::string& owner) {
    return path.rfind("tests/unit/" + owner.substr(owner.find('/') + 1) + "_", 0) == 0;
  });
}

// What is wrong with the includes of a file, one line each.
std::vector<std::string> FaultsOf(const SourceFile& file) {
  std::vector<std::string> faults;
  const std::string_view folder = FolderOf(file.path);
  const Folders* allowed = AllowedFor(folder);
  if (allowed == nullptr) return {file.path + ": folder '" + std::string(folder) + "' is not in the table"};
  for (const Include& include : IncludesOf(file)) {
    const std::string at = file.path + ":" + std::to_string(include.line) + ": ";
    for (const Owned& owned : kOwned) {
      if (include.name.rfind(owned.header, 0) == 0 && !OwnerAllows(owned, file.path)) {
        faults.push_back(at + "<" + include.name + "> is not for this folder");
      }
    }
    if (!include.quoted) continue;
    const auto target = TargetOf(include.name);
    if (!target) {
      faults.push_back(at + "\"" + include.name + "\" does not begin at the root");
    } else if (*target != folder && !Covers(*allowed, *target) && FolderOf(*target + "/x") != folder) {
      const bool within_tests = folder.rfind("tests", 0) == 0 && target->rfind("tests", 0) == 0;
      if (!within_tests) faults.push_back(at + std::string(folder) + " may not know " + *target);
    }
  }
  return faults;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

SourceFile Made(std::string path, std::string text) {
  std::string code = quire::testing::WithoutCommentsAndLiterals(text);
  return {std::move(path), std::move(text), std::move(code)};
}

}  // namespace

TEST_CASE("layering: every include follows an arrow of the table", "[house]") {
  REQUIRE(SourceFiles().size() > 50);
  std::vector<std::string> faults;
  for (const SourceFile& file : SourceFiles()) {
    for (std::string& fault : FaultsOf(file)) faults.push_back(std::move(fault));
  }
  INFO(Joined(faults));
  CHECK(faults.empty());
}

TEST_CASE("layering: the table has no arrow in a circle", "[house]") {
  for (const auto& [from, targets] : kArrows) {
    for (const std::string& target : targets) {
      const auto back = kArrows.find(target);
      INFO(from << " and " << target);
      CHECK((back == kArrows.end() || !Covers(back->second, from)));
    }
  }
}

TEST_CASE("layering: forbidden includes are seen", "[house]") {
  CHECK(FaultsOf(Made("engine/base/x.cc", "#include \"engine/storage/store.h\"\n")).size() == 1);
  CHECK(FaultsOf(Made("engine/db/x.cc", "#include <rocksdb/db.h>\n")).size() == 1);
  CHECK(FaultsOf(Made("engine/storage/x.cc", "#include <rocksdb/db.h>\n")).empty());
  CHECK(FaultsOf(Made("tests/unit/storage_x_test.cc", "#include <rocksdb/db.h>\n")).empty());
  CHECK(FaultsOf(Made("tests/unit/db_x_test.cc", "#include <rocksdb/db.h>\n")).size() == 1);
  CHECK(FaultsOf(Made("extensions/chat/x.cc", "#include \"extensions/ingest/loader.h\"\n")).size() == 1);
  CHECK(FaultsOf(Made("extensions/chat/x.cc", "#include \"sql/exec/executor.h\"\n")).size() == 1);
  CHECK(FaultsOf(Made("sql/parse/x.cc", "#include \"sql/bind/binder.h\"\n")).size() == 1);
  CHECK(FaultsOf(Made("sql/parse/x.cc", "#include \"engine/db/reader.h\"\n")).size() == 1);
  CHECK(FaultsOf(Made("engine/db/x.cc", "#include \"quire/connection.h\"\n")).size() == 1);
  CHECK(FaultsOf(Made("engine/db/x.cc", "#include \"reader.h\"\n")).size() == 1);
  CHECK(FaultsOf(Made("engine/new/x.cc", "")).size() == 1);
  CHECK(FaultsOf(Made("engine/db/x.cc", "// #include <rocksdb/db.h>\n/*\n#include <rocksdb/db.h>\n*/\n")).empty());
}
