// A filter made ready to be evaluated: columns resolved, literals placed among the values of their column, NOT pushed
// down to the leaves, chains of one connective made flat and put in order of cost.
//
// With NOT at the leaves, three-valued logic needs no third set: a leaf keeps the chunks for which it is true, a
// negated leaf those for which it is false, and those for which it is unknown are in neither.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/filter/attribute_index.h"

namespace quire::filter {

// Where a literal stands among the values of a column: at a value of the column's type, or next to it with nothing
// between (2020.5 stands just above 2020 among integers).
struct Place {
  Value at;
  int side = 0;  // of the literal: below (-1), at (0) or above (+1) `at`
};

// What has to be done to decide a node, cheapest first.
enum class Cost : uint8_t { kNothing, kKeys, kKeyRange, kRead, kPredicate };

// A condition on one column, without its negation.
struct Condition {
  enum class Op : uint8_t { kIn, kIsNull, kLess, kLessEqual, kGreater, kGreaterEqual };  // equality is kIn of one
  Op op = Op::kIn;
  std::string name;
  uint16_t column = kNotIndexed;
  Type type = Type::kNull;
  std::vector<Place> places;  // one for an order; with kIn only such as have side 0
};

struct PlanNode {
  enum class Kind : uint8_t { kAll, kNone, kCondition, kPredicate, kAnd, kOr };
  Kind kind = Kind::kAll;
  Cost cost = Cost::kNothing;
  bool negated = false;  // kCondition with kIn or kIsNull, kPredicate
  Condition condition;
  const Filter::Predicate* predicate = nullptr;  // borrowed from the filter
  std::vector<PlanNode> children;                // kAnd, kOr: at least two, cheapest first, none of the same kind
};

// Errors: as Evaluate, before anything is read.
Result<PlanNode> MakePlan(const Filter& filter, const FilterSource& source);

}  // namespace quire::filter
