// Include tags: where a source asks for the text of another file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::ingest {

// Whose tags are looked for.
enum class IncludeStyle : uint8_t {
  kNone,
  kMarkdown,  // {% insertmd x %} {% include x %} {% include_relative x %} {% include-markdown "x" %} (Hexo, Jekyll,
  // MkDocs), {{< include "x" >}} {{% readfile "x" %}} (Hugo), {{#include x}} (mdBook), --8<-- "x" (snippets),
  // {!x!} (markdown-include), import X from './x.mdx' with <X /> (MDX), ```{include} x (MyST)
  kSphinx,    // .. include:: x, .. literalinclude:: x
  kAsciidoc,  // include::x[]
};

// Lines of a file, from 1, both included.
struct LineRange {
  size_t first = 1, last = SIZE_MAX;
  bool whole() const { return first <= 1 && last == SIZE_MAX; }
};

struct IncludeTag {
  size_t start = 0, end = 0;  // whole lines [start, end), line ending included
  size_t line = 0;            // from 1
  std::string target;         // as it is written, without quotes
  // {{#include x:3:5}}, --8<-- "x:3:5", :lines: 3-5, :start-line: 2, [lines=3..5]. One run of lines; of several the whole file is taken.
  LineRange lines = {};
  bool alone = true;  // false: there is more on its line, so that it cannot be followed; in Markdown only, outside of `code`
};

// The tags of `text` in order, none that stands in a fenced code block or between {% raw %} and {% endraw %}.
// Cost: linear; one search where there are none.
std::vector<IncludeTag> FindIncludes(std::string_view text, IncludeStyle style);

}  // namespace quire::ingest
