#include "sql/bind/evaluate.h"

#include <cmath>
#include <limits>
#include <string>

#include "sql/bind/cast.h"
#include "sql/bind/like.h"
#include "sql/bind/regexp.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

// The value of an operand: borrowed from the row or the expression where it lies there, computed otherwise.
class Operand {
 public:
  Status Read(const BoundExpression& expression, const Row& row) {
    if (const auto column = ColumnIndex(expression)) {
      value_ = &row[*column];
    } else if (const Value* constant = ConstantValue(expression)) {
      value_ = constant;
    } else {
      QUIRE_ASSIGN_OR_RETURN(own_, Evaluate(expression, row));
      value_ = &own_;
    }
    return {};
  }
  const Value& operator*() const { return *value_; }
  const Value* operator->() const { return value_; }

 private:
  const Value* value_ = nullptr;
  Value own_;
};

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };

Value FromTruth(Truth truth) {
  return truth == Truth::kUnknown ? Value::Null() : Value::Boolean(truth == Truth::kTrue);
}

Result<Truth> ReadTruth(const BoundExpression& expression, const Row& row) {
  Operand value;
  QUIRE_RETURN_IF_ERROR(value.Read(expression, row));
  if (value->is_null()) return Truth::kUnknown;
  if (value->type() != Type::kBoolean) {
    return Status(Code::kTypeMismatch, "a condition must be BOOLEAN, found " + std::string(TypeName(value->type())))
        .At(expression.span.start);
  }
  return value->boolean() ? Truth::kTrue : Truth::kFalse;
}

bool Holds(Comparison op, int order) {
  switch (op) {
    case Comparison::kEqual: return order == 0;
    case Comparison::kNotEqual: return order != 0;
    case Comparison::kLess: return order < 0;
    case Comparison::kLessEqual: return order <= 0;
    case Comparison::kGreater: return order > 0;
    case Comparison::kGreaterEqual: return order >= 0;
  }
  return false;
}

Result<Truth> CompareValues(Comparison op, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return Truth::kUnknown;
  QUIRE_ASSIGN_OR_RETURN(const int order, Compare(a, b));
  return Holds(op, order) ? Truth::kTrue : Truth::kFalse;
}

Status OutOfRange() { return Status(Code::kInvalidArgument, "integer out of range"); }

Result<Value> IntegerArithmetic(BinaryOperator op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
    case BinaryOperator::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return OutOfRange();
      return Value::Integer(result);
    case BinaryOperator::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return OutOfRange();
      return Value::Integer(result);
    case BinaryOperator::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return OutOfRange();
      return Value::Integer(result);
    default: break;
  }
  if (b == 0) return Status(Code::kInvalidArgument, "division by zero");
  // The one quotient that does not fit; its remainder is 0, but the machine traps on both.
  if (b == -1)
    return op == BinaryOperator::kModulo ? Value::Integer(0) : IntegerArithmetic(BinaryOperator::kSubtract, 0, a);
  return Value::Integer(op == BinaryOperator::kDivide ? a / b : a % b);
}

Result<Value> RealArithmetic(BinaryOperator op, double a, double b) {
  switch (op) {
    case BinaryOperator::kAdd: return Value::Real(a + b);
    case BinaryOperator::kSubtract: return Value::Real(a - b);
    case BinaryOperator::kMultiply: return Value::Real(a * b);
    default: break;
  }
  if (b == 0) return Status(Code::kInvalidArgument, "division by zero");
  return Value::Real(op == BinaryOperator::kDivide ? a / b : std::fmod(a, b));
}

bool IsSum(BinaryOperator op) { return op == BinaryOperator::kAdd || op == BinaryOperator::kSubtract; }

Result<Value> Arithmetic(BinaryOperator op, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return Value::Null();
  if (a.type() == Type::kInteger && b.type() == Type::kInteger) return IntegerArithmetic(op, a.integer(), b.integer());
  if (a.is_number() && b.is_number()) return RealArithmetic(op, a.AsDouble(), b.AsDouble());
  if (IsSum(op) && a.type() == Type::kDate) {
    const bool days = b.type() == Type::kInteger;
    const bool between = b.type() == Type::kDate && op == BinaryOperator::kSubtract;
    if (days || between) {
      QUIRE_ASSIGN_OR_RETURN(const Value result, IntegerArithmetic(op, a.integer(), b.integer()));
      return days ? Value::Date(result.integer()) : result;
    }
  }
  if (op == BinaryOperator::kAdd && a.type() == Type::kInteger && b.type() == Type::kDate) return Arithmetic(op, b, a);
  return Status(Code::kTypeMismatch, "arithmetic is not defined for " + std::string(TypeName(a.type())) + " and " +
                                         std::string(TypeName(b.type())));
}

