// Operators: types of the operands, three-valued logic, and casts of literals to what they are compared with.
#include <cmath>

#include "sql/bind/binder.h"
#include "sql/bind/cast.h"
#include "sql/bind/regexp.h"
#include "sql/bind/shown.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

Comparison ComparisonOf(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kNotEqual: return Comparison::kNotEqual;
    case BinaryOperator::kLess: return Comparison::kLess;
    case BinaryOperator::kLessEqual: return Comparison::kLessEqual;
    case BinaryOperator::kGreater: return Comparison::kGreater;
    case BinaryOperator::kGreaterEqual: return Comparison::kGreaterEqual;
    default: return Comparison::kEqual;
  }
}

bool IsNumber(Type type) { return type == Type::kInteger || type == Type::kReal; }

BoundPtr Negated(BoundPtr expression, bool negated) {
  if (!negated) return expression;
  const Span span = expression->span;
  return MakeBound(Type::kBoolean, span, BoundNot{std::move(expression)});
}

// The type of a sum, product ... ; nothing if there is none.
std::optional<Type> ArithmeticType(BinaryOperator op, Type a, Type b) {
  const bool is_sum = op == BinaryOperator::kAdd || op == BinaryOperator::kSubtract;
  if (a == Type::kNull || b == Type::kNull) return Type::kNull;
  if (IsNumber(a) && IsNumber(b)) return a == Type::kInteger && b == Type::kInteger ? Type::kInteger : Type::kReal;
  if (is_sum && a == Type::kDate && b == Type::kInteger) return Type::kDate;
  if (op == BinaryOperator::kAdd && a == Type::kInteger && b == Type::kDate) return Type::kDate;
  if (op == BinaryOperator::kSubtract && a == Type::kDate && b == Type::kDate) return Type::kInteger;
  return std::nullopt;
}

std::string_view DistanceFunction(BinaryOperator op) {
  return op == BinaryOperator::kCosineDistance ? "cosine_distance"
         : op == BinaryOperator::kL2Distance   ? "l2_distance"
                                               : "negative_inner_product";
}

}  // namespace

Result<BoundPtr> Binder::BindUnary(const UnaryExpression& node, Span span, const Scope& scope) {
  if (node.op == UnaryOperator::kNot) {
    QUIRE_ASSIGN_OR_RETURN(BoundPtr operand, BindCondition(*node.operand, scope));
    return MakeBound(Type::kBoolean, span, BoundNot{std::move(operand)});
  }
  QUIRE_ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.operand, scope));
  if (node.op == UnaryOperator::kIsNull || node.op == UnaryOperator::kIsNotNull) {
    BoundPtr is_null = MakeBound(Type::kBoolean, span, BoundIsNull{std::move(operand)});
    return Negated(std::move(is_null), node.op == UnaryOperator::kIsNotNull);
  }
  const Type type = operand->type;
  if (!IsNumber(type) && type != Type::kNull) {
    return Status(Code::kTypeMismatch, "a sign needs a number, found " + std::string(TypeName(type))).At(span.start);
  }
  if (node.op == UnaryOperator::kPlus) return operand;
  // -1 * x and not 0 - x, so that the sign of a zero changes, too.
  BoundPtr minus_one = MakeBound(Type::kInteger, span, BoundConstant{Value::Integer(-1)});
  return MakeBound(type, span, BoundArithmetic{BinaryOperator::kMultiply, std::move(minus_one), std::move(operand)});
}

