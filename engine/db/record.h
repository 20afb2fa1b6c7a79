// Records: chunks, documents and collections as stored bytes. The page for people: engine/doc/records.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quire/chunk.h"
#include "quire/schema.h"
#include "quire/status.h"

namespace quire::db {

// What is stored under storage::ChunkKey.
struct ChunkRecord {
  Chunk chunk;               // without indexed_text and embedding
  uint64_t index_hash = 0;   // of what its words and vector were made of
  uint32_t revision = 0;     // counts rewrites under the same number
};
std::string EncodeChunk(const ChunkRecord& record);
// Replaces all of `record`. Without parts.text the text stays empty.
// Errors: kCorruption, kUnsupported (a newer record version); `record` is then of no use.
Status DecodeChunk(std::string_view bytes, ChunkNumber number, ChunkParts parts, ChunkRecord* record);

// What is stored under storage::DocumentKey, the URI aside.
std::string EncodeDocument(const Document& document);
Result<Document> DecodeDocument(std::string_view bytes, std::string_view uri);

// What a generation of the vector index did when it was compared (GenerationInfo). queries 0: it was not.
struct Measured {
  uint32_t queries = 0;
  float recall = 0;
  float median_us = 0;
};

// What the generation beside the one that serves is for. Append-only: stored.
enum class GenerationRole : uint8_t {
  kFilling = 0,   // holds the live chunks with numbers below copied_to
  kReady = 1,     // holds all of them
  kPrevious = 2,  // holds all of them, and served before
};

// What the vectors of a generation are made by; the dimension is kept beside it.
struct MadeBy {
  std::string name{};  // of the embedder, or "none"
  uint32_t version = 1;
  uint64_t config = 0;
  bool operator==(const MadeBy&) const = default;
};

inline constexpr ChunkNumber kNoNumber = UINT32_MAX;

struct SecondGeneration {
  uint32_t number = 0;
  GenerationRole role = GenerationRole::kFilling;
  bool switch_when_ready = false;
  bool drop_previous = false;  // give the other one's space back after the switch: nobody asked for the move
  ChunkNumber copied_to = 0;
  ChunkNumber written_from = kNoNumber;  // of chunks from here on commits have stored its vectors, to be copied into it
  // As for the one that serves: what was asked for, what that is, and what came of it.
  std::string embedder{};
  MadeBy made_by{};
  uint32_t dim = 0;
  uint64_t trained_on = 0;
  Measured measured{};
};

// What is stored under storage::CatalogKey.
struct CatalogEntry {
  CollectionSchema schema;       // dim resolved, never 0
  uint32_t id = 0;
  uint32_t generation = 1;       // of the vector index now serving
  MadeBy made_by{};              // the vectors of that generation; schema.embedder is what was asked for
  uint64_t trained_on = 0;       // chunks there were when its embedder was trained; 0: it was not
  uint32_t last_generation = 1;  // the highest number ever used
  Measured measured{};           // of the one now serving
  std::optional<SecondGeneration> second{};
};
std::string EncodeCatalogEntry(const CatalogEntry& entry);
Result<CatalogEntry> DecodeCatalogEntry(std::string_view bytes, uint32_t id);

// What is stored under storage::CountersKey.
struct Counters {
  ChunkNumber next_number = 0;
  uint64_t chunks = 0;
  uint64_t documents = 0;
  uint64_t total_length = 0;  // words in live chunks
};
std::string EncodeCounters(const Counters& counters);
Result<Counters> DecodeCounters(std::string_view bytes, std::string_view collection);

}  // namespace quire::db
