// Rewriting readers: markup that is read as Markdown after its lines were rewritten, one by one.
//
// The number of lines stays, and blocks are known by their lines only: spans are those of the source as it is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"

namespace quire::ingest {

// `body` as Markdown with as many lines, each ended by \n, or nothing: it is Markdown already. `lines` are LineStarts of it.
using LineRewriter = std::optional<std::string> (*)(std::string_view body, const std::vector<size_t>& lines);

// A reader by cmark-gfm. `front_matter`: whether YAML may stand at the head.
std::unique_ptr<const DocumentReader> MakeRewritingReader(LineRewriter rewrite, bool front_matter);

// The lines of `body` without their endings.
std::vector<std::string_view> SplitLines(std::string_view body, const std::vector<size_t>& lines);

// `line` with '<' as an entity outside of backticks: where there is no HTML, it is a character.
void AppendWithoutHtml(std::string* out, std::string_view line);

}  // namespace quire::ingest