Result<BoundPtr> Binder::BindBinary(const BinaryExpression& node, Span span, const Scope& scope) {
  switch (node.op) {
    case BinaryOperator::kAnd:
    case BinaryOperator::kOr: return BindLogical(node, span, scope);
    case BinaryOperator::kAdd:
    case BinaryOperator::kSubtract:
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo: return BindArithmetic(node, span, scope);
    case BinaryOperator::kConcatenate: return BindConcatenate(node, span, scope);
    case BinaryOperator::kLike:
    case BinaryOperator::kNotLike:
    case BinaryOperator::kILike:
    case BinaryOperator::kNotILike: return BindLike(node, span, scope);
    case BinaryOperator::kRegexp:
    case BinaryOperator::kNotRegexp:
    case BinaryOperator::kIRegexp:
    case BinaryOperator::kNotIRegexp: return BindRegexp(node, span, scope);
    case BinaryOperator::kIsDistinct:
    case BinaryOperator::kIsNotDistinct: return BindIsSame(node, span, scope);
    case BinaryOperator::kJsonGet:
    case BinaryOperator::kJsonGetText: return BindJson(node, span, scope);
    default: break;
  }
  QUIRE_ASSIGN_OR_RETURN(BoundPtr left, Bind(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr right, Bind(*node.right, scope));
  if (node.op < BinaryOperator::kCosineDistance) {
    return Compare(ComparisonOf(node.op), std::move(left), std::move(right), span);
  }
  const ScalarFunction* function = registry_.FindFunction(DistanceFunction(node.op));
  return MakeCall(*function, {std::move(left), std::move(right)}, span);
}

Result<BoundPtr> Binder::BindLogical(const BinaryExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr left, BindCondition(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr right, BindCondition(*node.right, scope));
  const bool is_and = node.op == BinaryOperator::kAnd;
  return MakeBound(Type::kBoolean, span, BoundLogical{is_and, std::move(left), std::move(right)});
}

Result<BoundPtr> Binder::Compare(Comparison op, BoundPtr left, BoundPtr right, Span span) {
  // Numbers of both kinds compare as they are: a cast would hide the column from its index.
  if (!IsNumber(left->type) || !IsNumber(right->type)) {
    QUIRE_ASSIGN_OR_RETURN([[maybe_unused]] const Type type, Unify({&left, &right}, "what is compared"));
  }
  return MakeBound(Type::kBoolean, span, BoundComparison{op, std::move(left), std::move(right)});
}

Result<BoundPtr> Binder::BindIsSame(const BinaryExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr left, Bind(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr right, Bind(*node.right, scope));
  if (!IsNumber(left->type) || !IsNumber(right->type)) {
    QUIRE_ASSIGN_OR_RETURN([[maybe_unused]] const Type type, Unify({&left, &right}, "what is compared"));
  }
  BoundPtr same = MakeBound(Type::kBoolean, span, BoundIsSame{std::move(left), std::move(right)});
  return Negated(std::move(same), node.op == BinaryOperator::kIsDistinct);
}

// json -> key, json ->> key. An integer is a place in an array, from 0.
Result<BoundPtr> Binder::BindJson(const BinaryExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr json, Bind(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr key, Bind(*node.right, scope));
  if (json->type != Type::kJson && json->type != Type::kNull && ConstantValue(*json) == nullptr) {
    return Mismatch("what -> takes apart", Type::kJson, *json);
  }
  const bool text = node.op == BinaryOperator::kJsonGetText;
  return MakeCall(*registry_.FindFunction(text ? "json_get_text" : "json_get"), {std::move(json), std::move(key)}, span);
}

Result<BoundPtr> Binder::BindArithmetic(const BinaryExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr interval, BindIntervalSum(node, span, scope));
  if (interval != nullptr) return interval;
  QUIRE_ASSIGN_OR_RETURN(BoundPtr left, Bind(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr right, Bind(*node.right, scope));
  // '5' + 1: a text literal is read as what the other side is.
  for (auto [text, other] : {std::pair(&left, &right), std::pair(&right, &left)}) {
    const bool readable = (*text)->type == Type::kText && ConstantValue(**text) != nullptr;
    if (readable && (*other)->type != Type::kText && (*other)->type != Type::kNull) {
      QUIRE_ASSIGN_OR_RETURN(*text, Coerce(*text, (*other)->type));
    }
  }
  const std::optional<Type> type = ArithmeticType(node.op, left->type, right->type);
  if (!type) {
    std::string message = "arithmetic is not defined for " + std::string(TypeName(left->type)) + " and " +
                          std::string(TypeName(right->type));
    const bool texts = left->type == Type::kText && right->type == Type::kText && node.op == BinaryOperator::kAdd;
    return Status(Code::kTypeMismatch, std::move(message), texts ? "texts are joined with ||" : "").At(span.start);
  }
  return MakeBound(*type, span, BoundArithmetic{node.op, std::move(left), std::move(right)});
}

Result<BoundPtr> Binder::BindConcatenate(const BinaryExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr left, Bind(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr right, Bind(*node.right, scope));
  for (BoundPtr* side : {&left, &right}) {
    // As in PostgreSQL, one side that is a text is enough: the other one is shown as text.
    if ((*side)->type != Type::kText) *side = Fold(MakeBound(Type::kText, (*side)->span, BoundCast{*side}));
  }
  return MakeBound(Type::kText, span, BoundConcatenate{std::move(left), std::move(right)});
}

Result<BoundPtr> Binder::BindLike(const BinaryExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr pattern, Bind(*node.right, scope));
  QUIRE_ASSIGN_OR_RETURN(operand, Coerce(std::move(operand), Type::kText));
  QUIRE_ASSIGN_OR_RETURN(pattern, Coerce(std::move(pattern), Type::kText));
  BoundLike match{std::move(operand), std::move(pattern)};
  match.ignore_case = node.op == BinaryOperator::kILike || node.op == BinaryOperator::kNotILike;
  if (node.escape != nullptr) {
    QUIRE_ASSIGN_OR_RETURN(const Value escape, BindValueAs(*node.escape, Type::kText, "in ESCAPE"));
    if (escape.is_null() || CountCharacters(escape.text()) > 1) {
      return Status(Code::kInvalidArgument, "ESCAPE takes one character, or '' for none, found '" + Shown(escape) + "'")
          .At(node.escape->span.start);
    }
    match.escape = escape.text();
  }
  BoundPtr like = MakeBound(Type::kBoolean, span, std::move(match));
  return Negated(std::move(like), node.op == BinaryOperator::kNotLike || node.op == BinaryOperator::kNotILike);
}

