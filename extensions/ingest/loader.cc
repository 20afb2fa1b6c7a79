#include "extensions/ingest/loader.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <map>
#include <optional>
#include <thread>
#include <unordered_set>

#include "engine/base/huge_buffer.h"
#include "engine/base/utf8.h"
#include "extensions/ingest/chunker.h"
#include "extensions/ingest/column_types.h"
#include "extensions/ingest/document_writer.h"
#include "extensions/ingest/duplicate_report.h"
#include "extensions/ingest/load_errors.h"
#include "extensions/ingest/load_source.h"
#include "extensions/ingest/partials.h"

namespace quire::ingest {
namespace {

// One transaction holds this much: enough to share the cost of a commit (a word is written once in it, in however many chunks
// it occurs), little enough to keep in memory. It grows while writing one takes less than the shorter time, and shrinks where
// an embedder makes it take longer than the longer one, so that little is lost when the load is stopped.
constexpr size_t kBatchDocuments = 64, kBatchDocumentsMax = 1024;
constexpr uint64_t kBatchBytesMin = uint64_t{1} << 20, kBatchBytesMax = uint64_t{4} << 20;
// Three batches are in memory, with words and vectors some 20 times their size: together about as much as the database may have.
constexpr uint64_t kBatchesInMemoryLimit = 64;
// What one thread takes and another gives back stays with the allocator, in as many heaps as there are threads.
constexpr size_t kBatchesPerTrim = 8;
constexpr std::chrono::milliseconds kBatchShort{1000}, kBatchLong{4000};

using Clock = std::chrono::steady_clock;

bool IsCancelled(const LoadOptions& options) { return options.cancelled != nullptr && options.cancelled->load(); }

size_t ParsingThreads(size_t jobs) {
  if (jobs == 0) jobs = std::max(1u, std::thread::hardware_concurrency());
  return jobs - 1;  // the caller is one of them
}

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

// The walk, and the report begun with it.
Result<FileList> Begin(const LoadOptions& options, LoadReport* report) {
  QUIRE_ASSIGN_OR_RETURN(FileList list, ListFiles(options.paths, options.walk));
  NoteLeftOut(list, report);
  report->issues = list.issues;
  report->details = list.left_out;
  report->failed = list.issues.size();
  return list;
}

void End(const LoadOptions& options, Clock::time_point begun, LoadReport* report) {
  report->documents = report->added + report->changed + report->renamed + report->unchanged + report->failed;
  report->cancelled = IsCancelled(options);
  report->seconds = std::chrono::duration<double>(Clock::now() - begun).count();
}

// Of the files of a batch.
uint64_t BatchBytes(const Database& database) {
  const uint64_t limit = database.options().memory_limit_bytes;
  return limit == 0 ? kBatchBytesMax : std::clamp(limit / kBatchesInMemoryLimit, kBatchBytesMin, kBatchBytesMax);
}

// How many of `files`, of which it takes so many documents and bytes at most, make the next batch.
size_t BatchSize(std::span<const SourceFile> files, size_t documents, uint64_t bytes_max) {
  size_t count = 0;
  for (uint64_t bytes = 0; count < std::min(files.size(), documents) && bytes < bytes_max; ++count) {
    bytes += files[count].size;
  }
  return count;
}

class Loading {
 public:
  Loading(Database& database, const LoadOptions& options)
      : database_(database), options_(options), pool_(ParsingThreads(options.jobs)), batch_bytes_(BatchBytes(database)) {}

  Result<LoadReport> Run() {
    const Clock::time_point begun = Clock::now();
    QUIRE_ASSIGN_OR_RETURN(FileList list, Begin(options_, &report_));
    QUIRE_RETURN_IF_ERROR(OpenCollection());
    FindPartials(&list);
    QUIRE_RETURN_IF_ERROR(OpenWriter(list));
    QUIRE_RETURN_IF_ERROR(LoadFiles(list));
    if (options_.sync && !Stopped()) QUIRE_RETURN_IF_ERROR(DeleteVanished(list));
    report_.cancelled = IsCancelled(options_);
    QUIRE_RETURN_IF_ERROR(RecordFailures(database_, options_, list, report_));
    QUIRE_RETURN_IF_ERROR(RecordSource(database_, options_, report_));
    if (written_) QUIRE_RETURN_IF_ERROR(database_.Flush());
    End(options_, begun, &report_);
    return std::move(report_);
  }

