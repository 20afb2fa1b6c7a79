// Irregular: forms of English words that no stemmer leads back to their word.
#pragma once

#include <string_view>

namespace quire::chat {

// "forget" for "forgot", "child" for "children"; empty for any other word. REQUIRES: case-folded.
std::string_view BaseForm(std::string_view folded);

}  // namespace quire::chat
