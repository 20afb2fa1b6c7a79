// The shell's streams, and the line that shows how far long work has come.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "quire/connection.h"
#include "sql/shell/terminal.h"

namespace quire::sql {

// How far long work has come, as a bar where its end is known.
std::string ProgressLine(const Progress& progress);

// Results to one stream, everything else to another. Whatever is written to `err` comes after what was written before
// to `out`.
class Output {
 public:
  Output(std::FILE* out, std::FILE* err);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Results go to the file `path` from now on, or with an empty path to where they went first.
  // Errors: kIoError; results then go where they went.
  Status Redirect(const std::string& path);

  void Result(std::string_view text);   // buffered until Flush or Message
  void Message(std::string_view text);  // a line; its end is added
  void Error(const Status& status, std::string_view statement, size_t lines_before = 0);
  // Draws on the screen, where it takes colours.
  void Draw(std::string_view text);
  size_t screen_columns() const { return TerminalOf(screen()).columns; }
  void ShowProgress(const Progress& progress);  // only on a terminal, a few times a second
  void ClearProgress();
  // Errors: kIoError if something could not be written to `out`, now or before.
  Status Flush();
  // Nobody reads `out` any more, as with `quire ... | head`.
  bool reader_gone() const { return reader_gone_; }

  // Where a person is spoken to.
  std::FILE* screen() const { return first_terminal_.interactive ? first_out_ : err_; }
  bool redirected() const { return out_ != first_out_; }
  // The width of the terminal behind `out` now: windows change.
  size_t columns() const { return TerminalOf(out_).columns; }
  const Terminal& out() const { return out_terminal_; }
  const Terminal& err() const { return err_terminal_; }

 private:
  std::FILE* first_out_;
  std::FILE* out_;  // first_out_, or a file of its own
  std::FILE* err_;
  Terminal first_terminal_, out_terminal_, err_terminal_;
  bool reader_gone_ = false;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point progress_at_{};
};

}  // namespace quire::sql
