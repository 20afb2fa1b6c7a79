// Every .test file is one section: `quire_sql_test -c search/similar.test` runs one alone.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/sql/runner/run.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::sql_test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> TestFiles() {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(QUIRE_SQL_TESTS)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> ReadLines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

bool IsSet(const char* variable, std::string_view value) {
  const char* found = std::getenv(variable);
  return found != nullptr && found == value;
}

// Writes what queries and plans gave into the file, as what they are expected to give.
void Update(const fs::path& path, const std::vector<std::string>& lines, const std::vector<Record>& records,
            const std::vector<std::vector<std::string>>& actual) {
  std::ofstream file(path);
  size_t next = 0;
  for (size_t i = 0; i < records.size() && i < actual.size(); ++i) {
    const bool golden = records[i].kind == Record::Kind::kQuery || records[i].kind == Record::Kind::kExplain;
    if (!golden || records[i].expected_line == 0) continue;
    for (; next < records[i].expected_line; ++next) file << lines[next] << "\n";
    for (const std::string& line : actual[i]) file << line << "\n";
    next += records[i].expected.size();
  }
  for (; next < lines.size(); ++next) file << lines[next] << "\n";
}

void RunFile(const fs::path& path) {
  const std::vector<std::string> lines = ReadLines(path);
  const auto records = ParseScript(lines);
  INFO(path.string());
  if (!records.ok()) FAIL(records.status().ToString());
  REQUIRE_FALSE(records->empty());
  const testing::TemporaryDirectory directory;
  std::vector<std::vector<std::string>> actual;
  const RunOptions options{.restart_each = IsSet("QUIRE_SQL_RESTART", "each"),
                           .vacuum_each = IsSet("QUIRE_SQL_VACUUM", "each"),
                           .no_index = IsSet("QUIRE_SQL_INDEX", "off")};
  for (const Failure& failure : RunScript(*records, directory / "test.quire", options, &actual)) {
    FAIL_CHECK(path.filename().string() << ":" << failure.line << ": " << failure.what);
  }
  if (IsSet("QUIRE_SQL_UPDATE", "1")) Update(path, lines, *records, actual);
}

TEST_CASE("statements give what their files say", "[sql]") {
  const std::vector<fs::path> files = TestFiles();
  REQUIRE_FALSE(files.empty());
  for (const fs::path& path : files) {
    DYNAMIC_SECTION(fs::relative(path, QUIRE_SQL_TESTS).string()) { RunFile(path); }
  }
}

}  // namespace
}  // namespace quire::sql_test
