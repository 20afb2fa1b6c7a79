#include "quire/value.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/base/calendar.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"

namespace quire {
namespace {

struct TypeSpelling {
  std::string_view name;
  Type type;
};

// The first spelling of a type is its name.
constexpr TypeSpelling kSpellings[] = {
    {"NULL", Type::kNull},          {"BOOLEAN", Type::kBoolean},     {"INTEGER", Type::kInteger},
    {"REAL", Type::kReal},          {"TEXT", Type::kText},           {"DATE", Type::kDate},
    {"TIMESTAMP", Type::kTimestamp}, {"TEXT[]", Type::kTextArray},   {"JSON", Type::kJson},
    {"VECTOR", Type::kVector},      {"BOOL", Type::kBoolean},        {"INT", Type::kInteger},
    {"BIGINT", Type::kInteger},     {"SMALLINT", Type::kInteger},    {"DOUBLE", Type::kReal},
    {"FLOAT", Type::kReal},         {"NUMERIC", Type::kReal},        {"DECIMAL", Type::kReal},
    {"DOUBLE PRECISION", Type::kReal}, {"VARCHAR", Type::kText},     {"STRING", Type::kText},
    {"CHAR", Type::kText},          {"DATETIME", Type::kTimestamp},  {"TIMESTAMPTZ", Type::kTimestamp},
    {"VARCHAR[]", Type::kTextArray}, {"JSONB", Type::kJson},         {"FLOAT[]", Type::kVector},
};

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(a[i])) != std::toupper(static_cast<unsigned char>(b[i]))) return false;
  }
  return true;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

template <typename T>
bool ParseNumber(std::string_view text, T* value) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && !text.empty();
}

std::string NumberText(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  std::string text;
  AppendJsonNumber(&text, value);
  return text;
}

Status CannotCast(const Value& value, Type type) {
  std::string shown = value.ToString();
  if (shown.size() > 60) shown = std::string(Utf8Prefix(shown, 57)) + "...";
  return Status(Code::kTypeMismatch, std::string(TypeName(value.type())) + " value '" + shown + "' is not a valid " +
                                         std::string(TypeName(type)));
}

// '[1, 2.5, -3]' to components.
Result<Value> ParseVector(const Value& value) {
  std::string_view text = Trimmed(value.text());
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return CannotCast(value, Type::kVector);
  text = text.substr(1, text.size() - 2);
  std::vector<float> components;
  while (!Trimmed(text).empty()) {
    const size_t comma = text.find(',');
    float component = 0;
    if (!ParseNumber(Trimmed(text.substr(0, comma)), &component)) return CannotCast(value, Type::kVector);
    components.push_back(component);
    if (comma == std::string_view::npos) return Value::Vector(std::move(components));
    text.remove_prefix(comma + 1);
    if (Trimmed(text).empty()) return CannotCast(value, Type::kVector);  // "[1,]"
  }
  return Value::Vector(std::move(components));
}

Result<Value> CastToBoolean(const Value& value) {
  if (value.type() == Type::kInteger) return Value::Boolean(value.integer() != 0);
  if (value.type() != Type::kText) return CannotCast(value, Type::kBoolean);
  const std::string_view text = Trimmed(value.text());
  for (const std::string_view yes : {"true", "t", "yes", "on", "1"}) {
    if (EqualsIgnoringCase(text, yes)) return Value::Boolean(true);
  }
  for (const std::string_view no : {"false", "f", "no", "off", "0"}) {
    if (EqualsIgnoringCase(text, no)) return Value::Boolean(false);
  }
  return CannotCast(value, Type::kBoolean);
}

Result<Value> CastToInteger(const Value& value) {
  int64_t number = 0;
  switch (value.type()) {
    case Type::kBoolean: return Value::Integer(value.boolean() ? 1 : 0);
    case Type::kText:
      if (ParseNumber(Trimmed(value.text()), &number)) return Value::Integer(number);
      break;
    case Type::kReal: {
      // Whole numbers within 64 bits; 2^63 itself is the first double beyond.
      const double real = value.real();
      if (std::trunc(real) == real && real >= -9223372036854775808.0 && real < 9223372036854775808.0) {
        return Value::Integer(static_cast<int64_t>(real));
      }
      break;
    }
    default: break;
  }
  return CannotCast(value, Type::kInteger);
}

Result<Value> CastToReal(const Value& value) {
  double number = 0;
  if (value.type() == Type::kInteger) return Value::Real(static_cast<double>(value.integer()));
  if (value.type() == Type::kText && ParseNumber(Trimmed(value.text()), &number)) return Value::Real(number);
  return CannotCast(value, Type::kReal);
}

