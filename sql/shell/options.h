// The shell's command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quire::sql {

enum class OutputMode : unsigned char { kTable, kJson, kCsv, kMarkdown, kLine };
std::string_view OutputModeName(OutputMode mode);
std::optional<OutputMode> ParseOutputMode(std::string_view name);

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // a statement failed, or the database cannot be opened
inline constexpr int kExitUsage = 2;   // the command line is wrong

struct ShellOptions {
  std::string database{};  // empty: a temporary one
  bool read_only = false;
  bool safe = false;  // neither statements nor dot-commands use files or other programs
  OutputMode mode = OutputMode::kTable;
  struct Script {
    bool is_file = false;  // then `text` is its path, "-" standard input
    std::string text;
  };
  std::vector<Script> scripts{};  // of -c and -f, in the order given; none: statements come from standard input
};

struct CommandLine {
  ShellOptions options;
  std::optional<int> exit_code;  // the program ends with it at once, after showing:
  std::string output;            // on standard output
  std::string error;             // on standard error
};

// `arguments` without the program's name.
CommandLine ParseCommandLine(std::vector<std::string> arguments);

// The release, such as "0.1.0".
std::string_view Version();

}  // namespace quire::sql
