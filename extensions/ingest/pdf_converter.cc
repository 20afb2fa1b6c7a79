// PDF by poppler's pdftotext, a program of its own: it is GPL, and what it reads is hostile. And --via: any other program.
#include "extensions/ingest/child_process.h"
#include "extensions/ingest/pdf_layout.h"
#include "extensions/ingest/report.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr uint64_t kViaMemoryBytes = uint64_t{4} << 30;

Result<Converted> ReadPdf(const ConvertInput& input) {
  Result<std::string> layout = RunProgram({"pdftotext", "-bbox-layout", "-enc", "UTF-8", "-", "-"}, input, {});
  if (layout.ok()) return LayoutToMarkdown(*layout);
  const Status& status = layout.status();
  if (status.code() == Code::kUnavailable) {
    return Status(Code::kUnavailable, "PDF needs the program pdftotext", "install poppler-utils");
  }
  if (status.message().find("Incorrect password") != std::string_view::npos) {
    return Status(Code::kUnsupported, "is encrypted", "save it without a password");
  }
  if (status.code() != Code::kResourceExhausted) return status;
  // A very long one: the places of all words are too much.
  QUIRE_RETURN_IF_ERROR(input.CheckTime());
  QUIRE_ASSIGN_OR_RETURN(const std::string plain, RunProgram({"pdftotext", "-enc", "UTF-8", "-", "-"}, input, {}));
  return PlainPagesToMarkdown(plain);
}

// A command's words: parted by blanks, quotes as in a shell, nothing else.
std::vector<std::string> SplitCommand(std::string_view command) {
  std::vector<std::string> words;
  bool open = false;
  char quote = 0;
  for (const char c : command) {
    if (quote == 0 && IsBlank(c)) {
      open = false;
      continue;
    }
    if (!open) words.emplace_back();
    open = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      words.back().push_back(c);
    }
  }
  return words;
}

}  // namespace

Result<Converted> ConvertPdf(const ConvertInput& input) {
  QUIRE_ASSIGN_OR_RETURN(Converted converted, ReadPdf(input));
  const size_t first = converted.pages.empty() ? 0 : converted.pages[0].at;
  if (!Trim(std::string_view(converted.markdown).substr(first)).empty()) return converted;
  return Status(Code::kUnsupported, "needs_ocr: " + Plural(converted.pages.size(), "page") + " without any text",
                "make it searchable, with ocrmypdf for instance");
}

Result<Converted> ConvertVia(const ConvertInput& input) {
  std::vector<std::string> arguments = SplitCommand(input.command);
  if (arguments.empty())
    return Status(Code::kInvalidArgument, "format 'via' needs a command", "--via 'pandoc -t gfm {}'");
  ConvertInput run = input;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t at = arguments[i].find("{}");
    if (at == std::string::npos || i == 0) continue;
    arguments[i].replace(at, 2, input.path);
    run.bytes = {};  // else it reads its standard input
  }
  Converted converted;
  QUIRE_ASSIGN_OR_RETURN(converted.markdown, RunProgram(arguments, run, {.memory_bytes = kViaMemoryBytes}));
  if (Trim(converted.markdown).empty()) return Status(Code::kInvalidArgument, "'" + arguments[0] + "' gave no text");
  return converted;
}

}  // namespace quire::ingest
