// How common a word of English is, from lists by hand: in place of document frequency where no collection is seen.
#pragma once

#include <string_view>

namespace quire::embed {

// Words that are in nearly every text, beyond the stop words: separated by spaces, lower-case, not stemmed.
std::string_view GrammarWords();
// Words that are in very many texts and say little: the same form.
std::string_view GeneralWords();

}  // namespace quire::embed