Result<BoundPtr> Binder::BindRegexp(const BinaryExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr pattern, Bind(*node.right, scope));
  QUIRE_ASSIGN_OR_RETURN(operand, Coerce(std::move(operand), Type::kText));
  QUIRE_ASSIGN_OR_RETURN(pattern, Coerce(std::move(pattern), Type::kText));
  BoundRegexp match{std::move(operand), std::move(pattern), false, nullptr};
  match.ignore_case = node.op == BinaryOperator::kIRegexp || node.op == BinaryOperator::kNotIRegexp;
  if (const Value* constant = ConstantValue(*match.pattern); constant != nullptr && !constant->is_null()) {
    auto compiled = Regexp::Make(constant->text(), match.ignore_case);
    if (!compiled.ok()) return std::move(compiled).status().At(node.right->span.start);
    match.compiled = *std::move(compiled);
  }
  BoundPtr regexp = MakeBound(Type::kBoolean, span, std::move(match));
  return Negated(std::move(regexp), node.op == BinaryOperator::kNotRegexp || node.op == BinaryOperator::kNotIRegexp);
}

Result<BoundPtr> Binder::BindQuantified(const QuantifiedExpression& node, Span span, const Scope& scope) {
  if (node.op < BinaryOperator::kEqual || node.op > BinaryOperator::kGreaterEqual) {
    return Status(Code::kUnsupported, "before ANY and ALL only = <> < <= > >= can stand").At(node.array->span.start);
  }
  const auto* items = std::get_if<ArrayExpression>(&node.array->node);
  const bool is_in = node.op == BinaryOperator::kEqual && !node.all;
  const bool is_not_in = node.op == BinaryOperator::kNotEqual && node.all;
  if (items != nullptr && (is_in || is_not_in)) {
    // Items of any type: a list, and no array.
    BoundIn in;
    QUIRE_ASSIGN_OR_RETURN(in.operand, Bind(*node.left, scope));
    for (const ExpressionPtr& item : items->items) {
      QUIRE_ASSIGN_OR_RETURN(BoundPtr value, Bind(*item, scope));
      in.values.push_back(std::move(value));
    }
    return MakeIn(std::move(in), span, is_not_in);
  }
  BoundAny any;
  any.op = ComparisonOf(node.op);
  any.all = node.all;
  QUIRE_ASSIGN_OR_RETURN(any.value, Bind(*node.left, scope));
  QUIRE_ASSIGN_OR_RETURN(any.array, Bind(*node.array, scope));
  QUIRE_ASSIGN_OR_RETURN(any.value, Coerce(std::move(any.value), Type::kText));
  QUIRE_ASSIGN_OR_RETURN(any.array, Coerce(std::move(any.array), Type::kTextArray));
  return MakeBound(Type::kBoolean, span, std::move(any));
}

Result<BoundPtr> Binder::MakeAny(const Expression& wanted, const Expression& items, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr value, Bind(wanted, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr array, Bind(items, scope));
  QUIRE_ASSIGN_OR_RETURN(value, Coerce(std::move(value), Type::kText));
  QUIRE_ASSIGN_OR_RETURN(array, Coerce(std::move(array), Type::kTextArray));
  return MakeBound(Type::kBoolean, span, BoundAny{std::move(value), std::move(array)});
}

Result<BoundPtr> Binder::BindBetween(const BetweenExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.operand, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr low, Bind(*node.low, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr high, Bind(*node.high, scope));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr above, Compare(Comparison::kGreaterEqual, operand, std::move(low), span));
  QUIRE_ASSIGN_OR_RETURN(BoundPtr below, Compare(Comparison::kLessEqual, operand, std::move(high), span));
  BoundPtr between =
      MakeBound(Type::kBoolean, span, BoundLogical{true, Fold(std::move(above)), Fold(std::move(below))});
  return Negated(std::move(between), node.negated);
}

Result<BoundPtr> Binder::BindIn(const InExpression& node, Span span, const Scope& scope) {
  BoundIn in;
  QUIRE_ASSIGN_OR_RETURN(in.operand, Bind(*node.operand, scope));
  for (const ExpressionPtr& item : node.values) {
    QUIRE_ASSIGN_OR_RETURN(BoundPtr value, Bind(*item, scope));
    in.values.push_back(std::move(value));
  }
  return MakeIn(std::move(in), span, node.negated);
}

