// Preview: a load that writes nothing.
#include "extensions/ingest/duplicate_report.h"
#include "extensions/ingest/load_steps.h"

namespace quire::ingest {
namespace {

constexpr size_t kBatchDocuments = 64;
constexpr uint64_t kBatchBytes = uint64_t{4} << 20, kKeptBytes = uint64_t{32} << 20;

}  // namespace

Result<LoadReport> Preview(const LoadOptions& options, const std::function<void(const ParsedFile&)>& visit) {
  const auto begun = std::chrono::steady_clock::now();
  LoadReport report;
  QUIRE_ASSIGN_OR_RETURN(FileList list, BeginLoad(options, &report));
  ThreadPool pool(ParsingThreads(options));
  KeptSources kept(kKeptBytes);
  const auto is_settled = [](const SourceFile&) { return false; };
  for (InferredColumn& column : SurveyFiles(&list.files, SurveyOptionsOf(options), is_settled, &kept, pool)) {
    if (!column.notice.empty()) report.notices.push_back(std::move(column.notice));
  }
  ParseOptions parse = ParseOptionsOf(options);
  parse.kept = &kept;
  DuplicateReport duplicates;
  for (std::span<const SourceFile> rest(list.files); !rest.empty() && !IsCancelled(options);) {
    const std::span<const SourceFile> batch = rest.first(BatchSize(rest, kBatchDocuments, kBatchBytes));
    rest = rest.subspan(batch.size());
    const std::vector<ParsedFile> files = ParseFiles(batch, parse, pool);
    if (IsCancelled(options)) break;
    for (const ParsedFile& file : files) {
      ++(file.state == ParsedFile::State::kFailed ? report.failed : report.added);
      report.chunks += file.chunks.size();
      report.bytes += file.document.size;
      report.issues.insert(report.issues.end(), file.issues.begin(), file.issues.end());
      duplicates.Add(file, &report);
      visit(file);
    }
  }
  EndLoad(options, begun, &report);
  return report;
}

}  // namespace quire::ingest
