// What is known of the terminal behind a stream.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace quire::sql {

struct Terminal {
  bool interactive = false;  // it is a terminal at all
  bool utf8 = false;
  bool colour = false;
  size_t columns = 80;
};

// REQUIRES: setlocale(LC_CTYPE, "") was called.
Terminal TerminalOf(std::FILE* stream);

enum class Colour : unsigned char { kRed, kYellow, kCyan, kBold, kDim };
// `text` in a colour if `on`, else as it is.
std::string Coloured(bool on, Colour colour, std::string_view text);

}  // namespace quire::sql
