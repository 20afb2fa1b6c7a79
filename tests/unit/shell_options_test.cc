// The shell's command line.
#include <catch2/catch.hpp>

#include "sql/shell/options.h"

namespace quire::sql {

TEST_CASE("options of the shell", "[shell]") {
  const ShellOptions defaults = ParseCommandLine({}).options;
  CHECK(defaults.database.empty());
  CHECK(defaults.mode == OutputMode::kTable);
  CHECK(defaults.scripts.empty());
  CHECK_FALSE(defaults.read_only);

  const CommandLine line = ParseCommandLine({"docs.quire", "--json", "--readonly"});
  CHECK_FALSE(line.exit_code.has_value());
  CHECK(line.options.database == "docs.quire");
  CHECK(line.options.mode == OutputMode::kJson);
  CHECK(line.options.read_only);
}

TEST_CASE("scripts run in the order given, and take one argument each", "[shell]") {
  const CommandLine line =
      ParseCommandLine({"-c", "SELECT 1", "-f", "a.sql", "--command", "SELECT 2", "db", "-f", "-"});
  REQUIRE_FALSE(line.exit_code.has_value());
  CHECK(line.options.database == "db");
  const auto& scripts = line.options.scripts;
  REQUIRE(scripts.size() == 4);
  CHECK((!scripts[0].is_file && scripts[0].text == "SELECT 1"));
  CHECK((scripts[1].is_file && scripts[1].text == "a.sql"));
  CHECK((!scripts[2].is_file && scripts[2].text == "SELECT 2"));
  CHECK((scripts[3].is_file && scripts[3].text == "-"));
}

TEST_CASE("help and version end well, a wrong command line with 2", "[shell]") {
  const CommandLine help = ParseCommandLine({"--help"});
  CHECK(help.exit_code == kExitOk);
  CHECK(help.output.find("--readonly") != std::string::npos);
  CHECK(help.error.empty());
  const CommandLine version = ParseCommandLine({"--version"});
  CHECK(version.exit_code == kExitOk);
  CHECK(version.output == "quire " + std::string(Version()) + "\n");
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--wrong"}, {"-c"}, {"--json", "--csv"}, {"one", "two"}}) {
    const CommandLine line = ParseCommandLine(wrong);
    INFO(wrong.front());
    CHECK(line.exit_code == kExitUsage);
    CHECK_FALSE(line.error.empty());
    CHECK(line.output.empty());
  }
}

TEST_CASE("names of output modes", "[shell]") {
  for (const OutputMode mode :
       {OutputMode::kTable, OutputMode::kJson, OutputMode::kCsv, OutputMode::kMarkdown, OutputMode::kLine}) {
    CHECK(ParseOutputMode(OutputModeName(mode)) == mode);
    CHECK(ParseCommandLine({"--" + std::string(OutputModeName(mode))}).options.mode == mode);
  }
  CHECK_FALSE(ParseOutputMode("xml").has_value());
}

}  // namespace quire::sql
