// The formats there are: one line each in formats.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "extensions/ingest/document.h"
#include "extensions/ingest/include_syntax.h"
#include "quire/status.h"

namespace quire::ingest {

struct Format {
  std::string_view name;        // as in FORMAT markdown
  std::string_view extensions;  // "md markdown": lower-case, separated by a space
  std::unique_ptr<const DocumentReader> (*make)();
  IncludeStyle includes = IncludeStyle::kNone;
  // The bytes as Markdown, where they are no text that a reader can point into: chunks then have no place in the file
  // (start and end are 0). Null: the bytes are read as they are. Errors: kInvalidArgument (not of this format),
  // kResourceExhausted (too large, too deep, a bomb), kUnsupported, kUnavailable (a program is missing).
  Result<std::string> (*convert)(std::string_view bytes) = nullptr;
};

// By name or by the extension of a path, without regard to case; null: none.
const Format* FindFormat(std::string_view name);
const Format* FormatOfPath(std::string_view path);
// "markdown, text", for messages.
std::string FormatNames();

// The makers, each in the file of its format.
std::unique_ptr<const DocumentReader> MakeMarkdownReader();
std::unique_ptr<const DocumentReader> MakeRstReader();
std::unique_ptr<const DocumentReader> MakeAsciidocReader();
std::unique_ptr<const DocumentReader> MakeTextReader();
std::unique_ptr<const DocumentReader> MakeCodeReader();

// The converters, likewise.
Result<std::string> NotebookToMarkdown(std::string_view bytes);

}  // namespace quire::ingest
