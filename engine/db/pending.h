// Pending: the changes of a transaction before they are committed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/db/record.h"
#include "engine/db/state.h"
#include "engine/text/word_index.h"

namespace quire::db {

// What becomes of one chunk id.
struct PendingChunk {
  std::optional<ChunkRecord> base;    // as it was when the transaction first touched it; nothing: it was not there
  std::optional<ChunkRecord> record;  // as it shall be; nothing: removed
  bool keeps_number = false;          // same words and vector as `base`: only the record is rewritten
  // Made by Prepare for records that do not keep their number.
  text::WordList words;
  std::map<uint32_t, std::vector<float>> vectors;  // by generation, for those that commits write to
};

struct PendingCollection {
  std::shared_ptr<const CollectionState> state;  // when the transaction first touched it
  std::map<std::string, PendingChunk> chunks;    // by id
  std::vector<std::string> order;                // the ids, as they were first touched: new numbers follow it
  int64_t added = 0;                             // chunks more than were there; negative: fewer
  // The ids of all chunks in `chunks` that are, or were for a time, of a document. By URI.
  std::map<std::string, std::vector<std::string>, std::less<>> ids_by_uri;
  std::map<std::string, std::optional<Document>> documents;  // by URI: as it shall be, or nothing: removed
  std::map<std::string, std::optional<Document>> documents_before;  // of the same, as the transaction found them
};

struct Pending {
  Sync most = Sync::kFull;  // how durable it need be at most
  std::map<uint32_t, PendingCollection> collections;  // by collection number
  std::map<std::string, std::string> notes{};          // keys of kMeta that are written with them

  bool empty() const { return collections.empty(); }
  const PendingCollection* Find(uint32_t collection) const {
    const auto found = collections.find(collection);
    return found == collections.end() ? nullptr : &found->second;
  }
};

}  // namespace quire::db
