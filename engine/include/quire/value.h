// Value: one typed value of an attribute, a column or a parameter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "quire/status.h"

namespace quire {

// The types a value can have. Append-only: the numbers are stored.
enum class Type : uint8_t {
  kNull = 0,
  kBoolean = 1,
  kInteger = 2,    // 64-bit signed
  kReal = 3,       // 64-bit float
  kText = 4,       // UTF-8
  kDate = 5,       // days since 1970-01-01, proleptic Gregorian
  kTimestamp = 6,  // microseconds since 1970-01-01T00:00:00Z
  kTextArray = 7,  // TEXT[]
  kJson = 8,       // JSON text
  kVector = 9,     // f32 components
};

// The name of a type as it is written in a statement, such as "TEXT[]".
std::string_view TypeName(Type type);

// A type by its name, case-insensitive; the usual aliases (INT, BIGINT, VARCHAR, DOUBLE, BOOL ...) are known.
// Errors: kInvalidArgument naming the types there are.
Result<Type> ParseType(std::string_view name);

// One value. Cheap to move; copies allocate for text, arrays and vectors.
class Value {
 public:
  Value() = default;  // NULL
  static Value Null() { return {}; }
  static Value Boolean(bool v) { return Value(Type::kBoolean, v); }
  static Value Integer(int64_t v) { return Value(Type::kInteger, v); }
  static Value Real(double v) { return Value(Type::kReal, v); }
  static Value Text(std::string v) { return Value(Type::kText, std::move(v)); }
  static Value Date(int64_t days) { return Value(Type::kDate, days); }
  static Value Timestamp(int64_t microseconds) { return Value(Type::kTimestamp, microseconds); }
  static Value TextArray(std::vector<std::string> v) { return Value(Type::kTextArray, std::move(v)); }
  static Value Json(std::string text) { return Value(Type::kJson, std::move(text)); }
  static Value Vector(std::vector<float> v) { return Value(Type::kVector, std::move(v)); }

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::kNull; }
  bool is_number() const { return type_ == Type::kInteger || type_ == Type::kReal; }

  // REQUIRES: type() is the one named (integer(): kInteger, kDate or kTimestamp; text(): kText or kJson).
  bool boolean() const { return std::get<bool>(data_); }
  int64_t integer() const { return std::get<int64_t>(data_); }
  double real() const { return std::get<double>(data_); }
  const std::string& text() const { return std::get<std::string>(data_); }
  const std::vector<std::string>& texts() const { return std::get<std::vector<std::string>>(data_); }
  const std::vector<float>& vector() const { return std::get<std::vector<float>>(data_); }
  // The number as a double. REQUIRES: is_number().
  double AsDouble() const;

  // The value as a person reads it: NULL is "NULL", a date "2026-01-31", an array "[a, b]".
  std::string ToString() const;

  // Equality of type and content; NULL equals NULL (this is not SQL's `=`).
  friend bool operator==(const Value& a, const Value& b) { return a.type_ == b.type_ && a.data_ == b.data_; }

 private:
  using Data = std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<std::string>,
                            std::vector<float>>;
  template <typename T>
  Value(Type type, T data) : type_(type), data_(std::move(data)) {}

  Type type_ = Type::kNull;
  Data data_;
};

// Orders two values: negative, zero or positive as a is less than, equal to or greater than b.
// Integers and reals compare as numbers; text compares by bytes.
// Errors: kTypeMismatch if either is NULL or the types cannot be ordered against each other.
Result<int> Compare(const Value& a, const Value& b);

// `value` as a value of `type`: text is parsed ('2024-05-01' to a date, '[1, 2]' to a vector), numbers widen;
// NULL stays NULL. Errors: kTypeMismatch naming value and type if it would lose or invent something.
Result<Value> Cast(const Value& value, Type type);

}  // namespace quire
