// Numbers beyond arithmetic, and the largest and smallest of several values.
#include <cmath>

#include "sql/registry/builtin.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

Status OutOfDomain(std::string_view function) {
  return Status(Code::kInvalidArgument, std::string(function) + ": the argument is out of its domain");
}

Result<Value> Finite(std::string_view function, double value) {
  if (std::isfinite(value)) return Value::Real(value);
  return std::isnan(value) ? OutOfDomain(function)
                           : Status(Code::kInvalidArgument, std::string(function) + ": result is out of range");
}

Result<Value> Power(Arguments arguments) {
  return Finite("power", std::pow(arguments[0].real(), arguments[1].real()));
}
Result<Value> Sqrt(Arguments arguments) { return Finite("sqrt", std::sqrt(arguments[0].real())); }
Result<Value> Exp(Arguments arguments) { return Finite("exp", std::exp(arguments[0].real())); }
Result<Value> Ln(Arguments arguments) {
  return arguments[0].real() > 0 ? Value::Real(std::log(arguments[0].real())) : Result<Value>(OutOfDomain("ln"));
}
Result<Value> Log10(Arguments arguments) {
  return arguments[0].real() > 0 ? Value::Real(std::log10(arguments[0].real())) : Result<Value>(OutOfDomain("log"));
}
Result<Value> Trunc(Arguments arguments) { return Value::Real(std::trunc(arguments[0].real())); }
Result<Value> Sign(Arguments arguments) {
  return Value::Integer(arguments[0].real() > 0 ? 1 : arguments[0].real() < 0 ? -1 : 0);
}
Result<Value> Pi(Arguments) { return Value::Real(3.141592653589793); }

Result<Value> Modulo(Arguments arguments) {
  const Value &a = arguments[0], &b = arguments[1];
  if (b.is_number() && b.AsDouble() == 0) return Status(Code::kInvalidArgument, "division by zero");
  if (a.type() == Type::kInteger && b.type() == Type::kInteger) {
    return Value::Integer(b.integer() == -1 ? 0 : a.integer() % b.integer());
  }
  if (!a.is_number() || !b.is_number()) return Status(Code::kTypeMismatch, "mod expects numbers");
  return Value::Real(std::fmod(a.AsDouble(), b.AsDouble()));
}

// NULLs are passed over, as in PostgreSQL.
Result<Value> Extreme(Arguments arguments, int sign) {
  const Value* best = nullptr;
  for (const Value& value : arguments) {
    if (value.is_null()) continue;
    if (best != nullptr) {
      QUIRE_ASSIGN_OR_RETURN(const int order, Compare(value, *best));
      if (order * sign <= 0) continue;
    }
    best = &value;
  }
  return best == nullptr ? Value::Null() : *best;
}
Result<Value> Greatest(Arguments arguments) { return Extreme(arguments, 1); }
Result<Value> Least(Arguments arguments) { return Extreme(arguments, -1); }

ScalarFunction Uniform(ScalarFunction function, size_t arguments_max) {
  function.argument_types.clear();
  function.arguments_max = arguments_max;
  function.null_on_null = arguments_max == 2;
  function.uniform = true;
  return function;
}

}  // namespace

std::vector<ScalarFunction> MathFunctions() {
  constexpr Type kR = Type::kReal, kAny = Type::kNull;
  std::vector<ScalarFunction> functions = {
      MakeFunction("power", "base, exponent", "The base to the power of the exponent.", {kR, kR}, 0, kR, Power),
      MakeFunction("sqrt", "number", "The square root.", {kR}, 0, kR, Sqrt),
      MakeFunction("exp", "number", "e to the power of the number.", {kR}, 0, kR, Exp),
      MakeFunction("ln", "number", "The natural logarithm.", {kR}, 0, kR, Ln),
      MakeFunction("log10", "number", "The logarithm to base 10.", {kR}, 0, kR, Log10),
      MakeFunction("trunc", "number", "The number without its decimal places.", {kR}, 0, kR, Trunc),
      MakeFunction("sign", "number", "-1, 0 or 1.", {kR}, 0, Type::kInteger, Sign),
      MakeFunction("pi", "", "The ratio of a circle's circumference to its diameter.", {}, 0, kR, Pi),
      Uniform(MakeFunction("mod", "a, b", "The remainder of a division; a % b.", {kAny, kAny}, 0, kAny, Modulo), 2),
      Uniform(MakeFunction("greatest", "value, ...", "The largest; NULLs are passed over.", {kAny}, 0, kAny, Greatest),
               64),
      Uniform(MakeFunction("least", "value, ...", "The smallest; NULLs are passed over.", {kAny}, 0, kAny, Least), 64)};
  AddAlias(&functions, functions[0], "pow");
  return functions;
}

}  // namespace quire::sql
