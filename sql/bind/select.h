// SELECT and WHERE with names resolved.
#pragma once

#include <memory>
#include <optional>
#include <string>
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
};

struct BoundSelect {
  Source source;
  BoundWhere where;
  // With aggregates, the arguments of these read the source's row, and items and order read the row of aggregates.
  bool aggregated = false;
  std::vector<AggregateCall> aggregates;
  std::vector<BoundItem> items;
  std::vector<BoundOrder> order_by;
  bool distinct = false;
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
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

Result<BoundSelect> BindSelect(Binder& binder, const SelectStatement& statement, const Reader& reader);

}  // namespace quire::sql
