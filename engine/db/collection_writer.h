// CollectionWriter: one collection's part of a commit. Puts what changes into the batch and makes the state that follows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/db/pending.h"
#include "engine/filter/attribute_index.h"

namespace quire::db {

// Whether Prepare made every vector that a commit to the collection as it is now needs: a generation may have come since.
bool HasVectors(const CollectionState& now, const PendingCollection& pending);

class CollectionWriter {
 public:
  // `current` is the collection now, in `snapshot`. Both, and `batch`, must outlive the writer. `directory`: the database's.
  CollectionWriter(const CollectionState& current, const storage::Snapshot& snapshot, std::string directory,
                   storage::Batch* batch)
      : current_(current),
        snapshot_(snapshot),
        directory_(std::move(directory)),
        batch_(batch),
        counters_(current.counters()) {}

  // REQUIRES: `pending` was prepared and HasVectors; called once.
  // Errors: kConflict if a chunk is not as it was when the transaction touched it; kCorruption, kIoError. The batch is then
  //   of no use.
  Result<std::shared_ptr<const CollectionState>> Apply(const PendingCollection& pending);

 private:
  Status CheckUnchanged(const std::string& id, const PendingChunk& chunk) const;
  Status CheckDocuments(const PendingCollection& pending) const;
  void RemoveBase(const PendingChunk& chunk);
  Status AddRecord(const PendingChunk& chunk);
  void WriteIds();
  void RewriteRecord(const PendingChunk& chunk);
  Status WriteDocuments(const PendingCollection& pending);
  Status WriteImplicitDocument(const std::string& uri);
  void PutDocument(const Document& document, bool is_new);
  Result<Views> ApplyToVectors();  // both generations, if there are two
  Result<Views> LeaveForFilling(Views views);

  // How the chunks of a document changed.
  struct DocumentTally {
    int64_t added = 0, removed = 0;
    std::string title;
  };

  const CollectionState& current_;
  const storage::Snapshot& snapshot_;
  const std::string directory_;
  storage::Batch* batch_;
  Counters counters_;
  ChunkTable table_;
  text::PostingWriter postings_;
  filter::AttributeWriter attributes_;
  std::vector<std::pair<std::string_view, ChunkNumber>> new_ids_;  // of the pending chunks
  std::map<uint32_t, std::vector<index::Insertion>> insertions_;  // by generation
  std::vector<ChunkNumber> removals_;
  std::map<std::string, DocumentTally> documents_;  // by URI
};

}  // namespace quire::db
