// Source: what a FROM names, as columns. A row of a source is one Value per column, in this order, whatever is read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quire/chunk.h"
#include "quire/schema.h"
#include "quire/search.h"
#include "quire/value.h"

namespace quire::sql {

struct SystemTable;
struct BoundSelect;
struct JoinPart;

using Row = std::vector<Value>;

// Where the value of a column comes from.
enum class ColumnRole : uint8_t {
  kId,
  kDocument,
  kUri,
  kTitle,
  kSection,
  kOrdinal,
  kText,
  kEmbedding,
  kCreatedAt,
  kAttribute,  // of the schema
  kAnchor,
  kStart,
  kEnd,  // of the chunk, not in *
  kScore,
  kDistance,
  kRank,   // of a search
  kTable,  // of a system table, a SELECT in FROM
};

struct SourceColumn {
  std::string name;
  Type type = Type::kNull;
  ColumnRole role = ColumnRole::kTable;
  uint32_t attribute = 0;  // kAttribute: its place in the schema
  uint32_t relation = 0;   // kJoin: which of its parts
  bool merged = false;     // the right one of two that USING made one: found by its qualifier only
};

struct Source {
  enum class Kind : uint8_t { kNone, kCollection, kTable, kQuery, kUnion, kJoin } kind = Kind::kNone;
  std::string name;                    // as the catalog has it
  std::string alias;                   // empty: none
  CollectionInfo collection;           // kCollection
  const SystemTable* table = nullptr;  // kTable
  // kQuery: one; kUnion: the branches.
  std::vector<std::shared_ptr<const BoundSelect>> queries;
  bool distinct = false;                               // kUnion: UNION and not UNION ALL
  std::vector<std::shared_ptr<const JoinPart>> parts;  // kJoin
  std::vector<SourceColumn> columns;

  // What qualifiers call it.
  const std::string& known_as() const { return alias.empty() ? name : alias; }
  // By name, without case; the first of that name.
  std::optional<uint32_t> Find(std::string_view column) const;
};

Source MakeCollectionSource(CollectionInfo info);
Source MakeTableSource(const SystemTable& table);

bool IsPseudo(ColumnRole role);  // score, distance, rank
bool IsInStar(ColumnRole role);  // SELECT * shows it

// The value of a column of a chunk. REQUIRES: the role is one of a chunk.
Value ReadColumn(const SourceColumn& column, const Chunk& chunk);
// The value of a pseudo-column of the hit at `rank` (from 1); distance is NULL where there is none.
Value ReadPseudo(ColumnRole role, const Hit& hit, uint64_t rank);
// Sets the column of a chunk that is going to be written. REQUIRES: `value` has the column's type or is NULL.
// Errors: kUnsupported for a column that is derived; kInvalidArgument for a NULL or a number where it cannot be.
Status WriteColumn(const SourceColumn& column, Value value, Chunk* chunk);

// Names compare without case (ASCII).
bool SameName(std::string_view a, std::string_view b);

}  // namespace quire::sql
