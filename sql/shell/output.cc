#include "sql/shell/output.h"

#include <cerrno>
#include <cstring>

namespace quire::sql {

Output::Output(std::FILE* out, std::FILE* err)
    : out_(out), err_(err), out_terminal_(TerminalOf(out)), err_terminal_(TerminalOf(err)) {}

void Output::Result(std::string_view text) {
  ClearProgress();
  std::fwrite(text.data(), 1, text.size(), out_);
}

void Output::Message(std::string_view text) {
  ClearProgress();
  std::fflush(out_);
  const std::string line = std::string(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), err_);
  std::fflush(err_);
}

void Output::Error(const Status& status, std::string_view statement) {
  constexpr std::string_view kHead = "error:";
  const std::string text = FormatError(status, statement);
  Message(Coloured(err_terminal_.colour, Colour::kRed, kHead) + text.substr(kHead.size()));
}

void Output::ShowProgress(const Progress& progress) {
  constexpr auto kInterval = std::chrono::milliseconds(100);
  if (!err_terminal_.interactive) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - progress_at_ < kInterval) return;
  progress_at_ = now;
  std::string line = "\r\x1b[K" + std::to_string(progress.done);
  if (progress.total > 0) {
    const double part = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    line += " of " + std::to_string(progress.total) + " " + progress.what + " (" +
            std::to_string(static_cast<int>(part * 100)) + " %)";
  } else {
    line += " " + progress.what;
  }
  std::fwrite(line.data(), 1, line.size(), err_);
  std::fflush(err_);
  progress_shown_ = true;
}

void Output::ClearProgress() {
  if (!progress_shown_) return;
  std::fputs("\r\x1b[K", err_);
  std::fflush(err_);
  progress_shown_ = false;
}

Status Output::Flush() {
  ClearProgress();
  errno = 0;
  if (std::fflush(out_) == 0 && std::ferror(out_) == 0) return {};
  reader_gone_ = reader_gone_ || errno == EPIPE;
  return Status(Code::kIoError, std::string("cannot write the result: ") + std::strerror(errno));
}

}  // namespace quire::sql
