#include "sql/shell/output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace quire::sql {

Output::Output(std::FILE* out, std::FILE* err)
    : first_out_(out),
      out_(out),
      err_(err),
      first_terminal_(TerminalOf(out)),
      out_terminal_(first_terminal_),
      err_terminal_(TerminalOf(err)) {}

Output::~Output() {
  if (redirected()) std::fclose(out_);
}

Status Output::Redirect(const std::string& path) {
  std::FILE* next = first_out_;
  if (!path.empty()) next = std::fopen(path.c_str(), "wbe");
  if (next == nullptr) {
    return Status(Code::kIoError, "cannot write file '" + path + "': " + std::strerror(errno));
  }
  Status flushed = Flush();
  if (redirected() && std::fclose(out_) != 0 && flushed.ok()) {
    flushed = Status(Code::kIoError, std::string("cannot write the result: ") + std::strerror(errno));
  }
  out_ = next;
  out_terminal_ = redirected() ? Terminal() : first_terminal_;
  return flushed;
}

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

void Output::Error(const Status& status, std::string_view statement, size_t lines_before) {
  constexpr std::string_view kHead = "error:";
  const std::string text = FormatError(status, statement, lines_before);
  Message(Coloured(err_terminal_.colour, Colour::kRed, kHead) + text.substr(kHead.size()));
}

void Output::Draw(std::string_view text) {
  if (!TerminalOf(screen()).colour) return;
  std::fwrite(text.data(), 1, text.size(), screen());
  std::fflush(screen());
}

std::string ProgressLine(const Progress& progress) {
  constexpr size_t kBar = 24;
  if (progress.total == 0) return std::to_string(progress.done) + " " + progress.what;
  const double part = std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
  const auto full = static_cast<size_t>(part * static_cast<double>(kBar));
  return "[" + std::string(full, '#') + std::string(kBar - full, '.') + "] " +
         std::to_string(static_cast<int>(part * 100)) + " %  " + std::to_string(progress.done) + " of " +
         std::to_string(progress.total) + " " + progress.what;
}

void Output::ShowProgress(const Progress& progress) {
  constexpr auto kInterval = std::chrono::milliseconds(100);
  if (!err_terminal_.interactive) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - progress_at_ < kInterval) return;
  progress_at_ = now;
  const std::string line = "\r\x1b[K" + ProgressLine(progress);
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
