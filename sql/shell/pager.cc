#include "sql/shell/pager.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "sql/parse/text_width.h"

namespace quire::sql {
namespace {

bool IsOnPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string file = std::string(rest.substr(0, end)) + "/" + program;
    if (access(file.c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string PagerCommand() {
  const char* chosen = std::getenv("PAGER");
  const std::string pager = chosen == nullptr ? "less" : chosen;
  const std::string program = pager.substr(0, pager.find(' '));
  if (program != "less") return program.find('/') != std::string::npos || IsOnPath(program) ? pager : std::string();
  // -S: long lines are not folded. -R: colours. -F: ends at once if all fits. -X: what was shown stays.
  return IsOnPath("less") ? pager + " -SRFX" : std::string();
}

// Escape sequences take no room.
size_t ShownWidth(std::string_view line) {
  size_t width = 0;
  while (!line.empty()) {
    const size_t escape = std::min(line.find('\x1b'), line.size());
    width += DisplayWidth(line.substr(0, escape));
    const size_t end = line.find('m', escape);
    line.remove_prefix(escape == line.size() || end == std::string_view::npos ? line.size() : end + 1);
  }
  return width;
}

bool HasWiderLine(std::string_view text, size_t columns) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (ShownWidth(text.substr(0, end)) > columns) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

}  // namespace

bool HasPager() { return !PagerCommand().empty(); }

Status PagedOutput::Write(std::string_view text) {
  if (!decided_ && columns_ > 0 && HasWiderLine(text, columns_)) {
    QUIRE_RETURN_IF_ERROR(output_->Flush());
    pager_ = popen(PagerCommand().c_str(), "w");
  }
  decided_ = true;
  if (pager_ != nullptr) {
    left_ = left_ || std::fwrite(text.data(), 1, text.size(), pager_) != text.size() || std::fflush(pager_) != 0;
    return {};
  }
  output_->Result(text);
  return output_->Flush();
}

void PagedOutput::Close() {
  if (pager_ != nullptr) pclose(pager_);
  pager_ = nullptr;
}

}  // namespace quire::sql
