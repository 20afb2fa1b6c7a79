// The formats there are: one line each in formats.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "extensions/ingest/converters.h"
#include "extensions/ingest/document.h"
#include "extensions/ingest/include_syntax.h"
#include "quire/status.h"

namespace quire::ingest {

struct Format {
  std::string_view name;        // as in FORMAT markdown
  std::string_view extensions;  // "md markdown": lower-case, separated by a space
  std::unique_ptr<const DocumentReader> (*make)();
  IncludeStyle includes = IncludeStyle::kNone;
  // Null: the bytes are read as they are.
  Converter convert = nullptr;
  bool binary = false;  // handed to `convert` as they are; else they are text in some encoding
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
std::unique_ptr<const DocumentReader> MakeJsonReader();
std::unique_ptr<const DocumentReader> MakeCsvReader();
std::unique_ptr<const DocumentReader> MakeTsvReader();

}  // namespace quire::ingest
