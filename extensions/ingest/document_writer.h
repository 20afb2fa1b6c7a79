// DocumentWriter: parsed files into a collection, a batch of them in one transaction. In two steps, so that one batch is committed while
// words and vectors of the next are made.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "extensions/ingest/columns.h"
#include "extensions/ingest/parse_files.h"
#include "extensions/ingest/report.h"
#include "quire/database.h"

namespace quire::ingest {

// The URI of a document whose file is gone, by its content: a new file with that content is that document renamed. Of several
// new files the first one is.
struct Vanished {
  std::string uri;
  std::string now = {};  // the URI of that file; empty: it has not come yet
};

// Failures after which going on makes no sense, whatever the document.
bool EndsLoad(Code code);

class DocumentWriter {
 public:
  // `database` must outlive the writer.
  DocumentWriter(Database& database, std::string collection, ColumnMap columns, std::map<Hash128, Vanished> vanished)
      : database_(database), collection_(std::move(collection)), columns_(std::move(columns)), vanished_(std::move(vanished)) {}

  // Files on their way into the collection.
  struct Batch {
    struct Written {
      size_t file;
      Transaction::DocumentChange change;
      bool renamed;
    };
    std::vector<ParsedFile> files;
    std::vector<Written> written;              // those of them that are in the transaction
    std::unique_ptr<Transaction> transaction;  // null: there is nothing to write
    std::vector<std::string> notices;          // of the load as a whole
    Status status;                             // why nothing of it can be committed
  };

  // Puts what is new or changed into a transaction, adds columns for new attributes, makes words and vectors. A file that
  // cannot be put becomes kFailed. One call at a time, but beside a Commit.
  Batch Prepare(std::vector<ParsedFile> files);
  // All of it or nothing. On success `report` counts what was written. Errors: what Prepare met, those of Transaction::Commit.
  Status Commit(Batch* batch, LoadReport* report) const;

 private:
  Status Fill(Batch* batch);
  Status Put(ParsedFile* file, Transaction* transaction, Batch::Written* written);
  void FillAttributes(ParsedFile* file) const;
  Status TakeVectors(const std::string& old_uri, std::vector<Chunk>* chunks) const;
  // The URI that a new document had before; null: it is new.
  const std::string* RenamedFrom(const ParsedFile& file);

  Database& database_;
  const std::string collection_;
  ColumnMap columns_;
  std::map<Hash128, Vanished> vanished_;
};

}  // namespace quire::ingest
