// Plan: how a SELECT is computed, as a tree of operators that pull rows from their child.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "quire/chunk.h"
#include "quire/filter.h"
#include "quire/search.h"
#include "sql/bind/select.h"
#include "sql/bind/system_tables.h"

namespace quire::sql {

struct PlanNode;
using PlanPtr = std::unique_ptr<PlanNode>;

// Which columns of a chunk go into a row, and where. The others stay NULL.
struct ChunkColumns {
  std::vector<std::pair<uint32_t, SourceColumn>> columns;  // place in the row, and what goes there
  size_t width = 0;                                        // of the row
  std::optional<uint32_t> number_place;                    // where the number of the chunk goes, if it is wanted
  ChunkParts parts{.text = false, .embedding = false};
  bool needs_chunk = false;  // false: the hit alone is enough
};

struct NothingPlan {};  // no row
struct OneRowPlan {};   // one row without columns: SELECT 1
struct TablePlan {
  const SystemTable* table;
};
struct ScanPlan {
  std::string collection;
  Filter filter;                  // what indexes decide
  std::vector<BoundPtr> checks;   // what is looked at row by row
  ChunkColumns columns;
};
struct SearchPlan {
  std::string collection;
  SearchRequest request;
  ChunkColumns columns;
  bool open_ended = false;  // no k was asked for: it is told if kMaxResults cuts the result
  bool keeps_all = false;   // rows that the search does not find come after those it does, up to k
  // RRF: what is fused instead of `request`, whose k and filter hold, and the weight of each.
  std::vector<std::pair<SearchRequest, double>> parts;
};
// The number of chunks a filter keeps, without reading them; one column for each count(*).
struct CountPlan {
  std::string collection;
  Filter filter;
  size_t columns = 1;
};
struct FilterPlan {
  std::vector<BoundPtr> conditions;  // all of them must be TRUE
};
// One row for each group: its keys, then the aggregates. Without keys there is one group, even of no rows.
struct AggregatePlan {
  std::vector<BoundPtr> keys;
  std::vector<AggregateCall> calls;
};
// The rows of the first child with those of the second that have equal keys. The second is held in memory by its keys.
// Without keys, every pair is looked at.
struct JoinPlan {
  std::vector<std::pair<BoundPtr, BoundPtr>> keys;  // over a row of the first child, over one of the second
  std::vector<BoundPtr> both;                       // what else must be TRUE, over the joined row
  bool left = false;                                // LEFT and FULL JOIN: rows of the first child all come
  bool right = false;                               // RIGHT and FULL JOIN: rows of the second all come
  bool cross = false;                               // every pair is wanted
  size_t left_width = 0, right_width = 0;
  // The collection's column that the first key of a side is, where that side is a scan: once the keys of the other side
  // are known and few, only chunks with one of them are read.
  std::optional<std::string> left_column, right_column;
};
struct UnionPlan {};  // the rows of each child in turn
// Columns of a collection that are read when a row is sure to be needed. The rows before hold the chunk's number.
struct LateColumns {
  std::string collection;
  ChunkColumns columns;
  size_t early_keys = 0;  // so many of the first sort keys need none of them
};
struct SortPlan {
  std::vector<BoundOrder> order;
  std::optional<uint64_t> keep;  // only so many first rows are needed
  std::optional<LateColumns> late;
};
struct LimitPlan {
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
};
struct ProjectPlan {
  std::vector<BoundItem> items;
};
struct DistinctPlan {};

struct PlanNode {
  std::variant<NothingPlan, OneRowPlan, TablePlan, ScanPlan, SearchPlan, CountPlan, FilterPlan, AggregatePlan, JoinPlan,
               UnionPlan, SortPlan, LimitPlan, ProjectPlan, DistinctPlan>
      node;
  std::string text;  // one line for EXPLAIN
  std::vector<PlanPtr> children;
};

template <typename Node>
PlanPtr MakePlan(Node node, std::string text, PlanPtr child = nullptr) {
  auto plan = std::make_unique<PlanNode>(PlanNode{std::move(node), std::move(text), {}});
  if (child) plan->children.push_back(std::move(child));
  return plan;
}

// The search of a plan, or null if it has none, or several.
const SearchPlan* FindSearch(const PlanNode& plan);

// The plan as lines, each child indented below its parent.
std::vector<std::string> PlanLines(const PlanNode& plan);

}  // namespace quire::sql
