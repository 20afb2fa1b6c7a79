// Converters: formats whose text is not in their bytes, as Markdown. What a chunk of such a document stores is a piece of that
// Markdown; it has no place in the file, so that its start and end are 0, and `page` where the format has pages.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire::ingest {

struct ConvertInput {
  std::string_view bytes;    // of formats that are text: as UTF-8
  std::string_view path;     // of the file
  std::string_view command;  // of --via
  std::chrono::steady_clock::time_point deadline;
  const std::atomic<bool>* cancelled = nullptr;

  // Errors: kCancelled, kResourceExhausted (the time is up).
  Status CheckTime() const;
};

// Of everything a converter unpacks and makes.
inline constexpr uint64_t kConvertedBytesMax = uint64_t{256} << 20;

struct PageStart {
  size_t at = 0;  // byte of the Markdown
  uint32_t number = 0;
};

struct Converted {
  std::string markdown;
  std::vector<PageStart> pages;  // in order; empty: the format has none
  std::vector<std::string> notices;
};

// Errors of all: kInvalidArgument (not of this format), kResourceExhausted (too large, too deep, a bomb, too slow),
// kUnsupported (encrypted, scanned), kUnavailable (a program is missing), kCancelled.
using Converter = Result<Converted> (*)(const ConvertInput& input);

Result<Converted> ConvertNotebook(const ConvertInput& input);
Result<Converted> ConvertHtml(const ConvertInput& input);
Result<Converted> ConvertDocx(const ConvertInput& input);
Result<Converted> ConvertOdf(const ConvertInput& input);
Result<Converted> ConvertPptx(const ConvertInput& input);
Result<Converted> ConvertXlsx(const ConvertInput& input);
Result<Converted> ConvertEpub(const ConvertInput& input);
Result<Converted> ConvertMail(const ConvertInput& input);
Result<Converted> ConvertMailbox(const ConvertInput& input);
Result<Converted> ConvertPdf(const ConvertInput& input);
Result<Converted> ConvertVia(const ConvertInput& input);  // by input.command

// Appends the body of an HTML page: a chapter of a book, a part of a message.
Status AppendHtml(std::string_view html, const ConvertInput& input, std::string* markdown);

}  // namespace quire::ingest