// One overload for each kind of node.
struct Evaluator {
  const BoundExpression& self;
  const Row& row;

  Result<Value> operator()(const BoundConstant& node) const { return node.value; }
  Result<Value> operator()(const BoundColumn& node) const { return row[node.index]; }

  Result<Value> operator()(const BoundAggregate&) const {
    return Status(Code::kInternal, "an aggregate was not replaced by its value");
  }

  Result<Value> operator()(const BoundLogical& node) const {
    // FALSE decides AND, TRUE decides OR, whatever the other side is; else NULL goes before the neutral value.
    const Truth decisive = node.is_and ? Truth::kFalse : Truth::kTrue;
    QUIRE_ASSIGN_OR_RETURN(const Truth left, ReadTruth(*node.left, row));
    if (left == decisive) return FromTruth(left);
    QUIRE_ASSIGN_OR_RETURN(const Truth right, ReadTruth(*node.right, row));
    if (right == decisive || left != Truth::kUnknown) return FromTruth(right);
    return Value::Null();
  }

  Result<Value> operator()(const BoundNot& node) const {
    QUIRE_ASSIGN_OR_RETURN(const Truth truth, ReadTruth(*node.operand, row));
    return truth == Truth::kUnknown ? Value::Null() : Value::Boolean(truth == Truth::kFalse);
  }

  Result<Value> operator()(const BoundIsNull& node) const {
    Operand value;
    QUIRE_RETURN_IF_ERROR(value.Read(*node.operand, row));
    return Value::Boolean(value->is_null());
  }

  Result<Value> operator()(const BoundComparison& node) const {
    Operand left, right;
    QUIRE_RETURN_IF_ERROR(left.Read(*node.left, row));
    QUIRE_RETURN_IF_ERROR(right.Read(*node.right, row));
    QUIRE_ASSIGN_OR_RETURN(const Truth truth, CompareValues(node.op, *left, *right));
    return FromTruth(truth);
  }

  Result<Value> operator()(const BoundIn& node) const {
    Operand wanted;
    QUIRE_RETURN_IF_ERROR(wanted.Read(*node.operand, row));
    Truth found = Truth::kFalse;
    for (const BoundPtr& item : node.values) {
      Operand value;
      QUIRE_RETURN_IF_ERROR(value.Read(*item, row));
      QUIRE_ASSIGN_OR_RETURN(const Truth same, CompareValues(Comparison::kEqual, *wanted, *value));
      if (same == Truth::kTrue) return Value::Boolean(true);
      if (same == Truth::kUnknown) found = Truth::kUnknown;
    }
    return FromTruth(found);
  }

  Result<Value> operator()(const BoundInSet& node) const {
    Operand wanted;
    QUIRE_RETURN_IF_ERROR(wanted.Read(*node.operand, row));
    if (node.set->size() == 0 && !node.set->has_null()) return Value::Boolean(false);
    if (wanted->is_null()) return Value::Null();
    if (node.set->Contains(*wanted)) return Value::Boolean(true);
    return node.set->has_null() ? Value::Null() : Value::Boolean(false);
  }

  Result<Value> operator()(const BoundIsSame& node) const {
    Operand left, right;
    QUIRE_RETURN_IF_ERROR(left.Read(*node.left, row));
    QUIRE_RETURN_IF_ERROR(right.Read(*node.right, row));
    if (left->is_null() || right->is_null()) return Value::Boolean(left->is_null() && right->is_null());
    QUIRE_ASSIGN_OR_RETURN(const int order, Compare(*left, *right));
    return Value::Boolean(order == 0);
  }

  Result<Value> operator()(const BoundArithmetic& node) const {
    Operand left, right;
    QUIRE_RETURN_IF_ERROR(left.Read(*node.left, row));
    QUIRE_RETURN_IF_ERROR(right.Read(*node.right, row));
    return Arithmetic(node.op, *left, *right);
  }

  Result<Value> operator()(const BoundConcatenate& node) const {
    Operand left, right;
    QUIRE_RETURN_IF_ERROR(left.Read(*node.left, row));
    QUIRE_RETURN_IF_ERROR(right.Read(*node.right, row));
    if (left->is_null() || right->is_null()) return Value::Null();
    if (left->text().size() + right->text().size() > kMaxTextBytes) {
      return Status(Code::kResourceExhausted, "|| makes a text of over 64 MiB");
    }
    return Value::Text(left->text() + right->text());
  }

