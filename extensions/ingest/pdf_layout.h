// PdfLayout: what `pdftotext -bbox-layout` says of a PDF file, as Markdown with page numbers.
#pragma once

#include <string>
#include <string_view>

#include "extensions/ingest/converters.h"

namespace quire::ingest {

// Blocks become paragraphs; short ones in larger letters than most of the text become headings; words parted at the end of a line
// are joined; what stands at the edge of most pages (running heads, page numbers) is left out, with a notice. Pages without any
// word are named in a notice. Cost: linear.
Converted LayoutToMarkdown(std::string_view layout);

// The same of the plain output, pages with form feeds between them.
Converted PlainPagesToMarkdown(std::string_view text);

}  // namespace quire::ingest
