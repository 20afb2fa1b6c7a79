// Binder: expressions of the syntax tree to bound expressions. One Binder serves one statement.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/bind/bound.h"
#include "sql/bind/parameters.h"
#include "sql/bind/source.h"
#include "sql/parse/ast.h"
#include "sql/registry/registry.h"

namespace quire::sql {

struct BoundSelect;

// An aggregate call of a SELECT; its value is one column of the row of aggregates.
struct AggregateCall {
  enum class Kind : uint8_t { kCountRows, kCount, kSum, kAverage, kMin, kMax } kind = Kind::kCountRows;
  BoundPtr argument;  // null: count(*)
  bool distinct = false;
  Span span;
};

// A name of WITH and the names before it.
struct CommonTables {
  const CommonTable* table = nullptr;
  const CommonTables* before = nullptr;
  mutable bool used = false;
};

// What names mean where an expression stands. Everything is borrowed and may be null.
struct Scope {
  const Source* source = nullptr;                    // null: no columns here
  bool has_search = false;                           // score, distance and rank are there
  std::string_view search_text;                      // of the search: what snippet() looks for
  std::vector<AggregateCall>* aggregates = nullptr;  // where aggregates go; null: none may stand here
  std::string_view place = "here";                   // "in VALUES", for messages
};

// Runs the subqueries that stand in expressions.
class SubqueryRunner {
 public:
  virtual ~SubqueryRunner() = default;
  // What their names are bound against.
  virtual const Reader& View() = 0;
  // The rows of a SELECT, up to `rows_max`.
  virtual Result<RowSet> RunSubquery(BoundSelect select, uint64_t rows_max) = 0;
};

class Binder {
 public:
  // All borrowed. `statement` is the text all spans are of.
  Binder(const Registry& registry, ParameterValues& parameters, std::string_view statement)
      : registry_(registry), parameters_(parameters), statement_(statement) {}

  // Borrowed. Without one, subqueries in expressions are kUnsupported.
  void SetRunner(SubqueryRunner* runner) { runner_ = runner; }

  // Borrowed, for functions that need it.
  void SetDatabase(Database* database) { database_ = database; }

  // Errors: kNotFound (column, function), kTypeMismatch, kInvalidArgument, kUnsupported; with position.
  Result<BoundPtr> Bind(const Expression& expression, const Scope& scope);
  // As Bind, of type BOOLEAN.
  Result<BoundPtr> BindCondition(const Expression& expression, const Scope& scope);
  // The value of an expression without columns. `place` is for messages: "in VALUES".
  Result<Value> BindValue(const Expression& expression, std::string_view place);
  // As BindValue, cast to `type`.
  Result<Value> BindValueAs(const Expression& expression, Type type, std::string_view place);

  // `expression` as `type`. A constant is cast at once; INTEGER widens to REAL, DATE to TIMESTAMP; what is not known is
  // cast when it is evaluated. Errors: kTypeMismatch for anything else, with position.
  Result<BoundPtr> Coerce(BoundPtr expression, Type type);

  // The text of a span, its white space collapsed and its end cut if it is long: how plans and columns without a name
  // show an expression.
  std::string TextOf(Span span) const;

  // Casts all to their common type. Errors: kTypeMismatch at the first that does not fit, naming `what`.
  Result<Type> Unify(std::vector<BoundPtr*> expressions, std::string_view what);
  Result<BoundPtr> Compare(Comparison op, BoundPtr left, BoundPtr right, Span span);
  // The place of a column in the scope's row. Errors: as Bind.
  Result<uint32_t> ResolveColumn(const ColumnExpression& node, Span span, const Scope& scope) const;

  const Registry& registry() const { return registry_; }

 private:
  friend struct NodeBinder;
  friend class QueryBinder;  // bind_from.cc

  // bind_operators.cc
  Result<BoundPtr> BindUnary(const UnaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindBinary(const BinaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindBetween(const BetweenExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindIn(const InExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindCase(const CaseExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindCast(const CastExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindArray(const ArrayExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindIsSame(const BinaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindJson(const BinaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindLogical(const BinaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindArithmetic(const BinaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindConcatenate(const BinaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindLike(const BinaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindRegexp(const BinaryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindQuantified(const QuantifiedExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> MakeIn(BoundIn in, Span span, bool negated);
  // Whether the array `items` holds the text `wanted`.
  Result<BoundPtr> MakeAny(const Expression& wanted, const Expression& items, Span span, const Scope& scope);

  // bind_subquery.cc
  Result<BoundPtr> BindSubquery(const SubqueryExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindInQuery(const SubqueryExpression& node, Span span, const Scope& scope);
  Result<RowSet> RunSubquery(const SubqueryExpression& node, Span span, const Scope& scope, uint64_t rows_max);

  // bind_interval.cc
  Result<BoundPtr> BindIntervalSum(const BinaryExpression& node, Span span, const Scope& scope);

  // bind_calls.cc
  Result<BoundPtr> BindCall(const FunctionExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> BindAggregate(AggregateCall::Kind kind, const FunctionExpression& node, Span span,
                                 const Scope& scope);
  Status AddFilter(const Expression& filter, const Scope& scope, AggregateCall* call);
  Result<BoundPtr> BindColumn(const ColumnExpression& node, Span span, const Scope& scope);
  Result<BoundPtr> MakeCall(const ScalarFunction& function, std::vector<BoundPtr> arguments, Span span);
  void AddSearch(std::string_view function, Span span, const Scope& scope, std::vector<BoundPtr>* arguments) const;
  Status UnknownFunction(const FunctionExpression& node) const;
  Status UnknownColumn(const ColumnExpression& node, Span span, const Scope& scope) const;

  const Registry& registry_;
  ParameterValues& parameters_;
  std::string_view statement_;
  std::map<const ScalarFunction*, BoundPtr> constants_;  // calls without arguments: one value in all of a statement
  SubqueryRunner* runner_ = nullptr;
  Database* database_ = nullptr;
  std::vector<const Scope*> outer_;               // of the subqueries that are being bound
  const CommonTables* common_tables_ = nullptr;   // the names of WITH that can be used
  size_t selects_ = 0;                            // bound so far
};

// The constant an expression stands for if it reads no column and does not fail, else the expression.
BoundPtr Fold(BoundPtr expression);

Status Mismatch(std::string_view what, Type expected, const BoundExpression& found);

}  // namespace quire::sql
