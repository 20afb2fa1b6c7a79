// Operators: what a plan does, one row at a time, pulled from the root.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "quire/database.h"
#include "sql/plan/plan.h"

namespace quire::sql {

class Operator {
 public:
  virtual ~Operator() = default;
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
};

// kCancelled if the statement was interrupted.
Status CheckCancelled(const OperatorContext& context);

// What EXPLAIN ANALYZE tells of one operator, its children included.
struct OperatorMeasure {
  uint64_t rows = 0;
  uint64_t nanoseconds = 0;
};

// The operators of a plan. Plan and context are borrowed. With `measures` each operator is timed into its place there,
// the root first.
OperatorPtr MakeOperator(const PlanNode& plan, const OperatorContext& context,
                         std::vector<std::unique_ptr<OperatorMeasure>>* measures = nullptr);

// By kind: sources.cc, operators.cc, order.cc, aggregate.cc. A child is the rows that come in.
OperatorPtr MakeSource(const PlanNode& plan, const OperatorContext& context);
OperatorPtr MakeAggregate(const AggregatePlan& plan, OperatorPtr child);
OperatorPtr MakeSort(const SortPlan& plan, OperatorPtr child);

// The order of rows: NULL after everything else, other values as Compare has them.
int OrderValues(const Value& a, const Value& b);

// Appends bytes that are equal exactly if the values are.
void AppendIdentity(const Value& value, std::string* out);

}  // namespace quire::sql
