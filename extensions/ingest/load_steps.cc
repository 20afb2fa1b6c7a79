#include "extensions/ingest/load_steps.h"

#include <algorithm>
#include <thread>

namespace quire::ingest {
namespace {

// What the walk left out, in words.
void NoteLeftOut(const FileList& list, LoadReport* report) {
  if (!list.unknown.empty()) {
    uint64_t total = 0;
    std::string kinds;
    for (const auto& [kind, count] : list.unknown) {
      total += count;
      kinds += (kinds.empty() ? "" : ", ") + kind + " " + WithCommas(count);
    }
    report->notices.push_back(Plural(total, "file") + " of unknown kind skipped: " + kinds);
  }
  if (list.excluded > 0) report->notices.push_back(Plural(list.excluded, "file") + " not selected");
  if (list.git_ignored > 0) {
    report->notices.push_back(Plural(list.git_ignored, "entry") + " left out, as .gitignore says");
  }
  if (list.links > 0) report->notices.push_back(Plural(list.links, "symbolic link") + " not followed");
  if (list.files.empty() && list.issues.empty()) report->notices.emplace_back("no documents found");
}

}  // namespace

size_t ParsingThreads(const LoadOptions& options) {
  return (options.jobs != 0 ? options.jobs : std::max(1u, std::thread::hardware_concurrency())) - 1;
}

Result<FileList> BeginLoad(const LoadOptions& options, LoadReport* report) {
  QUIRE_ASSIGN_OR_RETURN(FileList list, ListFiles(options.paths, options.walk));
  NoteLeftOut(list, report);
  report->issues = list.issues;
  report->details = list.left_out;
  report->failed = list.issues.size();
  return list;
}

ParseOptions ParseOptionsOf(const LoadOptions& options) {
  ParseOptions parse{.collection = options.collection,
                     .include_roots = options.include_roots,
                     .encoding = options.encoding,
                     .via = options.via,
                     .limits = options.limits,
                     .path_pattern = options.path_pattern ? &*options.path_pattern : nullptr,
                     .cancelled = options.cancelled};
  if (options.chunk_tokens != 0) parse.chunk_tokens = options.chunk_tokens;
  return parse;
}

SurveyOptions SurveyOptionsOf(const LoadOptions& options) {
  return {.include_roots = options.include_roots, .encoding = options.encoding, .bytes_max = options.limits.bytes_max};
}

size_t BatchSize(std::span<const SourceFile> files, size_t documents, uint64_t bytes_max) {
  size_t count = 0;
  for (uint64_t bytes = 0; count < std::min(files.size(), documents) && bytes < bytes_max; ++count) {
    bytes += files[count].size;
  }
  return count;
}

void EndLoad(const LoadOptions& options, std::chrono::steady_clock::time_point begun, LoadReport* report) {
  report->documents = report->added + report->changed + report->renamed + report->unchanged + report->failed;
  report->cancelled = IsCancelled(options);
  report->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace quire::ingest