Result<Value> CastToMoment(const Value& value, Type type) {
  constexpr int64_t kDay = 86'400'000'000;
  if (value.type() == Type::kText) {
    const std::string_view text = Trimmed(value.text());
    if (type == Type::kDate) {
      if (const auto days = ParseDate(text)) return Value::Date(*days);
    } else if (const auto moment = ParseTimestamp(text)) {
      return Value::Timestamp(*moment);
    }
  }
  if (value.type() == Type::kDate && type == Type::kTimestamp) {
    constexpr int64_t kMostDays = std::numeric_limits<int64_t>::max() / kDay;
    const int64_t days = value.integer();
    if (days >= -kMostDays && days <= kMostDays) return Value::Timestamp(days * kDay);
  }
  if (value.type() == Type::kTimestamp && type == Type::kDate) {
    const int64_t moment = value.integer();
    return Value::Date(moment / kDay - (moment % kDay < 0 ? 1 : 0));
  }
  return CannotCast(value, type);
}

}  // namespace

std::string_view TypeName(Type type) {
  for (const TypeSpelling& spelling : kSpellings) {
    if (spelling.type == type) return spelling.name;
  }
  return "UNKNOWN";
}

Result<Type> ParseType(std::string_view name) {
  for (const TypeSpelling& spelling : kSpellings) {
    if (spelling.type != Type::kNull && EqualsIgnoringCase(spelling.name, name)) return spelling.type;
  }
  return Status(Code::kInvalidArgument, "type '" + std::string(name) + "' does not exist",
                "types are TEXT, INTEGER, REAL, BOOLEAN, DATE, TIMESTAMP, TEXT[], JSON");
}

double Value::AsDouble() const { return type_ == Type::kInteger ? static_cast<double>(integer()) : real(); }

std::string Value::ToString() const {
  switch (type_) {
    case Type::kNull: return "NULL";
    case Type::kBoolean: return boolean() ? "true" : "false";
    case Type::kInteger: return std::to_string(integer());
    case Type::kReal: return NumberText(real());
    case Type::kText:
    case Type::kJson: return text();
    case Type::kDate: return FormatDate(integer());
    case Type::kTimestamp: return FormatTimestamp(integer());
    case Type::kTextArray: {
      std::string out = "[";
      for (const std::string& item : texts()) out.append(out.size() > 1 ? ", " : "").append(item);
      return out + "]";
    }
    case Type::kVector: {
      std::string out = "[";
      for (const float component : vector()) {
        if (out.size() > 1) out += ", ";
        char buffer[32];
        out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, component).ptr);
      }
      return out + "]";
    }
  }
  return {};
}

Result<int> Compare(const Value& a, const Value& b) {
  const auto three_way = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (a.is_number() && b.is_number()) {
    if (a.type() == Type::kInteger && b.type() == Type::kInteger) return three_way(a.integer(), b.integer());
    // NaN sorts after every number, as in PostgreSQL, so that the order stays total.
    const double x = a.AsDouble(), y = b.AsDouble();
    if (std::isnan(x) || std::isnan(y)) return three_way(std::isnan(x), std::isnan(y));
    return three_way(x, y);
  }
  if (a.type() != b.type() || a.is_null()) {
    return Status(Code::kTypeMismatch, "cannot compare " + std::string(TypeName(a.type())) + " with " +
                                           std::string(TypeName(b.type())));
  }
  switch (a.type()) {
    case Type::kBoolean: return three_way(a.boolean(), b.boolean());
    case Type::kDate:
    case Type::kTimestamp: return three_way(a.integer(), b.integer());
    case Type::kText:
    case Type::kJson: return three_way(a.text(), b.text());
    case Type::kTextArray: return three_way(a.texts(), b.texts());
    case Type::kVector: return three_way(a.vector(), b.vector());
    default: return Status(Code::kTypeMismatch, "cannot compare " + std::string(TypeName(a.type())) + " values");
  }
}

Result<Value> Cast(const Value& value, Type type) {
  if (value.is_null() || value.type() == type) return value;
  switch (type) {
    case Type::kBoolean: return CastToBoolean(value);
    case Type::kInteger: return CastToInteger(value);
    case Type::kReal: return CastToReal(value);
    case Type::kText: return Value::Text(value.ToString());
    case Type::kDate:
    case Type::kTimestamp: return CastToMoment(value, type);
    case Type::kVector:
      if (value.type() == Type::kText) return ParseVector(value);
      break;
    case Type::kTextArray:
      if (value.type() == Type::kText) return Value::TextArray({value.text()});
      break;
    case Type::kJson:
      if (value.type() == Type::kText) return Value::Json(value.text());
      break;
    default: break;
  }
  return CannotCast(value, type);
}

}  // namespace quire
