// Database::Check: what is stored of each chunk, in each of the places it is stored in, must agree.

#include <map>
#include <set>

#include "engine/base/utf8.h"
#include "engine/db/columns.h"
#include "engine/db/database_impl.h"
#include "engine/db/reader.h"
#include "engine/filter/ordered_key.h"
#include "engine/storage/keys.h"

namespace quire::db {
namespace {

using filter::Bitmap;

constexpr size_t kMaxFaults = 1000;  // of one collection; more say nothing new

// Gathers the faults of one collection.
class CollectionCheck {
 public:
  CollectionCheck(const CollectionState& collection, const storage::Snapshot& snapshot, std::vector<std::string>* faults)
      : collection_(collection), snapshot_(snapshot), faults_(faults) {}

  void Run() {
    auto table = collection_.Table(snapshot_);
    if (!table.ok()) return Fault(std::string(table.status().message()));
    table_ = *std::move(table);
    live_ = table_->Live();
    if (table_->live_count() != collection_.counters().chunks) {
      Fault("the counters say " + std::to_string(collection_.counters().chunks) + " chunks, the chunk table " +
            std::to_string(table_->live_count()));
    }
    Note(CheckRecords());
    Note(CheckDocuments());
    for (const uint32_t generation : collection_.Generations()) Note(CheckVectors(generation));
    Note(CheckWords());
    Note(CheckAttributes());
  }

 private:
  void Fault(const std::string& what) {
    if (count_++ < kMaxFaults) faults_->push_back("collection '" + collection_.schema().name + "': " + what);
  }
  void Note(const Status& status) {
    if (!status.ok()) Fault(std::string(status.message()));
  }

  // One line for every number that is in one of the two sets only.
  void CompareSets(const Bitmap& found, const Bitmap& expected, const std::string& where) {
    Bitmap missing = expected, extra = found;
    missing.Subtract(found);
    extra.Subtract(expected);
    missing.ForEach([&](ChunkNumber number) { return Fault("chunk " + std::to_string(number) + " is not in " + where), true; });
    extra.ForEach([&](ChunkNumber number) {
      return Fault(where + " holds chunk " + std::to_string(number) + ", which it should not"), true;
    });
  }

  // Records and ids; gathers what attributes and documents there must be.
  Status CheckRecords() {
    Bitmap found;
    const std::string prefix = storage::CollectionPrefix('C', collection_.id());
    storage::Cursor cursor = snapshot_.ScanPrefix(storage::Family::kChunk, prefix);
    for (; cursor.Valid(); cursor.Next()) {
      const auto number = ReadBigEndian<ChunkNumber>(cursor.key().substr(prefix.size()));
      found.Add(number);
      ChunkRecord record;
      if (Status decoded = DecodeChunk(cursor.value(), number, {.text = true}, &record); !decoded.ok()) {
        Note(decoded);
        continue;
      }
      Chunk& chunk = record.chunk;
      chunk.attributes.resize(collection_.schema().attributes.size());
      if (FindInvalidUtf8(chunk.text) != std::string_view::npos) Fault("chunk " + std::to_string(number) + ": text is not UTF-8");
      if (!chunk.uri.empty()) uris_.insert(chunk.uri);
      QUIRE_ASSIGN_OR_RETURN(const auto by_id, FindChunk(collection_, snapshot_, chunk.id));
      if (by_id != number) Fault("the id '" + Printable(chunk.id) + "' does not lead to chunk " + std::to_string(number));
      ForEachIndexed(chunk, [&](uint16_t column, const Value& value) {
        for (const std::string& form : filter::IndexedForms(value)) attributes_[{column, form}].Add(number);
      });
    }
    CompareSets(found, live_, "the chunk records");
    return cursor.status();
  }

