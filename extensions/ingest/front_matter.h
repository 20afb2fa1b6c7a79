// Front matter: the YAML between two '---' lines at the head of a Markdown file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"

namespace quire::ingest {

struct FrontMatter {
  size_t end = 0;     // bytes up to and with the closing line; 0: there is none, or it is kept as text
  std::string title;  // of the key `title`; empty: none
  std::vector<Attribute>
      attributes;  // scalars TEXT (`plain` as they are), lists of scalars TEXT[], in order; empty ones are left out
  std::vector<std::string> notices;
};

// Reads the front matter at the very start of `source` (after a byte order mark). A key that is the name of a built-in
// column gets `front_` before it, so that `section: Guide` becomes front_section. What cannot be read as YAML, or is
// not closed, is no front matter: a notice says so and the text keeps it.
FrontMatter ReadFrontMatter(std::string_view source);

}  // namespace quire::ingest
