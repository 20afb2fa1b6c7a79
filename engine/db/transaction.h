// TransactionImpl: gathers changes in Pending and hands them to the database.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "engine/db/pending.h"
#include "engine/db/reader.h"
#include "quire/database.h"

namespace quire::db {

class TransactionImpl : public Transaction {
 public:
  using PrepareFunction = std::function<Status(Pending*)>;
  using CommitFunction = std::function<Status(Pending&&)>;

  // Reads see `state`; Prepare and Commit hand the changes to these.
  TransactionImpl(std::shared_ptr<const DatabaseState> state, PrepareFunction prepare, CommitFunction commit);

  Status Insert(std::string_view collection, Chunk chunk) override;
  Status Put(std::string_view collection, Chunk chunk) override;
  Result<bool> Delete(std::string_view collection, std::string_view id) override;
  Result<DocumentChange> PutDocument(std::string_view collection, Document document,
                                     std::vector<Chunk> chunks) override;
  Result<bool> DeleteDocument(std::string_view collection, std::string_view uri) override;
  std::shared_ptr<const Reader> reader() const override;
  Status Prepare() override;
  void SetSync(Sync most) override;
  Status Commit() override;
  void Rollback() override;

  // Writes a key of kMeta with the changes.
  void Note(std::string key, std::string value);

 private:
  void Own();  // the changes for writing: readers keep theirs
  Result<PendingCollection*> Touch(std::string_view collection);
  Result<PendingChunk*> TouchChunk(PendingCollection* collection, const std::string& id);
  // An id made of the chunk's content that no other chunk has.
  Result<std::string> DeriveFreeId(const PendingCollection& collection, const Chunk& chunk);
  // Makes a chunk what `pending` shall be. REQUIRES: `chunk` is valid and has an id.
  Status Set(PendingCollection* collection, PendingChunk* pending, Chunk chunk);
  // The chunks of a document as the transaction leaves it. Remembers the document as the transaction found it.
  Result<std::set<std::string>> IdsOf(PendingCollection* collection, const std::string& uri) const;

  std::shared_ptr<const DatabaseState> state_;
  std::shared_ptr<Pending> pending_;  // shared with readers: copied before a change while one of them lives
  PrepareFunction prepare_;
  CommitFunction commit_;
  Sync most_ = Sync::kFull;
  bool over_ = false;
};

}  // namespace quire::db