 private:
  bool Stopped() const { return IsCancelled(options_) || (options_.fail_fast && report_.failed > 0); }

  Status OpenCollection() {
    const Result<CollectionInfo> info = database_.reader()->GetCollection(options_.collection);
    if (!info.ok() && (info.status().code() != Code::kNotFound || !options_.create_collection)) return info.status();
    if (!info.ok()) {
      CollectionSchema schema{.name = options_.collection};
      if (options_.chunk_tokens != 0) schema.chunk_tokens = options_.chunk_tokens;
      chunk_tokens_ = schema.chunk_tokens;
      QUIRE_RETURN_IF_ERROR(CheckTokens());
      written_ = true;
      return database_.CreateCollection(std::move(schema));
    }
    chunk_tokens_ = info->schema.chunk_tokens;
    if (options_.chunk_tokens != 0 && options_.chunk_tokens != chunk_tokens_) {
      return Status(Code::kInvalidArgument,
                    "collection '" + info->schema.name + "' cuts chunks of " + std::to_string(chunk_tokens_) +
                        " tokens, not " + std::to_string(options_.chunk_tokens),
                    "leave the size out, or load into a new collection");
    }
    return CheckTokens();
  }

  bool IsKnown(const SourceFile& file, const Reader& reader) const {
    const Result<std::optional<Document>> stored = reader.GetDocument(options_.collection, file.uri);
    return stored.ok() && *stored && IsSettled(**stored, file);
  }

  void FindPartials(FileList* list) {
    const auto is_settled = [this, reader = database_.reader()](const SourceFile& file) {
      return IsKnown(file, *reader);
    };
    MarkPartials(&list->files, options_.include_roots, is_settled, pool_);
  }

  // All columns of front matter, before anything is written: their types are of all values, and a load that was stopped finds
  // them as they were.
  Status AddColumns(const FileList& list, ColumnMap* columns) {
    if (options_.path_pattern) {
      for (const ColumnSchema& column : options_.path_pattern->Columns()) {
        QUIRE_RETURN_IF_ERROR(columns->Add(column.name, column.type, &report_.notices));
      }
    }
    const auto is_settled = [this, reader = database_.reader()](const SourceFile& file) {
      return IsKnown(file, *reader);
    };
    for (const InferredColumn& column : InferColumns(list.files, options_.encoding, is_settled, pool_)) {
      if (columns->Find(column.name) != ColumnMap::kNone) continue;
      QUIRE_RETURN_IF_ERROR(columns->Add(column.name, column.type, &report_.notices));
      if (!column.notice.empty()) report_.notices.push_back(column.notice);
      written_ = true;
    }
    return {};
  }

  Status CheckTokens() const {
    if (chunk_tokens_ >= kChunkTokensMin && chunk_tokens_ <= kChunkTokensMax) return {};
    return Status(Code::kInvalidArgument, "collection '" + options_.collection + "': chunks of " +
                                              std::to_string(chunk_tokens_) + " tokens, expected " +
                                              std::to_string(kChunkTokensMin) + " to " +
                                              std::to_string(kChunkTokensMax));
  }

  Status LoadFiles(const FileList& list) {
    progress_.documents_total = list.files.size();
    for (const SourceFile& file : list.files) progress_.bytes_total += file.size;
    std::span<const SourceFile> rest(list.files);
    Parsed parsed = ParseNext(&rest);
    for (Prepared next = PrepareNext(&parsed, &rest); !next.sources.empty() && !Stopped();) {
      const Clock::time_point begun = Clock::now();
      const std::span<const SourceFile> sources = next.sources;
      DocumentWriter::Batch batch = next.batch.get();
      if (IsCancelled(options_)) break;
      next = PrepareNext(&parsed, &rest);  // while this one is written
      QUIRE_RETURN_IF_ERROR(Write(sources, std::move(batch), next));
      AdjustBatch(Clock::now() - begun);
      if (++batches_ % kBatchesPerTrim == 0) ReturnFreedMemory();
      for (const SourceFile& file : sources) progress_.bytes += file.size;
      Tell(sources.size());
    }
    return {};
  }

  void AdjustBatch(Clock::duration took) {
    if (took < kBatchShort) batch_documents_ = std::min(2 * batch_documents_, kBatchDocumentsMax);
    if (took > kBatchLong) batch_documents_ = std::max(batch_documents_ / 2, kBatchDocuments);
  }

