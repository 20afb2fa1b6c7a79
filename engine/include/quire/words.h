// Where the words of a query stand in a text: for showing what was found.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire {

// Bytes [begin, end) of a text.
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
};

// The words of `text` that make it match `query`, in order, none over another: those whose stem is that of a word of the query, that
// begin as a `prefix*` does, or that stand together as a "phrase" does; not what NOT excludes. The query is read as MATCH reads
// it, or, where that is an error, as a question. Empty where the query has no word. `language` as in CollectionSchema.
// Errors: kInvalidArgument (the language is not known). Cost: linear in both.
Result<std::vector<TextRange>> FindWords(std::string_view text, std::string_view query, std::string_view language);

}  // namespace quire
