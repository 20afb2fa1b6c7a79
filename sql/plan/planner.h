// Planner: a bound SELECT to a plan.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quire/database.h"
#include "sql/bind/select.h"
#include "sql/plan/plan.h"

namespace quire::sql {

// What a plan is made for. Lives at least as long as the plan.
struct PlanContext {
  std::shared_ptr<const Reader> reader;
  const Binder& binder;  // for the text of expressions
  const std::atomic<bool>* cancelled = nullptr;
  double recall_target = 0;  // of searches that do not say; 0: the collection's
  bool use_indexes = true;   // of attributes
};

// Conditions on the chunks of a collection as the engine takes them.
struct PlannedFilter {
  Filter filter;
  bool nothing = false;  // no chunk can satisfy them
  Filter by_index;               // what indexes decide of it
  std::vector<BoundPtr> checks;  // and the rest
  std::string text;      // " filter: ... check: ...": what an index decides, and what each chunk is read for
};

// Comparisons of columns with constants become comparisons of the Filter, everything else one predicate over the chunk
// that keeps a chunk if all of them are TRUE. REQUIRES: no condition reads a pseudo-column.
PlannedFilter PlanFilter(const std::vector<BoundPtr>& conditions, const Source& source, const PlanContext& context);

// The name by which the engine filters on what an expression is, if it is a column that it filters on. `source` is what
// the expression reads.
std::optional<std::string> FilterColumnName(const BoundExpression& expression, const Source& source);

// The columns of a row, of which `used` are read.
ChunkColumns MakeChunkColumns(const Source& source, const std::vector<bool>& used);

// What gives the rows of a source that satisfy `conditions`; the columns that are not `used` may stay NULL.
// REQUIRES: no search, and no join.
Result<PlanPtr> PlanLeaf(const Source& source, std::vector<BoundPtr> conditions, const std::vector<bool>& used,
                         const PlanContext& context);

// As PlanLeaf of a collection, whose rows are then sorted: columns that are dear to read, and that nothing before the
// sort or few of its candidates need, are left to it (`late`). `cuts`: only some first rows of the order are needed.
Result<PlanPtr> PlanLeafToSort(BoundSelect* select, const std::vector<bool>& used, bool cuts,
                               const PlanContext& context, std::optional<LateColumns>* late);

// As PlanLeaf of a join; conditions on one side alone are decided there.
Result<PlanPtr> PlanJoin(const Source& source, std::vector<BoundPtr> conditions, const std::vector<bool>& used,
                         const PlanContext& context);

// A filter over rows; `plan` itself without conditions.
PlanPtr PlanConditions(std::vector<BoundPtr> conditions, PlanPtr plan, const PlanContext& context);

// What a SELECT's search is to do: the one in its WHERE, or the one its ORDER BY embedding <=> v LIMIT k stands for. In
// the second case the distance is replaced by the pseudo-column in items. Where the search gives the order asked
// for, order_by is cleared. Nothing if there is no search.
Result<std::optional<SearchPlan>> PlanSearch(BoundSelect* select, const PlanContext& context);

// Whether a condition on score, distance or rank only cuts off the far end of a search's result.
bool KeepsNearest(const BoundExpression& condition, const Source& source, SearchMode mode);

// Errors: kInvalidArgument (a search without a bound, LIMIT out of range), kUnsupported; with position.
Result<PlanPtr> PlanSelect(BoundSelect select, const PlanContext& context);

}  // namespace quire::sql
