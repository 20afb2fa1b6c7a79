#include "extensions/ingest/register.h"

#include "extensions/ingest/glob.h"
#include "extensions/ingest/load_source.h"
#include "extensions/ingest/loader.h"
#include "extensions/ingest/rows.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

struct CopyOptions {
  std::string format;  // lower-case; empty: by the extension
  std::string encoding;
  std::vector<ColumnPath> columns;
  bool sync = false;
};

// "text=data.prompt, title=name"
Result<std::vector<ColumnPath>> ReadColumns(std::string_view text) {
  std::vector<ColumnPath> columns;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    QUIRE_ASSIGN_OR_RETURN(ColumnPath column, ParseColumnPath(Trim(text.substr(0, comma))));
    columns.push_back(std::move(column));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return columns;
}

Result<CopyOptions> ReadOptions(const sql::StatementOptions& options) {
  CopyOptions read;
  for (const auto& [name, value] : options) {
    if (name == "format" && value.type() == Type::kText) {
      read.format = ToLower(value.text());
    } else if (name == "encoding" && value.type() == Type::kText) {
      read.encoding = value.text();
    } else if (name == "columns" && value.type() == Type::kText) {
      QUIRE_ASSIGN_OR_RETURN(read.columns, ReadColumns(value.text()));
    } else if (name == "sync" && value.type() == Type::kBoolean) {
      read.sync = value.boolean();
    } else {
      return Status(Code::kInvalidArgument, "COPY has no option '" + name + "' with the value " + value.ToString(),
                    "options are FORMAT markdown | text | jsonl | csv ..., ENCODING 'name', COLUMNS 'text=data.prompt, "
                    "...' and SYNC");
    }
  }
  return read;
}

bool IsRows(const CopyOptions& options, std::string_view source) {
  if (!options.columns.empty()) return true;
  if (!options.format.empty()) return !RowFormatOf(options.format).empty();
  return IsRowFile(source);
}

// The files of a glob, or the path itself.
Result<std::vector<std::string>> RowFiles(const std::string& source) {
  if (!HasWildcard(source)) return std::vector<std::string>{source};
  QUIRE_ASSIGN_OR_RETURN(const FileList list, ListFiles({source}, {.format = FindFormat("text")}));
  if (list.files.empty()) return Status(Code::kNotFound, "'" + source + "' names no file");
  std::vector<std::string> paths;
  for (const SourceFile& file : list.files) paths.push_back(file.path);
  return paths;
}

Result<sql::CopyReport> CopyRows(const sql::CopyRequest& request, const CopyOptions& copy,
                                 const sql::Session& session) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, RowFiles(request.source));
  sql::CopyReport copied;
  for (const std::string& path : paths) {
    RowsOptions options{.collection = request.collection,
                        .path = path,
                        .source = {.format = copy.format, .encoding = copy.encoding, .columns = copy.columns},
                        .cancelled = &session.cancelled};
    if (session.progress) {
      options.on_progress = [&session, &copied](uint64_t rows) {
        session.progress({.what = "rows", .done = copied.chunks + rows, .total = 0});
      };
    }
    QUIRE_ASSIGN_OR_RETURN(const LoadReport report, LoadRows(session.database, options));
    copied.chunks += report.rows;
    copied.failed += report.rows_failed;
    for (std::string& message : Messages(report)) copied.messages.push_back(std::move(message));
  }
  return copied;
}

std::function<void(const LoadProgress&)> ProgressOf(const sql::Session& session) {
  if (!session.progress) return {};
  return [&session](const LoadProgress& progress) {
    session.progress({.what = "documents", .done = progress.documents, .total = progress.documents_total});
  };
}

sql::CopyReport ReportOf(const LoadReport& report) {
  return {.documents = report.added + report.changed + report.renamed,
          .chunks = report.chunks,
          .failed = report.failed,
          .messages = Messages(report)};
}

Result<sql::CopyReport> CopyDocuments(const sql::CopyRequest& request, const CopyOptions& copy,
                                      const sql::Session& session) {
  LoadOptions options{.collection = request.collection,
                      .paths = {request.source},
                      .create_collection = false,
                      .sync = copy.sync,
                      .encoding = copy.encoding,
                      .cancelled = &session.cancelled};
  if (!copy.format.empty()) {
    options.walk.format = FindFormat(copy.format);
    if (options.walk.format == nullptr) {
      return Status(Code::kInvalidArgument, "format '" + copy.format + "' does not exist",
                    "formats are " + FormatNames() + ", jsonl, csv, tsv");
    }
  }
  options.on_progress = ProgressOf(session);
  QUIRE_ASSIGN_OR_RETURN(const LoadReport report, Load(session.database, options));
  return ReportOf(report);
}

Result<sql::CopyReport> Retry(const sql::CopyRequest& request, const sql::Session& session) {
  QUIRE_ASSIGN_OR_RETURN(const LoadReport report,
                         RetryFailed(session.database, request.collection, &session.cancelled, ProgressOf(session)));
  return ReportOf(report);
}

// SYNC docs: from wherever it was loaded.
Result<sql::CopyReport> SyncAll(const sql::CopyRequest& request, const sql::Session& session) {
  if (!request.options.empty()) {
    return Status(Code::kInvalidArgument, "SYNC without FROM takes no options: it has those of the loads before");
  }
  QUIRE_ASSIGN_OR_RETURN(LoadOptions options, AllSources(session.database, request.collection));
  options.cancelled = &session.cancelled;
  options.on_progress = ProgressOf(session);
  QUIRE_ASSIGN_OR_RETURN(const LoadReport report, Load(session.database, options));
  return ReportOf(report);
}

Result<sql::CopyReport> Run(const sql::CopyRequest& request, const CopyOptions& options, const sql::Session& session) {
  if (request.kind == sql::CopyRequest::Kind::kRetry) return Retry(request, session);
  if (request.source.empty()) return SyncAll(request, session);
  if (!IsRows(options, request.source)) return CopyDocuments(request, options, session);
  if (!options.sync) return CopyRows(request, options, session);
  return Status(Code::kUnsupported, "'" + request.source + "' holds rows: only documents can be synced");
}

class IngestSource final : public sql::DocumentSource {
 public:
  Result<sql::CopyReport> Copy(const sql::CopyRequest& request, const sql::Session& session) const override {
    QUIRE_ASSIGN_OR_RETURN(CopyOptions options, ReadOptions(request.options));
    options.sync = options.sync || request.kind == sql::CopyRequest::Kind::kSync;
    Result<sql::CopyReport> report = Run(request, options, session);
    if (report.ok() && session.cancelled.load()) {
      return Status(Code::kCancelled, "it was stopped; what it had written stays", "run it again to go on");
    }
    return report;
  }
};

}  // namespace

Status RegisterIngest(sql::Registry* registry) { return registry->SetDocumentSource(std::make_unique<IngestSource>()); }

}  // namespace quire::ingest