  Result<Value> operator()(const BoundLike& node) const {
    Operand text, pattern;
    QUIRE_RETURN_IF_ERROR(text.Read(*node.operand, row));
    QUIRE_RETURN_IF_ERROR(pattern.Read(*node.pattern, row));
    if (text->is_null() || pattern->is_null()) return Value::Null();
    if (node.ignore_case) {
      return Value::Boolean(LikeMatches(ToLower(text->text()), ToLower(pattern->text()), ToLower(node.escape)));
    }
    return Value::Boolean(LikeMatches(text->text(), pattern->text(), node.escape));
  }

  Result<Value> operator()(const BoundRegexp& node) const {
    Operand text, pattern;
    QUIRE_RETURN_IF_ERROR(text.Read(*node.operand, row));
    QUIRE_RETURN_IF_ERROR(pattern.Read(*node.pattern, row));
    if (text->is_null() || pattern->is_null()) return Value::Null();
    if (node.compiled != nullptr) return Value::Boolean(node.compiled->Matches(text->text()));
    QUIRE_ASSIGN_OR_RETURN(const auto compiled, Regexp::Make(pattern->text(), node.ignore_case));
    return Value::Boolean(compiled->Matches(text->text()));
  }

  Result<Value> operator()(const BoundCase& node) const {
    for (const auto& [condition, value] : node.branches) {
      QUIRE_ASSIGN_OR_RETURN(const Truth truth, ReadTruth(*condition, row));
      if (truth == Truth::kTrue) return Evaluate(*value, row);
    }
    return node.otherwise ? Evaluate(*node.otherwise, row) : Value::Null();
  }

  Result<Value> operator()(const BoundCast& node) const {
    Operand value;
    QUIRE_RETURN_IF_ERROR(value.Read(*node.operand, row));
    return node.asked_for ? CastAsAsked(*value, self.type) : Cast(*value, self.type);
  }

  Result<Value> operator()(const BoundArray& node) const {
    std::vector<float> numbers;
    std::vector<std::string> texts;
    for (const BoundPtr& item : node.items) {
      Operand value;
      QUIRE_RETURN_IF_ERROR(value.Read(*item, row));
      if (value->is_null()) return Status(Code::kInvalidArgument, "an array cannot hold NULL").At(item->span.start);
      if (self.type == Type::kVector) numbers.push_back(static_cast<float>(value->AsDouble()));
      if (self.type == Type::kTextArray) texts.push_back(value->text());
    }
    if (self.type == Type::kVector) return Value::Vector(std::move(numbers));
    return Value::TextArray(std::move(texts));
  }

  Result<Value> operator()(const BoundCall& node) const {
    std::vector<Value> arguments;
    arguments.reserve(node.arguments.size());
    for (const BoundPtr& argument : node.arguments) {
      QUIRE_ASSIGN_OR_RETURN(Value value, Evaluate(*argument, row));
      if (value.is_null() && node.function->null_on_null) return Value::Null();
      arguments.push_back(std::move(value));
    }
    if (!node.function->evaluate_in) return node.function->evaluate(arguments);
    if (node.database == nullptr) return Status(Code::kUnsupported, node.function->name + " cannot be used here");
    return node.function->evaluate_in(arguments, *node.database);
  }

  Result<Value> operator()(const BoundAny& node) const {
    Operand value, array;
    QUIRE_RETURN_IF_ERROR(value.Read(*node.value, row));
    QUIRE_RETURN_IF_ERROR(array.Read(*node.array, row));
    if (value->is_null() || array->is_null()) return Value::Null();
    for (const std::string& item : array->texts()) {
      if (Holds(node.op, value->text().compare(item)) != node.all) return Value::Boolean(!node.all);
    }
    return Value::Boolean(node.all);
  }
};

}  // namespace

Result<Value> Evaluate(const BoundExpression& expression, const Row& row) {
  Result<Value> value = std::visit(Evaluator{expression, row}, expression.node);
  if (!value.ok()) return std::move(value).status().At(expression.span.start);
  return value;
}

Result<bool> IsTrue(const BoundExpression& condition, const Row& row) {
  QUIRE_ASSIGN_OR_RETURN(const Truth truth, ReadTruth(condition, row));
  return truth == Truth::kTrue;
}

}  // namespace quire::sql