  Status CheckDocuments() {
    uint64_t count = 0;
    const std::string prefix = storage::DocumentKey(collection_.id(), "");
    storage::Cursor cursor = snapshot_.ScanPrefix(storage::Family::kChunk, prefix);
    for (; cursor.Valid(); cursor.Next(), ++count) {
      const std::string_view uri = cursor.key().substr(prefix.size());
      Note(DecodeDocument(cursor.value(), uri).status());
      uris_.erase(std::string(uri));
    }
    for (const std::string& uri : uris_) Fault("document '" + Printable(uri) + "' has chunks but no record");
    if (count != collection_.counters().documents) {
      Fault("the counters say " + std::to_string(collection_.counters().documents) + " documents, there are " +
            std::to_string(count));
    }
    return cursor.status();
  }

  Status CheckVectors(uint32_t generation) {
    const bool serves = generation == collection_.entry().generation;
    const std::string name = serves ? "the vector index" : "generation " + std::to_string(generation);
    QUIRE_ASSIGN_OR_RETURN(const auto view, collection_.Vectors(generation, snapshot_));
    QUIRE_ASSIGN_OR_RETURN(const auto numbers, index::StoredNumbers(view->parameters(), snapshot_));
    Bitmap found;
    for (const ChunkNumber number : numbers) found.Add(number);
    CompareSets(found, Bitmap::FromWords(collection_.NumbersIn(generation, *table_)), name);
    if (view->size() != numbers.size()) {
      Fault(name + " serves " + std::to_string(view->size()) + " vectors, " + std::to_string(numbers.size()) +
            " are stored");
    }
    for (const ChunkNumber number : numbers) Note(index::ReadVector(view->parameters(), number, snapshot_).status());
    if (const Status links = index::VerifyLinked(*view, snapshot_); !links.ok()) {
      Fault(std::string(links.message()) + " (searches scan until the links are made anew, after the next change)");
    }
    return {};
  }

  // A chunk that has words must be in some posting list. (Postings of removed chunks stay until they are merged.)
  Status CheckWords() {
    Bitmap found, expected;
    live_.ForEach([&](ChunkNumber number) {
      if (table_->LengthsOf(number).total() > 0) expected.Add(number);
      return true;
    });
    const auto gather = [&](std::string_view, std::span<const ChunkNumber> numbers) -> Status {
      for (const ChunkNumber number : numbers) found.Add(number);
      return {};
    };
    QUIRE_RETURN_IF_ERROR(text::VisitPostings(WordsOf(collection_, snapshot_, *table_), gather));
    found.IntersectWith(expected);
    CompareSets(found, expected, "the word index");
    return {};
  }

  Status CheckAttributes() {
    std::map<std::pair<uint16_t, std::string>, Bitmap> stored;
    const auto gather = [&](uint16_t column, std::string_view value, const Bitmap& numbers) -> Status {
      stored[{column, std::string(value)}].UniteWith(numbers);
      return {};
    };
    QUIRE_RETURN_IF_ERROR(filter::VisitAttributes(collection_.id(), snapshot_, gather));
    for (const auto& [key, numbers] : attributes_) {
      CompareSets(stored[key], numbers, "the bitmaps of column " + std::to_string(key.first));
    }
    for (const auto& [key, numbers] : stored) {
      if (!attributes_.contains(key)) CompareSets(numbers, {}, "the bitmaps of column " + std::to_string(key.first));
    }
    return {};
  }

  const CollectionState& collection_;
  const storage::Snapshot& snapshot_;
  std::vector<std::string>* faults_;
  size_t count_ = 0;
  std::shared_ptr<const ChunkTable> table_;
  Bitmap live_;
  std::set<std::string> uris_;                                        // of live chunks
  std::map<std::pair<uint16_t, std::string>, Bitmap> attributes_;     // as the records say
};

}  // namespace

Result<std::vector<std::string>> DatabaseImpl::Check() const {
  std::vector<std::string> faults;
  if (Status status = store_->VerifyChecksums(); !status.ok()) faults.emplace_back(status.message());
  const std::shared_ptr<const DatabaseState> current = state();
  for (const auto& [name, collection] : current->collections) {
    CollectionCheck(*collection, *current->snapshot, &faults).Run();
  }
  return faults;
}

}  // namespace quire::db
