#include <cmath>
#include <limits>

#include "sql/registry/builtin.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

Result<Value> Abs(Arguments arguments) {
  const Value& value = arguments[0];
  if (value.type() == Type::kReal) return Value::Real(std::fabs(value.real()));
  if (value.type() != Type::kInteger) {
    return Status(Code::kTypeMismatch, "abs expects a number, found " + std::string(TypeName(value.type())));
  }
  if (value.integer() == std::numeric_limits<int64_t>::min()) {
    return Status(Code::kInvalidArgument, "integer out of range");
  }
  return Value::Integer(std::abs(value.integer()));
}

// Rounds half away from zero to `digits` decimal places, as PostgreSQL's numeric and SQLite do.
Result<Value> Round(Arguments arguments) {
  const double number = arguments[0].real();
  if (arguments.size() == 1) return Value::Real(std::round(number));
  const int64_t digits = arguments[1].integer();
  if (digits < -300 || digits > 300) return Status(Code::kInvalidArgument, "round: digits are out of range");
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = std::round(number * scale) / scale;
  return Value::Real(std::isfinite(scaled) ? scaled : number);
}

Result<Value> Floor(Arguments arguments) { return Value::Real(std::floor(arguments[0].real())); }
Result<Value> Ceil(Arguments arguments) { return Value::Real(std::ceil(arguments[0].real())); }

Result<Value> Coalesce(Arguments arguments) {
  for (const Value& value : arguments) {
    if (!value.is_null()) return value;
  }
  return Value::Null();
}

Result<Value> NullIf(Arguments arguments) {
  if (arguments[0].is_null() || arguments[1].is_null()) return arguments[0];
  QUIRE_ASSIGN_OR_RETURN(const int order, Compare(arguments[0], arguments[1]));
  return order == 0 ? Value::Null() : arguments[0];
}

Result<Value> TypeOf(Arguments arguments) { return Value::Text(std::string(TypeName(arguments[0].type()))); }

}  // namespace

std::vector<ScalarFunction> NumberFunctions() {
  const std::vector<Type> real = {Type::kReal};
  std::vector<ScalarFunction> functions = {
      {.name = "abs",
       .arguments_min = 1,
       .arguments_max = 1,
       .signature = "abs(number)",
       .description = "The number without its sign.",
       .evaluate = Abs,
       .uniform = true},
      {.name = "round",
       .arguments_min = 1,
       .arguments_max = 2,
       .signature = "round(number [, digits])",
       .description = "The nearest number with so many decimal places, halves away from zero.",
       .evaluate = Round,
       .argument_types = {Type::kReal, Type::kInteger},
       .result = Type::kReal},
      {.name = "floor",
       .arguments_min = 1,
       .arguments_max = 1,
       .signature = "floor(number)",
       .description = "The largest whole number that is not above.",
       .evaluate = Floor,
       .argument_types = real,
       .result = Type::kReal},
      {.name = "ceil",
       .arguments_min = 1,
       .arguments_max = 1,
       .signature = "ceil(number)",
       .description = "The smallest whole number that is not below.",
       .evaluate = Ceil,
       .argument_types = real,
       .result = Type::kReal},
      {.name = "coalesce",
       .arguments_min = 1,
       .arguments_max = 64,
       .signature = "coalesce(value, ...)",
       .description = "The first argument that is not NULL.",
       .null_on_null = false,
       .evaluate = Coalesce,
       .uniform = true},
      {.name = "nullif",
       .arguments_min = 2,
       .arguments_max = 2,
       .signature = "nullif(a, b)",
       .description = "NULL where both are equal, else the first.",
       .null_on_null = false,
       .evaluate = NullIf,
       .uniform = true},
      {.name = "typeof",
       .arguments_min = 1,
       .arguments_max = 1,
       .signature = "typeof(value)",
       .description = "The name of the value's type.",
       .null_on_null = false,
       .evaluate = TypeOf,
       .result = Type::kText},
  };
  AddAlias(&functions, functions[3], "ceiling");
  AddAlias(&functions, functions[4], "ifnull");
  return functions;
}

}  // namespace quire::sql
