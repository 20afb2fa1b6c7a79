// Workload: transactions drawn from a seed, and what a database must hold after each of them.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "quire/database.h"

namespace quire::crash {

// One call of a transaction.
struct Change {
  enum class Kind { kInsert, kPut, kDelete, kPutDocument, kDeleteDocument };
  Kind kind = Kind::kInsert;
  std::string collection;
  Chunk chunk;                // kInsert, kPut
  std::string id;             // kDelete: of the chunk; kDeleteDocument: the URI
  Document document;          // kPutDocument
  std::vector<Chunk> chunks;  // kPutDocument
};

// What a collection must hold. Every version of a chunk has a serial number of its own: its attribute `serial`, and, as
// a word that no other text contains, in its text.
struct ExpectedCollection {
  std::map<std::string, Chunk> chunks;        // by id
  std::map<std::string, Document> documents;  // by URI
  std::vector<Chunk> gone;                    // the last versions that were replaced or removed
};
using Expected = std::map<std::string, ExpectedCollection>;

// The collections: "docs" with the built-in embedder, "points" whose vectors are brought.
std::vector<CollectionSchema> Schemas();
// The chunk in "docs" whose attribute `serial` is the number of transactions so far, and the place of that attribute.
inline constexpr std::string_view kProgressId = "progress";
inline constexpr size_t kSerialColumn = 0;
// The word of a serial number: letters that no stemmer takes for a suffix.
std::string MarkerWord(int64_t serial);

// Equal seeds give equal transactions, in this process and in any other.
class Workload {
 public:
  explicit Workload(uint64_t seed) : random_(seed) {}

  // Draws the next transaction and changes what is expected accordingly. Some have two changes, some 150.
  std::vector<Change> Next();
  const Expected& expected() const { return expected_; }
  uint64_t transactions() const { return transactions_; }

 private:
  size_t Draw(size_t below) { return static_cast<size_t>(random_() % below); }
  Chunk NewVersion(const std::string& collection, const std::string& id);
  Change DrawChange(const std::string& collection);
  Change DrawDocument(const std::string& collection);
  std::string DrawId(const ExpectedCollection& expected);
  void Apply(const Change& change);
  void Remove(ExpectedCollection* expected, const std::string& id);
  void RemoveEmptyDocuments(const std::vector<Change>& changes);

  std::mt19937_64 random_;
  Expected expected_;
  std::map<std::string, std::set<std::string>> empty_documents_;  // by collection: were put without chunks
  uint64_t transactions_ = 0;
  int64_t next_serial_ = 0;
  uint64_t next_id_ = 0;
};

// Carries a transaction out, commit included.
Status Execute(Database& database, const std::vector<Change>& changes);

}  // namespace quire::crash
