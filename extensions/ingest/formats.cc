#include "extensions/ingest/formats.h"

#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr Format kFormats[] = {
    {"markdown", "md markdown mdown mkd mdx", MakeMarkdownReader, IncludeStyle::kMarkdown},
    {"rst", "rst rest", MakeRstReader, IncludeStyle::kSphinx},
    {"asciidoc", "adoc asciidoc asc", MakeAsciidocReader, IncludeStyle::kAsciidoc},
    {"text", "txt text log", MakeTextReader},
    {"notebook", "ipynb", MakeMarkdownReader, IncludeStyle::kNone, ConvertNotebook},
    {"html", "html htm xhtml", MakeMarkdownReader, IncludeStyle::kNone, ConvertHtml},
    {"docx", "docx docm", MakeMarkdownReader, IncludeStyle::kNone, ConvertDocx, true},
    {"odf", "odt ods odp", MakeMarkdownReader, IncludeStyle::kNone, ConvertOdf, true},
    {"pptx", "pptx pptm", MakeMarkdownReader, IncludeStyle::kNone, ConvertPptx, true},
    {"xlsx", "xlsx xlsm", MakeMarkdownReader, IncludeStyle::kNone, ConvertXlsx, true},
    {"epub", "epub", MakeMarkdownReader, IncludeStyle::kNone, ConvertEpub, true},
    {"pdf", "pdf", MakeMarkdownReader, IncludeStyle::kNone, ConvertPdf, true},
    {"via", "", MakeMarkdownReader, IncludeStyle::kNone, ConvertVia, true},
    {"mail", "eml", MakeMarkdownReader, IncludeStyle::kNone, ConvertMail, true},
    {"mailbox", "mbox", MakeMarkdownReader, IncludeStyle::kNone, ConvertMailbox, true},
    {"json", "json jsonl ndjson", MakeJsonReader},
    {"csv", "csv", MakeCsvReader},
    {"tsv", "tsv tab", MakeTsvReader},
    {"code",
     "py js mjs ts tsx jsx java c h cc cpp cxx hpp cs go rs rb php sh bash sql kt swift scala lua r jl pl yaml yml "
     "toml xml "
     "ini cfg conf css proto",
     MakeCodeReader},
};

bool HasWord(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const size_t space = words.find(' ');
    if (words.substr(0, space) == word) return true;
    words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
  }
  return false;
}

}  // namespace

const Format* FindFormat(std::string_view name) {
  const std::string lower = ToLower(name);
  for (const Format& format : kFormats) {
    if (lower == format.name || HasWord(format.extensions, lower)) return &format;
  }
  return nullptr;
}

const Format* FormatOfPath(std::string_view path) {
  const std::string extension = ExtensionOf(path);
  for (const Format& format : kFormats) {
    if (!extension.empty() && HasWord(format.extensions, extension)) return &format;
  }
  return nullptr;
}

std::string FormatNames() {
  std::string names;
  for (const Format& format : kFormats) {
    if (!names.empty()) names += ", ";
    names += format.name;
  }
  return names;
}

}  // namespace quire::ingest