  // What is on its way to be written: a batch whose words and vectors are made, and behind it one that is parsed. Without sources:
  // there are no more.
  struct Prepared {
    std::span<const SourceFile> sources;
    std::future<DocumentWriter::Batch> batch;
  };
  struct Parsed {
    std::span<const SourceFile> sources;
    std::future<std::vector<ParsedFile>> files;
  };

  // Where no thread can be had, it is done when it is asked for.
  template <typename Work>
  static auto Start(Work work) {
    return std::async(std::launch::async | std::launch::deferred, std::move(work));
  }

  Parsed ParseNext(std::span<const SourceFile>* rest) {
    Parsed parsed{.sources = rest->first(BatchSize(*rest, batch_documents_, batch_bytes_)), .files = {}};
    *rest = rest->subspan(parsed.sources.size());
    if (parsed.sources.empty()) return parsed;
    parsed.files =
        Start([this, sources = parsed.sources, reader = database_.reader()] { return Parse(sources, *reader); });
    return parsed;
  }

  // Hands on what was parsed, and has the next ones parsed.
  Prepared PrepareNext(Parsed* parsed, std::span<const SourceFile>* rest) {
    Prepared prepared{.sources = parsed->sources, .batch = {}};
    if (prepared.sources.empty()) return prepared;
    prepared.batch =
        Start([this, files = std::move(parsed->files)]() mutable { return writer_->Prepare(files.get()); });
    *parsed = ParseNext(rest);
    return prepared;
  }

  std::vector<ParsedFile> Parse(std::span<const SourceFile> sources, const Reader& reader) {
    return ParseFiles(sources,
                      {.reader = &reader,
                       .collection = options_.collection,
                       .chunk_tokens = chunk_tokens_,
                       .include_roots = options_.include_roots,
                       .encoding = options_.encoding,
                       .via = options_.via,
                       .limits = options_.limits,
                       .path_pattern = options_.path_pattern ? &*options_.path_pattern : nullptr,
                       .cancelled = options_.cancelled},
                      pool_);
  }

  void Tell(size_t documents) {
    progress_.documents += documents;
    progress_.chunks = report_.chunks;
    progress_.failed = report_.failed;
    if (options_.on_progress) options_.on_progress(progress_);
  }

  void Note(DocumentWriter::Batch* batch) {
    for (ParsedFile& file : batch->files) {
      if (file.state == ParsedFile::State::kUnchanged) ++report_.unchanged;
      if (file.state == ParsedFile::State::kFailed) ++report_.failed;
      std::move(file.issues.begin(), file.issues.end(), std::back_inserter(report_.issues));
    }
    std::move(batch->notices.begin(), batch->notices.end(), std::back_inserter(report_.notices));
  }

