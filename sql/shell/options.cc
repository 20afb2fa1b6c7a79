#include "sql/shell/options.h"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

namespace quire::sql {
namespace {

constexpr std::string_view kModeNames[] = {"table", "json", "csv", "markdown", "line"};

struct Parser {
  CLI::App app{
      "Quire: a database that answers. Without a database a temporary one is opened.\n"
      "Statements come from -c and -f, else from standard input; on a terminal they are edited there.",
      "quire"};
  CommandLine line;
  std::vector<std::string> commands, files;
  CLI::Option* command = nullptr;
  CLI::Option* file = nullptr;

  Parser() {
    app.add_option("database", line.options.database, "the database's directory; made if it is not there");
    command = app.add_option("-c,--command", commands, "run these statements and stop (may be given again)");
    file = app.add_option("-f,--file", files, "run the statements of this file and stop (- is standard input)");
    for (CLI::Option* option : {command, file}) option->type_size(1)->allow_extra_args(false);
    CLI::Option_group* modes = app.add_option_group("Output");
    for (size_t i = 0; i < std::size(kModeNames); ++i) {
      const auto mode = static_cast<OutputMode>(i);
      modes->add_flag_callback(
          "--" + std::string(kModeNames[i]), [this, mode] { line.options.mode = mode; }, Description(mode));
    }
    modes->require_option(0, 1);
    app.add_flag("--readonly", line.options.read_only, "open beside a writer, change nothing");
    app.add_flag("--safe", line.options.safe, "use no file but the database and those named here, and no other program");
    app.set_version_flag("-V,--version", "quire " + std::string(Version()));
    app.set_help_flag("-h,--help", "show this and stop");
  }

  static std::string Description(OutputMode mode) {
    switch (mode) {
      case OutputMode::kTable: return "a table for people (the default)";
      case OutputMode::kJson: return "one JSON array of row objects for each statement";
      case OutputMode::kCsv: return "CSV as of RFC 4180, with a header";
      case OutputMode::kMarkdown: return "a Markdown table";
      case OutputMode::kLine: return "one value a line";
    }
    return {};
  }

  // -c and -f in the order in which they were given.
  void CollectScripts() {
    size_t next_command = 0;
    size_t next_file = 0;
    for (const CLI::Option* option : app.parse_order()) {
      if (option == command) line.options.scripts.push_back({false, commands[next_command++]});
      if (option == file) line.options.scripts.push_back({true, files[next_file++]});
    }
  }
};

}  // namespace

std::string_view OutputModeName(OutputMode mode) { return kModeNames[static_cast<size_t>(mode)]; }

std::optional<OutputMode> ParseOutputMode(std::string_view name) {
  const auto* found = std::find(std::begin(kModeNames), std::end(kModeNames), name);
  if (found == std::end(kModeNames)) return std::nullopt;
  return static_cast<OutputMode>(found - std::begin(kModeNames));
}

std::string_view Version() { return QUIRE_VERSION; }

CommandLine ParseCommandLine(std::vector<std::string> arguments) {
  Parser parser;
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    parser.app.parse(std::move(arguments));
    parser.CollectScripts();
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream message;
    const int code = parser.app.exit(error, output, message);
    parser.line.exit_code = code == 0 ? kExitOk : kExitUsage;
    parser.line.output = output.str();
    parser.line.error = message.str();
  }
  return std::move(parser.line);
}

}  // namespace quire::sql
