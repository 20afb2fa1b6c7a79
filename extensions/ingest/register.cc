#include "extensions/ingest/register.h"

#include "extensions/ingest/glob.h"
#include "extensions/ingest/loader.h"
#include "extensions/ingest/rows.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

struct CopyOptions {
  std::string format;  // lower-case; empty: by the extension
  bool sync = false;
};

Result<CopyOptions> ReadOptions(const sql::StatementOptions& options) {
  CopyOptions read;
  for (const auto& [name, value] : options) {
    if (name == "format" && value.type() == Type::kText) {
      read.format = ToLower(value.text());
    } else if (name == "sync" && value.type() == Type::kBoolean) {
      read.sync = value.boolean();
    } else {
      return Status(Code::kInvalidArgument, "COPY has no option '" + name + "' with the value " + value.ToString(),
                    "options are FORMAT markdown | text | jsonl | csv ... and SYNC");
    }
  }
  return read;
}

bool IsRows(const CopyOptions& options, std::string_view source) {
  return options.format.empty() ? IsRowFile(source)
                                : options.format == "jsonl" || options.format == "ndjson" || options.format == "csv" ||
                                      options.format == "tsv";
}

Result<sql::CopyReport> CopyRows(const sql::CopyRequest& request, const CopyOptions& copy,
                                 const sql::Session& session) {
  if (HasWildcard(request.source)) {
    return Status(Code::kUnsupported, "rows are copied from one file, not from '" + request.source + "'");
  }
  RowsOptions options{
      .collection = request.collection, .path = request.source, .format = copy.format, .cancelled = &session.cancelled};
  if (session.progress) {
    options.on_progress = [&session](uint64_t rows) { session.progress({.what = "rows", .done = rows, .total = 0}); };
  }
  QUIRE_ASSIGN_OR_RETURN(const LoadReport report, LoadRows(session.database, options));
  return sql::CopyReport{
      .documents = 0, .chunks = report.rows, .failed = report.rows_failed, .messages = Messages(report)};
}

Result<sql::CopyReport> CopyDocuments(const sql::CopyRequest& request, const CopyOptions& copy,
                                      const sql::Session& session) {
  LoadOptions options{.collection = request.collection,
                      .paths = {request.source},
                      .create_collection = false,
                      .sync = copy.sync,
                      .cancelled = &session.cancelled};
  if (!copy.format.empty()) {
    options.walk.format = FindFormat(copy.format);
    if (options.walk.format == nullptr) {
      return Status(Code::kInvalidArgument, "format '" + copy.format + "' does not exist",
                    "formats are " + FormatNames() + ", jsonl, csv, tsv");
    }
  }
  if (session.progress) {
    options.on_progress = [&session](const LoadProgress& progress) {
      session.progress({.what = "documents", .done = progress.documents, .total = progress.documents_total});
    };
  }
  QUIRE_ASSIGN_OR_RETURN(const LoadReport report, Load(session.database, options));
  return sql::CopyReport{.documents = report.added + report.changed,
                         .chunks = report.chunks,
                         .failed = report.failed,
                         .messages = Messages(report)};
}

class IngestSource final : public sql::DocumentSource {
 public:
  Result<sql::CopyReport> Copy(const sql::CopyRequest& request, const sql::Session& session) const override {
    QUIRE_ASSIGN_OR_RETURN(const CopyOptions options, ReadOptions(request.options));
    Result<sql::CopyReport> report = IsRows(options, request.source) ? CopyRows(request, options, session)
                                                                     : CopyDocuments(request, options, session);
    if (report.ok() && session.cancelled.load()) {
      return Status(Code::kCancelled, "COPY was stopped; what it had written stays", "run it again to go on");
    }
    return report;
  }
};

}  // namespace

Status RegisterIngest(sql::Registry* registry) { return registry->SetDocumentSource(std::make_unique<IngestSource>()); }

}  // namespace quire::ingest
