#include "extensions/ingest/loader.h"

#include <algorithm>
#include <optional>

#include "extensions/ingest/chunker.h"
#include "extensions/ingest/load_errors.h"
#include "extensions/ingest/load_pipeline.h"
#include "extensions/ingest/load_source.h"
#include "extensions/ingest/load_steps.h"
#include "extensions/ingest/vanished.h"

namespace quire::ingest {
namespace {

// Files that were read ahead wait in memory, in a part of what the database may have.
constexpr uint64_t kKeptBytesMax = uint64_t{32} << 20, kKeptInMemoryLimit = 8;

uint64_t KeptBytes(const Database& database) {
  const uint64_t limit = database.options().memory_limit_bytes;
  return limit == 0 ? kKeptBytesMax : std::min(limit / kKeptInMemoryLimit, kKeptBytesMax);
}

class Loading {
 public:
  Loading(Database& database, const LoadOptions& options)
      : database_(database),
        options_(options),
        parse_(ParseOptionsOf(options)),
        pool_(ParsingThreads(options)),
        kept_(KeptBytes(database)) {
    parse_.kept = &kept_;
  }

  Result<LoadReport> Run() {
    const auto begun = std::chrono::steady_clock::now();
    QUIRE_ASSIGN_OR_RETURN(FileList list, BeginLoad(options_, &report_));
    QUIRE_RETURN_IF_ERROR(OpenCollection());
    QUIRE_ASSIGN_OR_RETURN(ColumnMap columns, OpenColumns(&list));
    std::map<Hash128, Vanished> vanished;
    if (options_.sync && list.issues.empty()) {
      QUIRE_ASSIGN_OR_RETURN(vanished, FindVanished(database_, options_, list));
    }
    DocumentWriter writer(database_, options_.collection, std::move(columns), std::move(vanished));
    LoadPipeline pipeline(database_, options_, parse_, writer, pool_, &report_);
    QUIRE_RETURN_IF_ERROR(pipeline.Run(list.files));
    if (options_.sync && !IsStopped(options_, report_)) {
      QUIRE_RETURN_IF_ERROR(DeleteVanished(database_, options_, list, &report_));
    }
    report_.cancelled = IsCancelled(options_);
    QUIRE_RETURN_IF_ERROR(RecordFailures(database_, options_, list, report_));
    QUIRE_RETURN_IF_ERROR(RecordSource(database_, options_, report_));
    if (written_ || pipeline.written() || report_.deleted > 0) QUIRE_RETURN_IF_ERROR(database_.Flush());
    EndLoad(options_, begun, &report_);
    return std::move(report_);
  }

 private:
  Status OpenCollection() {
    const Result<CollectionInfo> info = database_.reader()->GetCollection(options_.collection);
    if (!info.ok() && (info.status().code() != Code::kNotFound || !options_.create_collection)) return info.status();
    if (!info.ok()) {
      CollectionSchema schema{.name = options_.collection};
      if (options_.chunk_tokens != 0) schema.chunk_tokens = options_.chunk_tokens;
      parse_.chunk_tokens = schema.chunk_tokens;
      QUIRE_RETURN_IF_ERROR(CheckTokens());
      written_ = true;
      return database_.CreateCollection(std::move(schema));
    }
    parse_.chunk_tokens = info->schema.chunk_tokens;
    if (options_.chunk_tokens != 0 && options_.chunk_tokens != parse_.chunk_tokens) {
      return Status(Code::kInvalidArgument,
                    "collection '" + info->schema.name + "' cuts chunks of " + std::to_string(parse_.chunk_tokens) +
                        " tokens, not " + std::to_string(options_.chunk_tokens),
                    "leave the size out, or load into a new collection");
    }
    return CheckTokens();
  }

  Status CheckTokens() const {
    const uint32_t tokens = parse_.chunk_tokens;
    if (tokens >= kChunkTokensMin && tokens <= kChunkTokensMax) return {};
    return Status(Code::kInvalidArgument, "collection '" + options_.collection + "': chunks of " +
                                              std::to_string(tokens) + " tokens, expected " +
                                              std::to_string(kChunkTokensMin) + " to " +
                                              std::to_string(kChunkTokensMax));
  }

  // Looks at all files, and makes the columns of their front matter before anything is written: their types are of all values, and
  // a load that was stopped finds them as they were.
  Result<ColumnMap> OpenColumns(FileList* list) {
    QUIRE_ASSIGN_OR_RETURN(ColumnMap columns, ColumnMap::Open(database_, options_.collection));
    if (options_.path_pattern) {
      for (const ColumnSchema& column : options_.path_pattern->Columns()) {
        QUIRE_RETURN_IF_ERROR(columns.Add(column.name, column.type, &report_.notices));
      }
    }
    const auto is_settled = [this, reader = database_.reader()](const SourceFile& file) {
      const Result<std::optional<Document>> stored = reader->GetDocument(options_.collection, file.uri);
      return stored.ok() && *stored && IsSettled(**stored, file);
    };
    for (InferredColumn& column : SurveyFiles(&list->files, SurveyOptionsOf(options_), is_settled, &kept_, pool_)) {
      if (columns.Find(column.name) != ColumnMap::kNone) continue;
      QUIRE_RETURN_IF_ERROR(columns.Add(column.name, column.type, &report_.notices));
      if (!column.notice.empty()) report_.notices.push_back(std::move(column.notice));
      written_ = true;
    }
    return columns;
  }

  Database& database_;
  const LoadOptions& options_;
  ParseOptions parse_;
  ThreadPool pool_;
  KeptSources kept_;
  bool written_ = false;  // besides documents
  LoadReport report_;
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

}  // namespace quire::ingest
