// The shell: statements and dot-commands from a command line, a file, a pipe or a person, and their results.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "quire/connection.h"
#include "sql/registry/registry.h"
#include "sql/shell/completion.h"
#include "sql/shell/live_answer.h"
#include "sql/shell/options.h"
#include "sql/shell/output.h"

namespace quire::sql {

// A whole run of the program, from its arguments (without its name) to its exit code.
int ShellMain(const std::vector<std::string>& arguments, std::shared_ptr<const Registry> registry);

class Shell {
 public:
  // `registry` is shared; the streams are borrowed.
  Shell(ShellOptions options, std::shared_ptr<const Registry> registry, std::FILE* in, std::FILE* out, std::FILE* err);
  ~Shell();

  // Opens the database and runs whatever the options say. Gives the exit code.
  int Run();

 private:
  struct TemporaryDirectory;
  struct DotCommand;
  enum class Step : unsigned char { kDone, kFailed, kQuit };
  // Statements, and where in what they came from: places in errors count from its first line.
  struct Input {
    std::string_view text;
    size_t lines_before = 0;
  };

  Status Open(const std::string& path);
  Step RunScripts();
  Step RunFile(const std::string& path);
  Step RunText(const Input& input);
  Step RunPipe();
  Step RunTerminal();
  void RunStartFile();
  CompletionWords WordsToComplete() const;
  // Runs the whole statements at the front of `input` and says how many bytes they are. With `at_end` the last one needs
  // no `;`.
  Step RunWhole(const Input& input, bool at_end, size_t* taken);
  // One statement: input.text[start, start + length).
  Step RunStatement(const Input& input, size_t start, size_t length);
  Status ShowRows(Rows* rows);
  Step Fail(const Status& status) { return Fail(status, {}, 0); }
  Step Fail(const Status& status, const Input& input, size_t start);

  // dot_commands.cc. `line` begins with the dot.
  Step RunDotCommand(std::string_view line);
  static const std::vector<DotCommand>& DotCommands();
  Step Help(std::string_view argument);
  Step OpenOther(std::string_view argument);
  Step Tables(std::string_view argument);
  Step Schema(std::string_view argument);
  Step Mode(std::string_view argument);
  Step Timer(std::string_view argument);
  Step Read(std::string_view argument);
  Step Pager(std::string_view argument);
  // dot_data.cc
  Step Import(std::string_view argument);
  Step ImportCsv(const std::string& path, char separator, const std::string& collection);
  Step Dump(std::string_view argument);
  Step OutputTo(std::string_view argument);
  Step Backup(std::string_view argument);
  Step Quit(std::string_view argument);

  ShellOptions options_;
  std::shared_ptr<const Registry> registry_;
  std::FILE* in_;
  Output output_;
  LiveAnswer live_{&output_};
  std::unique_ptr<TemporaryDirectory> temporary_;
  std::unique_ptr<Connection> connection_;
  bool timer_ = false;
  bool pager_ = true;
  size_t results_ = 0;     // shown so far
  size_t read_depth_ = 0;  // of .read within .read
};

// A collection as the statement that makes it.
std::string CreateStatement(const CollectionSchema& schema);

}  // namespace quire::sql
