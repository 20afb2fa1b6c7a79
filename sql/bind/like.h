// LIKE: % is any characters, _ is one, the escape character takes the next one as it is.
#pragma once

#include <string_view>

namespace quire::sql {

// `escape` is one character, or empty: none.
// Cost: text * pattern at worst, linear for the usual patterns; never recurses.
bool LikeMatches(std::string_view text, std::string_view pattern, std::string_view escape = "\\");

}  // namespace quire::sql