// Long lists of constants become a set.
Result<BoundPtr> Binder::MakeIn(BoundIn in, Span span, bool negated) {
  constexpr size_t kMaxList = 16;
  bool numbers = IsNumber(in.operand->type), constants = true;
  for (const BoundPtr& value : in.values) numbers &= IsNumber(value->type);
  if (!numbers) {
    std::vector<BoundPtr*> all = {&in.operand};
    for (BoundPtr& value : in.values) all.push_back(&value);
    QUIRE_ASSIGN_OR_RETURN([[maybe_unused]] const Type type, Unify(std::move(all), "what is compared"));
  }
  for (const BoundPtr& value : in.values) constants &= ConstantValue(*value) != nullptr;
  if (!constants || in.values.size() <= kMaxList) return Negated(MakeBound(Type::kBoolean, span, std::move(in)), negated);
  auto set = std::make_shared<ValueSet>();
  for (const BoundPtr& value : in.values) set->Add(*ConstantValue(*value));
  return Negated(MakeBound(Type::kBoolean, span, BoundInSet{std::move(in.operand), std::move(set)}), negated);
}

Result<BoundPtr> Binder::BindCase(const CaseExpression& node, Span span, const Scope& scope) {
  BoundCase result;
  BoundPtr operand;
  if (node.operand) {
    QUIRE_ASSIGN_OR_RETURN(operand, Bind(*node.operand, scope));
  }
  for (const auto& [when, then] : node.branches) {
    BoundPtr condition;
    if (operand) {
      QUIRE_ASSIGN_OR_RETURN(BoundPtr value, Bind(*when, scope));
      QUIRE_ASSIGN_OR_RETURN(condition, Compare(Comparison::kEqual, operand, std::move(value), when->span));
    } else {
      QUIRE_ASSIGN_OR_RETURN(condition, BindCondition(*when, scope));
    }
    QUIRE_ASSIGN_OR_RETURN(BoundPtr value, Bind(*then, scope));
    result.branches.emplace_back(std::move(condition), std::move(value));
  }
  if (node.otherwise) {
    QUIRE_ASSIGN_OR_RETURN(result.otherwise, Bind(*node.otherwise, scope));
  }
  std::vector<BoundPtr*> values;
  for (auto& [condition, value] : result.branches) values.push_back(&value);
  if (result.otherwise) values.push_back(&result.otherwise);
  QUIRE_ASSIGN_OR_RETURN(const Type type, Unify(std::move(values), "the values of CASE"));
  return MakeBound(type, span, std::move(result));
}

Result<BoundPtr> Binder::BindCast(const CastExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr operand, Bind(*node.operand, scope));
  const Value* constant = ConstantValue(*operand);
  if (constant == nullptr && node.dim == 0) return MakeBound(node.type, span, BoundCast{std::move(operand), true});
  if (constant == nullptr) {
    return Status(Code::kUnsupported, "the number of components can only be said of a constant", "leave it out")
        .At(span.start);
  }
  // A number as it is written is exact in PostgreSQL, and a half of it goes away from zero.
  const bool literal = std::holds_alternative<LiteralExpression>(node.operand->node);
  const bool rounds = literal && constant->type() == Type::kReal && node.type == Type::kInteger;
  Result<Value> value = CastAsAsked(rounds ? Value::Real(std::round(constant->real())) : *constant, node.type);
  if (!value.ok()) return std::move(value).status().At(operand->span.start);
  if (node.dim != 0 && value->type() == Type::kVector && value->vector().size() != node.dim) {
    return Status(Code::kInvalidArgument, "vector has " + std::to_string(value->vector().size()) +
                                              " components, expected " + std::to_string(node.dim))
        .At(operand->span.start);
  }
  return MakeBound(node.type, span, BoundConstant{*std::move(value)});
}

Result<BoundPtr> Binder::BindArray(const ArrayExpression& node, Span span, const Scope& scope) {
  BoundArray array;
  bool texts = false;
  for (const ExpressionPtr& item : node.items) {
    QUIRE_ASSIGN_OR_RETURN(BoundPtr value, Bind(*item, scope));
    texts |= value->type == Type::kText;
    array.items.push_back(std::move(value));
  }
  for (BoundPtr& item : array.items) {
    QUIRE_ASSIGN_OR_RETURN(item, Coerce(std::move(item), texts ? Type::kText : Type::kReal));
  }
  return MakeBound(texts ? Type::kTextArray : Type::kVector, span, std::move(array));
}

}  // namespace quire::sql
