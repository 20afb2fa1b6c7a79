// Operators: what a plan does, one row at a time, pulled from the root.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "quire/database.h"
#include "sql/exec/memory.h"
#include "sql/exec/settings.h"
#include "sql/plan/plan.h"

namespace quire::sql {

class Operator {
 public:
  virtual ~Operator() = default;
  // Narrows a scan to the chunks whose `column` is one of `values`; called before the first row. Others take no notice.
  virtual void Restrict(const std::string& /*column*/, std::vector<Value> /*values*/) {}
  // What it has read itself, its children aside.
  virtual ReadCost cost() const { return {}; }
  // The next row into `row`; false at the end, after which it is not called again.
  virtual Result<bool> Next(Row* row) = 0;
};
using OperatorPtr = std::unique_ptr<Operator>;

// What the operators of one statement work with. Outlives them.
struct OperatorContext {
  const Database* database = nullptr;
  std::shared_ptr<const Reader> reader;
  const std::atomic<bool>* cancelled = nullptr;
  std::vector<std::string>* notices = nullptr;
  std::shared_ptr<MemoryBudget> memory;  // of the statement
  const Settings* settings = nullptr;    // of the session
};

// kCancelled if the statement was interrupted.
Status CheckCancelled(const OperatorContext& context);

// What EXPLAIN ANALYZE tells of one operator, its children included.
struct OperatorMeasure {
  uint64_t rows = 0;
  uint64_t nanoseconds = 0;
  const Operator* measured = nullptr;
};

// The operators of a plan. Plan and context are borrowed. With `measures` each operator is timed into its place there,
// the root first.
OperatorPtr MakeOperator(const PlanNode& plan, const OperatorContext& context,
                         std::vector<std::unique_ptr<OperatorMeasure>>* measures = nullptr);

// Puts what a plan reads of a chunk into its places of a row; the other places stay as they are, NULL in a new row. `hit`: what found
// the chunk at `rank`, or null.
void FillRow(const ChunkColumns& columns, const Chunk& chunk, const Hit* hit, uint64_t rank, Row* row);

// By kind: sources.cc, operators.cc, order.cc, aggregate.cc, join.cc. A child is the rows that come in.
OperatorPtr MakeSource(const PlanNode& plan, const OperatorContext& context);
OperatorPtr MakeAggregate(const AggregatePlan& plan, OperatorPtr child, const OperatorContext& context);
OperatorPtr MakeSort(const SortPlan& plan, OperatorPtr child, const OperatorContext& context);
OperatorPtr MakeJoin(const JoinPlan& plan, OperatorPtr left, OperatorPtr right, const OperatorContext& context);

// The order of rows: NULL after everything else, other values as Compare has them.
int OrderValues(const Value& a, const Value& b);

}  // namespace quire::sql
