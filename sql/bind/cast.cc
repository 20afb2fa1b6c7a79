#include "sql/bind/cast.h"

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/bind/shown.h"
#include "sql/registry/json_value.h"

namespace quire::sql {
namespace {

Status NotValid(const Value& value, Type type) {
  return Status(Code::kTypeMismatch, std::string(TypeName(value.type())) + " value '" + Shown(value) +
                                         "' is not a valid " + std::string(TypeName(type)));
}

// The items of PostgreSQL's '{a, "b c"}'. Nothing if it is none.
std::optional<std::vector<std::string>> ParseBraces(std::string_view text) {
  std::vector<std::string> items;
  size_t at = 1;
  const size_t end = text.size() - 1;
  const auto skip = [&] { while (at < end && text[at] == ' ') ++at; };
  skip();
  if (at == end) return items;
  while (true) {
    skip();
    std::string item;
    if (at < end && text[at] == '"') {
      for (++at; at < end && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < end) ++at;
        item += text[at];
      }
      if (at >= end) return std::nullopt;
      ++at;
      skip();
    } else {
      while (at < end && text[at] != ',') item += text[at++];
      while (!item.empty() && item.back() == ' ') item.pop_back();
      if (item.empty() || item.find_first_of("{}\"") != std::string::npos || item == "NULL") return std::nullopt;
    }
    items.push_back(std::move(item));
    if (at == end) return items;
    if (text[at++] != ',') return std::nullopt;
  }
}

Result<Value> ReadArray(const Value& value) {
  const std::string& text = value.text();
  const bool braces = text.size() >= 2 && text.front() == '{' && text.back() == '}';
  const bool brackets = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  if (!braces && !brackets) return Cast(value, Type::kTextArray);
  auto items = braces ? ParseBraces(text) : JsonTexts(text);
  if (!items) return NotValid(value, Type::kTextArray);
  return Value::TextArray(*std::move(items));
}

Result<Value> RoundToInteger(const Value& value) {
  const double rounded = std::nearbyint(value.real());
  if (rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0) {
    return Value::Integer(static_cast<int64_t>(rounded));
  }
  return Status(Code::kTypeMismatch, "REAL value " + Shown(value) + " is out of the range of INTEGER");
}

}  // namespace

Result<Value> ReadAs(const Value& value, Type type) {
  if (value.type() == Type::kText && type == Type::kTextArray) return ReadArray(value);
  if (value.type() == Type::kText && type == Type::kJson && !IsJsonText(value.text())) return NotValid(value, type);
  return Cast(value, type);
}

Result<Value> CastAsAsked(const Value& value, Type type) {
  if (value.type() == Type::kReal && type == Type::kInteger) return RoundToInteger(value);
  if (value.type() == Type::kJson && type != Type::kJson && type != Type::kText) {
    if (type == Type::kTextArray) return ReadArray(Value::Text(value.text()));
    const Value scalar = JsonScalar(value.text());
    if (!scalar.is_null()) return CastAsAsked(scalar, type);
    if (value.text() == "null") return Value::Null();
    return NotValid(value, type);
  }
  return ReadAs(value, type);
}

}  // namespace quire::sql
