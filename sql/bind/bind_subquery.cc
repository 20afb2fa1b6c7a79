// Subqueries in expressions. They read nothing of the SELECT around them, so each runs once, and what it gave is a constant.
#include "sql/bind/select.h"
#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

constexpr uint64_t kAllRows = UINT64_MAX;

}  // namespace

Result<RowSet> Binder::RunSubquery(const SubqueryExpression& node, Span span, const Scope& scope, uint64_t rows_max) {
  if (runner_ == nullptr) {
    return Status(Code::kUnsupported, "a subquery cannot be used " + std::string(scope.place)).At(span.start);
  }
  outer_.push_back(&scope);
  Result<BoundSelect> select = BindSelect(*this, *node.select, runner_->View());
  outer_.pop_back();
  if (!select.ok()) return std::move(select).status();
  if (node.kind != SubqueryExpression::Kind::kExists && select->items.size() != 1) {
    return Status(Code::kInvalidArgument,
                  "a subquery in an expression must give one column, found " + std::to_string(select->items.size()))
        .At(node.select->span.start);
  }
  return runner_->RunSubquery(*std::move(select), rows_max);
}

Result<BoundPtr> Binder::BindSubquery(const SubqueryExpression& node, Span span, const Scope& scope) {
  if (node.kind == SubqueryExpression::Kind::kIn) return BindInQuery(node, span, scope);
  const bool exists = node.kind == SubqueryExpression::Kind::kExists;
  QUIRE_ASSIGN_OR_RETURN(RowSet rows, RunSubquery(node, span, scope, exists ? 1 : 2));
  if (exists) return MakeBound(Type::kBoolean, span, BoundConstant{Value::Boolean(!rows.rows.empty())});
  if (rows.rows.size() > 1) {
    return Status(Code::kInvalidArgument, "a subquery used as a value gave more than one row", "add LIMIT 1 to it")
        .At(span.start);
  }
  Value value = rows.rows.empty() ? Value::Null() : std::move(rows.rows[0][0]);
  const Type type = rows.columns[0].type == Type::kNull ? value.type() : rows.columns[0].type;
  return MakeBound(type, span, BoundConstant{std::move(value)});
}

Result<BoundPtr> Binder::BindInQuery(const SubqueryExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.operand, scope));
  QUIRE_ASSIGN_OR_RETURN(const RowSet rows, RunSubquery(node, span, scope, kAllRows));
  // The types meet as those of a comparison do; a value that stands for the column says what is cast.
  BoundPtr column = MakeBound(rows.columns[0].type, node.select->span, BoundColumn{0});
  const bool numbers = operand->type != column->type &&
                       (operand->type == Type::kInteger || operand->type == Type::kReal) &&
                       (column->type == Type::kInteger || column->type == Type::kReal);
  Type type = column->type;
  if (!numbers) {
    QUIRE_ASSIGN_OR_RETURN(type, Unify({&operand, &column}, "what is compared"));
  }
  auto set = std::make_shared<ValueSet>();
  for (const std::vector<Value>& row : rows.rows) {
    if (numbers || type == Type::kNull) {
      set->Add(row[0]);
      continue;
    }
    QUIRE_ASSIGN_OR_RETURN(const Value value, Cast(row[0], type));
    set->Add(value);
  }
  BoundPtr in = MakeBound(Type::kBoolean, span, BoundInSet{std::move(operand), std::move(set)});
  if (!node.negated) return in;
  return MakeBound(Type::kBoolean, span, BoundNot{std::move(in)});
}

}  // namespace quire::sql
