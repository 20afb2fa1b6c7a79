// Writing Markdown: what the converters of other formats share.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quire::ingest {

// `text` with runs of blanks as one, without blanks at its ends.
std::string OneLine(std::string_view text);

// At most `bytes_max` of `text`, no character cut.
std::string_view Utf8Head(std::string_view text, size_t bytes_max);

// A code block; nothing for blank text. The fence is longer than any in the text.
void AppendFenced(std::string_view text, std::string_view language, std::string* out);

// One line that is text and nothing else: what would be markup at its head, but for
// a list item, or an HTML tag is escaped.
void AppendEscaped(std::string_view line, std::string* out);

// A paragraph that is text and nothing else: what would be markup at the head of a line or an HTML tag is escaped.
void AppendParagraph(std::string_view text, std::string* out);

// Plain text: a paragraph between blank lines each.
void AppendParagraphs(std::string_view text, std::string* out);

// A table; the first row is its header. Columns without any text are left out. Rows may differ in length; where they differ so much that most cells would be
// empty, each is a line.
void AppendTable(std::vector<std::vector<std::string>> rows, std::string* out);

// Front matter with these keys; those with an empty value are left out.
void AppendFrontMatter(const std::vector<std::pair<std::string_view, std::string>>& keys, std::string* out);

// Whether no list or object of a JSON text is nested deeper than 200: the parser recurses when it frees them.
bool JsonIsShallow(std::string_view text);

}  // namespace quire::ingest