  // All of the batch in its transaction; if that fails for the sake of one document, each in its own.
  Status Write(std::span<const SourceFile> sources, DocumentWriter::Batch batch, const Prepared& next) {
    Note(&batch);
    if (Stopped()) return {};
    const Status status = writer_->Commit(&batch, &report_);
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

  Status WriteAlone(const SourceFile& source) {
    DocumentWriter::Batch batch = writer_->Prepare(Parse({&source, 1}, *database_.reader()));
    Note(&batch);
    const Status status = writer_->Commit(&batch, &report_);
    if (status.ok() || EndsLoad(status.code())) return status;
    ++report_.failed;
    report_.issues.push_back(FailureOf(source.uri, "write", status));
    return {};
  }

  // Documents that a loader wrote (others have no content hash), that the options select, and that are no longer there.
  Result<std::vector<Document>> VanishedFrom(const FileList& list) const {
    std::unordered_set<std::string_view> present;
    for (const SourceFile& file : list.files) present.insert(file.uri);
    QUIRE_ASSIGN_OR_RETURN(std::vector<Document> documents, database_.reader()->ListDocuments(options_.collection));
    std::erase_if(documents, [&](const Document& document) {
      const bool loaded = document.content_hash != Hash128{};
      return !loaded || present.contains(document.uri) || !IsSelected(options_.walk, document.uri);
    });
    return documents;
  }

  Status OpenWriter(const FileList& list) {
    QUIRE_ASSIGN_OR_RETURN(ColumnMap columns, ColumnMap::Open(database_, options_.collection));
    QUIRE_RETURN_IF_ERROR(AddColumns(list, &columns));
    std::map<Hash128, Vanished> vanished;
    if (options_.sync && list.issues.empty()) {
      QUIRE_ASSIGN_OR_RETURN(const std::vector<Document> documents, VanishedFrom(list));
      for (const Document& document : documents)
        vanished.try_emplace(document.content_hash, Vanished{.uri = document.uri});
    }
    writer_.emplace(database_, options_.collection, std::move(columns), std::move(vanished));
    return {};
  }

  Status DeleteVanished(const FileList& list) {
    if (!list.issues.empty()) {
      report_.notices.emplace_back("nothing deleted: not all folders could be looked at");
      return {};
    }
    QUIRE_ASSIGN_OR_RETURN(const std::vector<Document> documents, VanishedFrom(list));
    std::vector<std::string> vanished;
    for (const Document& document : documents) vanished.push_back(document.uri);
    for (size_t i = 0; i < vanished.size() && !IsCancelled(options_); i += kBatchDocuments) {
      QUIRE_RETURN_IF_ERROR(Delete(std::span(vanished).subspan(i, std::min(kBatchDocuments, vanished.size() - i))));
    }
    return {};
  }

  Status Delete(std::span<const std::string> uris) {
    const auto transaction = database_.Begin();
    for (const std::string& uri : uris) {
      QUIRE_RETURN_IF_ERROR(transaction->DeleteDocument(options_.collection, uri).status());
    }
    QUIRE_RETURN_IF_ERROR(transaction->Commit());
    written_ = true;
    report_.deleted += uris.size();
    return {};
  }

  Database& database_;
  const LoadOptions& options_;
  ThreadPool pool_;
  std::optional<DocumentWriter> writer_;
  uint32_t chunk_tokens_ = 0;
  const uint64_t batch_bytes_;
  size_t batch_documents_ = kBatchDocuments;
  size_t batches_ = 0;  // written
  bool written_ = false;
  DuplicateReport duplicates_;
  LoadReport report_;
  LoadProgress progress_;
};

}  // namespace

Result<LoadReport> Load(Database& database, const LoadOptions& options) { return Loading(database, options).Run(); }

Result<LoadReport> RetryFailed(Database& database, const std::string& collection, const std::atomic<bool>* cancelled,
                               const std::function<void(const LoadProgress&)>& on_progress) {
  QUIRE_ASSIGN_OR_RETURN(std::vector<LoadOptions> loads, FailedLoads(database, collection));
  LoadReport all;
  for (LoadOptions& options : loads) {
    options.cancelled = cancelled;
    options.on_progress = on_progress;
    Result<LoadReport> report = Load(database, options);
    if (report.ok()) {
      Merge(*report, &all);
    } else {  // its folder is gone, say: the others can still be tried
      ++all.failed;
      ++all.documents;
      all.issues.push_back(FailureOf(options.paths.empty() ? "" : options.paths[0], "walk", report.status()));
    }
  }
  return all;
}

Result<LoadReport> Preview(const LoadOptions& options, const std::function<void(const ParsedFile&)>& visit) {
  const Clock::time_point begun = Clock::now();
  LoadReport report;
  QUIRE_ASSIGN_OR_RETURN(FileList list, Begin(options, &report));
  ThreadPool pool(ParsingThreads(options.jobs));
  ParseOptions parse{.collection = options.collection,
                     .include_roots = options.include_roots,
                     .encoding = options.encoding,
                     .via = options.via,
                     .limits = options.limits,
                     .path_pattern = options.path_pattern ? &*options.path_pattern : nullptr,
                     .cancelled = options.cancelled};
  MarkPartials(
      &list.files, options.include_roots, [](const SourceFile&) { return false; }, pool);
  for (const InferredColumn& column : InferColumns(
           list.files, options.encoding, [](const SourceFile&) { return false; }, pool)) {
    if (!column.notice.empty()) report.notices.push_back(column.notice);
  }
  if (options.chunk_tokens != 0) parse.chunk_tokens = options.chunk_tokens;
  std::span<const SourceFile> rest(list.files);
  DuplicateReport duplicates;
  while (!rest.empty() && !IsCancelled(options)) {
    const std::span<const SourceFile> batch = rest.first(BatchSize(rest, kBatchDocuments, kBatchBytesMax));
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
  End(options, begun, &report);
  return report;
}

}  // namespace quire::ingest
