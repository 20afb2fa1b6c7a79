// CollectionSchema: what a collection is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quire/chunk.h"
#include "quire/value.h"

namespace quire {

// How near two vectors are. Append-only: stored.
enum class Metric : uint8_t {
  kCosine = 0,        // distance 1 - cos, in [0, 2]
  kL2 = 1,            // Euclidean distance
  kInnerProduct = 2,  // distance -<a, b>
};
std::string_view MetricName(Metric metric);                  // "cosine", "l2", "ip"
Result<Metric> ParseMetric(std::string_view name);           // Errors: kInvalidArgument naming those there are

// How the vectors themselves are kept beside their codes. Append-only: stored.
enum class RawVectors : uint8_t { kF16 = 0, kF32 = 1 };

// One typed attribute on which one can filter.
struct ColumnSchema {
  std::string name{};
  Type type = Type::kText;
};

// A collection: a named set of chunks with one schema.
struct CollectionSchema {
  std::string name{};                      // 1 to 128 bytes, letters, digits and _; case is kept, matched without it
  std::vector<ColumnSchema> attributes{};  // in order; names unique among themselves and the built-in columns
  Metric metric = Metric::kCosine;
  // "builtin": "hashed" while the collection is small, then "trained" on its own texts; both also by name, and then for good.
  // "none": vectors are brought by the caller. Any other: one that the database was opened with, or of CREATE EMBEDDER.
  std::string embedder = "builtin";
  uint32_t dim = 0;                      // components of a vector; 0: the embedder's own
  uint32_t chunk_tokens = 350;           // target size of a chunk for loaders
  std::string language = "english";      // Snowball stemmer
  RawVectors raw = RawVectors::kF16;
  double recall_target = 0.95;  // of vector searches that do not say, in (0, 1]
  double vector_weight = 0;     // of vectors beside words in hybrid searches, up to 16; 0: as suits the embedder
};

// The columns every collection has, in the order of SELECT *. Attributes follow them.
inline constexpr std::string_view kBuiltinColumns[] = {"id",      "document", "uri",       "title",     "section",
                                                       "ordinal", "text",     "embedding", "created_at"};

// The value of a column of `chunk`: a built-in one, `anchor`, `start` or `end`, or an attribute; matched without case. An
// empty uri, title, section or anchor is NULL. Errors: kNotFound.
Result<Value> ColumnValue(const CollectionSchema& schema, const Chunk& chunk, std::string_view column);
// Its type. Errors: kNotFound.
Result<Type> ColumnType(const CollectionSchema& schema, std::string_view column);

// What there is to know of a collection at one moment.
struct CollectionInfo {
  CollectionSchema schema{};
  uint32_t id = 0;
  uint32_t generation = 0;  // of the vector index now serving
  uint64_t chunks = 0;
  uint64_t documents = 0;
};

}  // namespace quire
