// Highlight: a statement in colours. libedit draws what is being typed itself and knows no colours, so a line is drawn again, in
// colours, once it was entered.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quire::sql {

// `line` in colours: keywords, strings, numbers and comments. `before`: the lines of its statement above it.
std::string Highlight(std::string_view before, std::string_view line);

// What draws `line` again behind `prompt` where the cursor is below it, on a terminal of so many columns. Empty if it cannot be
// told where the line began.
std::string Redrawn(std::string_view prompt, std::string_view before, std::string_view line, size_t columns);

}  // namespace quire::sql
