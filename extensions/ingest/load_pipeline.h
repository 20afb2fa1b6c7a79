// LoadPipeline: files into a collection, batch by batch: while one is committed, words and vectors of the next are made, and the one behind
// it is parsed.
#pragma once

#include <chrono>
#include <future>
#include <span>
#include <vector>

#include "extensions/ingest/document_writer.h"
#include "extensions/ingest/duplicate_report.h"
#include "extensions/ingest/loader.h"

namespace quire::ingest {

class LoadPipeline {
 public:
  // `parse` is for all files; its reader is filled in here. All of them must outlive the pipeline.
  LoadPipeline(Database& database, const LoadOptions& options, const ParseOptions& parse, DocumentWriter& writer,
               ThreadPool& pool, LoadReport* report);

  // Loads `files` until the load is stopped (IsStopped), and counts them in the report. Errors: those that end a load (EndsLoad);
  // batches before it are committed.
  Status Run(std::span<const SourceFile> files);

  // Whether anything was committed.
  bool written() const { return written_; }

 private:
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

  Parsed ParseNext(std::span<const SourceFile>* rest);
  // Hands on what was parsed, and has the next ones parsed.
  Prepared PrepareNext(Parsed* parsed, std::span<const SourceFile>* rest);
  std::vector<ParsedFile> Parse(std::span<const SourceFile> sources, const Reader& reader);
  // All of the batch in its transaction; if that fails for the sake of one document, each in its own.
  Status Write(std::span<const SourceFile> sources, DocumentWriter::Batch batch, const Prepared& next);
  Status WriteAlone(const SourceFile& source);
  void Note(DocumentWriter::Batch* batch);
  void AdjustBatch(std::chrono::steady_clock::duration took);
  void Tell(std::span<const SourceFile> sources);

  Database& database_;
  const LoadOptions& options_;
  const ParseOptions& parse_;
  DocumentWriter& writer_;
  ThreadPool& pool_;
  LoadReport& report_;
  const uint64_t batch_bytes_;
  size_t batch_documents_;
  size_t batches_ = 0;  // written
  bool written_ = false;
  DuplicateReport duplicates_;
  LoadProgress progress_;
};

// Whether the load was cancelled, or failed where it is to fail fast.
bool IsStopped(const LoadOptions& options, const LoadReport& report);

}  // namespace quire::ingest
