#include "extensions/ingest/load_pipeline.h"

#include <algorithm>
#include <iterator>

#include "engine/base/huge_buffer.h"
#include "extensions/ingest/load_steps.h"

namespace quire::ingest {
namespace {

// One transaction holds this much: enough to share the cost of a commit (a word is written once in it, in however many chunks
// it occurs), little enough to keep in memory. It grows while writing one takes less than the shorter time, and shrinks where
// an embedder makes it take longer than the longer one, so that little is lost when the load is stopped.
constexpr size_t kBatchDocuments = 64, kBatchDocumentsMax = 1024;
constexpr uint64_t kBatchBytesMin = uint64_t{1} << 20, kBatchBytesMax = uint64_t{4} << 20;
constexpr std::chrono::milliseconds kBatchShort{1000}, kBatchLong{4000};
// Three batches are in memory, with words and vectors some 20 times their size: together about as much as the database may have.
constexpr uint64_t kBatchesInMemoryLimit = 64;
// What one thread takes and another gives back stays with the allocator, in as many heaps as there are threads.
constexpr size_t kBatchesPerTrim = 8;

using Clock = std::chrono::steady_clock;

// Of the files of a batch.
uint64_t BatchBytes(const Database& database) {
  const uint64_t limit = database.options().memory_limit_bytes;
  return limit == 0 ? kBatchBytesMax : std::clamp(limit / kBatchesInMemoryLimit, kBatchBytesMin, kBatchBytesMax);
}

// Where no thread can be had, it is done when it is asked for.
template <typename Work>
auto Start(Work work) {
  return std::async(std::launch::async | std::launch::deferred, std::move(work));
}

}  // namespace

bool IsStopped(const LoadOptions& options, const LoadReport& report) {
  return IsCancelled(options) || (options.fail_fast && report.failed > 0);
}

LoadPipeline::LoadPipeline(Database& database, const LoadOptions& options, const ParseOptions& parse,
                           DocumentWriter& writer, ThreadPool& pool, LoadReport* report)
    : database_(database),
      options_(options),
      parse_(parse),
      writer_(writer),
      pool_(pool),
      report_(*report),
      batch_bytes_(BatchBytes(database)),
      batch_documents_(kBatchDocuments) {}

Status LoadPipeline::Run(std::span<const SourceFile> files) {
  progress_.documents_total = files.size();
  for (const SourceFile& file : files) progress_.bytes_total += file.size;
  Parsed parsed = ParseNext(&files);
  for (Prepared next = PrepareNext(&parsed, &files); !next.sources.empty() && !IsStopped(options_, report_);) {
    const Clock::time_point begun = Clock::now();
    const std::span<const SourceFile> sources = next.sources;
    DocumentWriter::Batch batch = next.batch.get();
    if (IsCancelled(options_)) break;
    next = PrepareNext(&parsed, &files);  // while this one is written
    QUIRE_RETURN_IF_ERROR(Write(sources, std::move(batch), next));
    AdjustBatch(Clock::now() - begun);
    if (++batches_ % kBatchesPerTrim == 0) ReturnFreedMemory();
    Tell(sources);
  }
  return {};
}

void LoadPipeline::AdjustBatch(Clock::duration took) {
  if (took < kBatchShort) batch_documents_ = std::min(2 * batch_documents_, kBatchDocumentsMax);
  if (took > kBatchLong) batch_documents_ = std::max(batch_documents_ / 2, kBatchDocuments);
}

LoadPipeline::Parsed LoadPipeline::ParseNext(std::span<const SourceFile>* rest) {
  Parsed parsed{.sources = rest->first(BatchSize(*rest, batch_documents_, batch_bytes_)), .files = {}};
  *rest = rest->subspan(parsed.sources.size());
  if (parsed.sources.empty()) return parsed;
  parsed.files =
      Start([this, sources = parsed.sources, reader = database_.reader()] { return Parse(sources, *reader); });
  return parsed;
}

LoadPipeline::Prepared LoadPipeline::PrepareNext(Parsed* parsed, std::span<const SourceFile>* rest) {
  Prepared prepared{.sources = parsed->sources, .batch = {}};
  if (prepared.sources.empty()) return prepared;
  prepared.batch = Start([this, files = std::move(parsed->files)]() mutable { return writer_.Prepare(files.get()); });
  *parsed = ParseNext(rest);
  return prepared;
}

std::vector<ParsedFile> LoadPipeline::Parse(std::span<const SourceFile> sources, const Reader& reader) {
  ParseOptions parse = parse_;
  parse.reader = &reader;
  return ParseFiles(sources, parse, pool_);
}

void LoadPipeline::Tell(std::span<const SourceFile> sources) {
  for (const SourceFile& file : sources) progress_.bytes += file.size;
  progress_.documents += sources.size();
  progress_.chunks = report_.chunks;
  progress_.failed = report_.failed;
  if (options_.on_progress) options_.on_progress(progress_);
}

void LoadPipeline::Note(DocumentWriter::Batch* batch) {
  for (ParsedFile& file : batch->files) {
    if (file.state == ParsedFile::State::kUnchanged) ++report_.unchanged;
    if (file.state == ParsedFile::State::kFailed) ++report_.failed;
    std::move(file.issues.begin(), file.issues.end(), std::back_inserter(report_.issues));
  }
  std::move(batch->notices.begin(), batch->notices.end(), std::back_inserter(report_.notices));
}

Status LoadPipeline::Write(std::span<const SourceFile> sources, DocumentWriter::Batch batch, const Prepared& next) {
  Note(&batch);
  if (IsStopped(options_, report_)) return {};
  const Status status = writer_.Commit(&batch, &report_);
  if (!status.ok() && EndsLoad(status.code())) return status;
  written_ = written_ || batch.transaction != nullptr;
  for (const DocumentWriter::Batch::Written& one : batch.written) duplicates_.Add(batch.files[one.file], &report_);
  if (status.ok()) return {};
  if (!next.sources.empty()) next.batch.wait();  // the writer prepares one batch at a time
  for (const DocumentWriter::Batch::Written& one : batch.written) {
    QUIRE_RETURN_IF_ERROR(WriteAlone(sources[one.file]));
  }
  return {};
}

Status LoadPipeline::WriteAlone(const SourceFile& source) {
  DocumentWriter::Batch batch = writer_.Prepare(Parse({&source, 1}, *database_.reader()));
  Note(&batch);
  const Status status = writer_.Commit(&batch, &report_);
  if (status.ok() || EndsLoad(status.code())) return status;
  ++report_.failed;
  report_.issues.push_back(FailureOf(source.uri, "write", status));
  return {};
}

}  // namespace quire::ingest
