// Stop words: words so common in a language that they say nothing about what a text is about.
#pragma once

#include <string_view>

namespace quire::text {

// The stop words of a language, separated by spaces, folded and not stemmed; empty where none are known.
std::string_view StopWords(std::string_view language);

}  // namespace quire::text
