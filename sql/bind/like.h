// LIKE: % is any characters, _ is one, a backslash takes the next character as it is.
#pragma once

#include <string_view>

namespace quire::sql {

// Cost: text * pattern at worst, linear for the usual patterns; never recurses.
bool LikeMatches(std::string_view text, std::string_view pattern);

}  // namespace quire::sql
