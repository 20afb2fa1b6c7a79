// SELECT and WHERE with names resolved.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quire/database.h"
#include "sql/bind/binder.h"
#include "sql/bind/search.h"

namespace quire::sql {

// A WHERE: its conjuncts, and the search among them.
struct BoundWhere {
  std::vector<BoundPtr> conditions;
  std::optional<BoundSearch> search;
};

struct BoundItem {
  std::string name;
  BoundPtr expression;
};
struct BoundOrder {
  BoundPtr expression;
  bool descending = false;
  bool nulls_first = false;
};

// A SELECT. Where it is aggregated, keys and arguments of aggregates read the source's row; items, order_by and having read
// the row of the keys with the aggregates behind them.
struct BoundSelect {
  Source source;
  BoundWhere where;
  bool aggregated = false;
  std::vector<BoundPtr> group_by;
  std::vector<AggregateCall> aggregates;
  std::vector<BoundPtr> having;
  std::vector<BoundItem> items;
  std::vector<BoundOrder> order_by;
  bool distinct = false;
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
};

// What is joined to everything on its left; the first part of a join has no condition.
struct JoinPart {
  Source source;
  uint32_t first = 0;  // place of its first column in the joined row
  bool left = false;   // LEFT and FULL JOIN: a row of the left that finds none keeps going, with NULLs
  bool right = false;  // RIGHT and FULL JOIN: so does a row of `source`, after all others
  bool cross = false;  // CROSS JOIN: every pair is wanted
  // Equal pairs: an expression over the columns on the left, and one over those of `source` (from 0).
  std::vector<std::pair<BoundPtr, BoundPtr>> keys;
  std::vector<BoundPtr> own;   // conditions over `source` alone (columns from 0)
  std::vector<BoundPtr> both;  // what else must be TRUE, over the joined row
  Span span;                   // of the words: LEFT JOIN
  Span on;                     // of the condition
};

// What a name in FROM, INSERT INTO ... means. Errors: kNotFound with position and the nearest name.
Result<Source> BindSource(const Name& name, const Reader& reader);
// As BindSource, but a system table is an error.
Result<Source> BindCollection(const Name& name, const Reader& reader);

// `where` may be null. A search is only found for a collection.
Result<BoundWhere> BindWhere(Binder& binder, const Expression* where, const Source& source);

// A WHERE of a statement that takes no search. Errors: kUnsupported at the search.
Result<std::vector<BoundPtr>> BindFilter(Binder& binder, const Expression* where, const Source& source,
                                         std::string_view statement);

// The parts of a chain of ANDs, in order.
void SplitAnd(const Expression& expression, std::vector<const Expression*>* parts);

// FROM and its joins. REQUIRES: the statement has one.
Result<Source> BindFrom(Binder& binder, const SelectStatement& statement, const Reader& reader);

// With its subqueries: those in expressions run now, and are constants then.
Result<BoundSelect> BindSelect(Binder& binder, const SelectStatement& statement, const Reader& reader);

}  // namespace quire::sql
