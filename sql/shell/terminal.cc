#include "sql/shell/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace quire::sql {

Terminal TerminalOf(std::FILE* stream) {
  Terminal terminal;
  const int descriptor = fileno(stream);
  terminal.utf8 = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  if (isatty(descriptor) == 0) return terminal;
  terminal.interactive = true;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.columns = size.ws_col;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool plain =
      (no_colour != nullptr && *no_colour != '\0') || kind == nullptr || std::string_view(kind) == "dumb";
  terminal.colour = !plain;
  return terminal;
}

std::string Coloured(bool on, Colour colour, std::string_view text) {
  if (!on) return std::string(text);
  constexpr std::string_view kCodes[] = {"\x1b[31m", "\x1b[33m", "\x1b[36m", "\x1b[1m", "\x1b[2m"};
  return std::string(kCodes[static_cast<size_t>(colour)]) + std::string(text) + "\x1b[0m";
}

}  // namespace quire::sql
