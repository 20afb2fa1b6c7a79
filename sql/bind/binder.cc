#include "sql/bind/binder.h"

#include <algorithm>
#include <cctype>

#include "sql/bind/cast.h"
#include "sql/bind/evaluate.h"
#include "sql/bind/search.h"
#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

constexpr size_t kMaxShownBytes = 200;

// Whether every value of one type is one of the other, too.
bool Widens(Type from, Type to) {
  return (from == Type::kInteger && to == Type::kReal) || (from == Type::kDate && to == Type::kTimestamp) ||
         (from == Type::kJson && to == Type::kText);
}

}  // namespace

// Sends each kind of node to the function that binds it.
struct NodeBinder {
  Binder& binder;
  Span span;
  const Scope& scope;

  Result<BoundPtr> operator()(const LiteralExpression& node) const {
    return MakeBound(node.value.type(), span, BoundConstant{node.value});
  }
  Result<BoundPtr> operator()(const ParameterExpression& node) const {
    QUIRE_ASSIGN_OR_RETURN(Value value, binder.parameters_.Take(node, span));
    const Type type = value.type();
    return MakeBound(type, span, BoundConstant{std::move(value)});
  }
  Result<BoundPtr> operator()(const StarExpression&) const {
    return Status(Code::kInvalidArgument, "* stands for all columns and is no value").At(span.start);
  }
  Result<BoundPtr> operator()(const ColumnExpression& node) const { return binder.BindColumn(node, span, scope); }
  Result<BoundPtr> operator()(const UnaryExpression& node) const { return binder.BindUnary(node, span, scope); }
  Result<BoundPtr> operator()(const BinaryExpression& node) const { return binder.BindBinary(node, span, scope); }
  Result<BoundPtr> operator()(const BetweenExpression& node) const { return binder.BindBetween(node, span, scope); }
  Result<BoundPtr> operator()(const InExpression& node) const { return binder.BindIn(node, span, scope); }
  Result<BoundPtr> operator()(const CaseExpression& node) const { return binder.BindCase(node, span, scope); }
  Result<BoundPtr> operator()(const CastExpression& node) const { return binder.BindCast(node, span, scope); }
  Result<BoundPtr> operator()(const ArrayExpression& node) const { return binder.BindArray(node, span, scope); }
  Result<BoundPtr> operator()(const FunctionExpression& node) const { return binder.BindCall(node, span, scope); }
  Result<BoundPtr> operator()(const QuantifiedExpression& node) const {
    return binder.BindQuantified(node, span, scope);
  }
  Result<BoundPtr> operator()(const SubqueryExpression& node) const { return binder.BindSubquery(node, span, scope); }
  Result<BoundPtr> operator()(const SearchExpression& node) const {
    return MisplacedSearch(node.kind == SearchExpression::Kind::kMatch ? "MATCH" : "SIMILAR", span);
  }
};

Result<BoundPtr> Binder::Bind(const Expression& expression, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr bound, std::visit(NodeBinder{*this, expression.span, scope}, expression.node));
  return Fold(std::move(bound));
}

Result<BoundPtr> Binder::BindCondition(const Expression& expression, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr bound, Bind(expression, scope));
  if (bound->type != Type::kBoolean && bound->type != Type::kNull && bound->type != Type::kText) {
    return Mismatch("a condition", Type::kBoolean, *bound);
  }
  return Coerce(std::move(bound), Type::kBoolean);
}

Result<Value> Binder::BindValue(const Expression& expression, std::string_view place) {
  Scope scope;
  scope.place = place;
  QUIRE_ASSIGN_OR_RETURN(const BoundPtr bound, Bind(expression, scope));
  return Evaluate(*bound, {});
}

Result<Value> Binder::BindValueAs(const Expression& expression, Type type, std::string_view place) {
  QUIRE_ASSIGN_OR_RETURN(Value value, BindValue(expression, place));
  Result<Value> cast = ReadAs(value, type);
  if (!cast.ok()) return std::move(cast).status().At(expression.span.start);
  return cast;
}

Result<BoundPtr> Binder::Coerce(BoundPtr expression, Type type) {
  if (expression->type == type) return expression;
  if (const Value* constant = ConstantValue(*expression)) {
    if (constant->is_null()) return MakeBound(type, expression->span, BoundConstant{});
    const bool is_number = type == Type::kInteger || type == Type::kReal;
    const bool fits =
        constant->type() == Type::kText || (constant->is_number() && is_number) || Widens(constant->type(), type);
    if (!fits) return Mismatch("the value", type, *expression);
    Result<Value> cast = ReadAs(*constant, type);
    if (!cast.ok()) return std::move(cast).status().At(expression->span.start);
    return MakeBound(type, expression->span, BoundConstant{*std::move(cast)});
  }
  const bool fits = expression->type == Type::kNull || Widens(expression->type, type);
  if (!fits) return Mismatch("the value", type, *expression);
  return MakeBound(type, expression->span, BoundCast{expression});
}

std::string Binder::TextOf(Span span) const {
  std::string out;
  bool space = false;
  for (const char c : statement_.substr(span.start, span.end - span.start)) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      space = true;
      continue;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    out += c;
  }
  return Shortened(out, kMaxShownBytes);
}

Result<Type> Binder::Unify(std::vector<BoundPtr*> expressions, std::string_view what) {
  // Columns and computed values decide the type; constants follow, texts before all others.
  Type common = Type::kNull;
  for (const bool texts : {false, true}) {
    for (BoundPtr* expression : expressions) {
      const Type type = (*expression)->type;
      const bool is_free_text = type == Type::kText && ConstantValue(**expression) != nullptr;
      if (is_free_text != texts || type == Type::kNull) continue;
      // A text as it is written is read as what it meets: JSON stays JSON.
      if (common == Type::kNull || (!texts && Widens(common, type))) common = type;
    }
  }
  if (common == Type::kNull) return common;
  for (BoundPtr* expression : expressions) {
    if ((*expression)->type == Type::kNull && ConstantValue(**expression) == nullptr) continue;  // known when evaluated
    const Type found = (*expression)->type;
    Result<BoundPtr> coerced = Coerce(*expression, common);
    if (!coerced.ok() && found != Type::kText) {
      return Status(Code::kTypeMismatch, std::string(what) + " must be of one type, found " +
                                             std::string(TypeName(common)) + " and " + std::string(TypeName(found)))
          .At((*expression)->span.start);
    }
    if (!coerced.ok()) return std::move(coerced).status();
    *expression = *std::move(coerced);
  }
  return common;
}

BoundPtr Fold(BoundPtr expression) {
  if (ConstantValue(*expression) != nullptr || ColumnIndex(*expression)) return expression;
  std::vector<const BoundExpression*> children = ChildrenOf(*expression);
  const bool constant = std::all_of(children.begin(), children.end(),
                                    [](const BoundExpression* child) { return ConstantValue(*child) != nullptr; });
  if (!constant) return expression;
  // What fails now may stand where it is never evaluated, such as a branch of CASE: it fails there or not at all.
  Result<Value> value = Evaluate(*expression, {});
  if (!value.ok()) return expression;
  const Type type = expression->type == Type::kNull ? value->type() : expression->type;
  return MakeBound(type, expression->span, BoundConstant{*std::move(value)});
}

Status Mismatch(std::string_view what, Type expected, const BoundExpression& found) {
  return Status(Code::kTypeMismatch, std::string(what) + " must be " + std::string(TypeName(expected)) + ", found " +
                                         std::string(TypeName(found.type)))
      .At(found.span.start);
}

}  // namespace quire::sql
