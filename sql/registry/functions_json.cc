// JSON: -> and ->> as functions, paths, and what a value is.
#include <charconv>
#include <nlohmann/json.hpp>

#include "sql/registry/builtin.h"
#include "sql/registry/json_value.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;
using Json = nlohmann::ordered_json;

bool IsTooDeep(std::string_view text) {
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::optional<Json> Parse(std::string_view text) {
  if (IsTooDeep(text)) return std::nullopt;
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

Result<Json> ParseOrFail(const Value& value) {
  if (auto json = Parse(value.text())) return *std::move(json);
  return Status(Code::kInvalidArgument, IsTooDeep(value.text()) ? "the JSON is nested deeper than 500 levels"
                                                                : "the text is not JSON");
}

std::string Dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// JSON null is NULL, a string is its characters, anything else its JSON.
Value TextOf(const Json& json) {
  if (json.is_null()) return Value::Null();
  return Value::Text(json.is_string() ? json.get<std::string>() : Dumped(json));
}

// The element of an object by name, or of an array by place, from the end where it is negative; null: there is none.
const Json* Member(const Json& json, std::string_view name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(std::string(name));
  return found == json.end() ? nullptr : &*found;
}
const Json* Element(const Json& json, int64_t place) {
  if (!json.is_array()) return nullptr;
  const auto size = static_cast<int64_t>(json.size());
  if (place < 0) place += size;
  return place < 0 || place >= size ? nullptr : &json[static_cast<size_t>(place)];
}

// '$.a.b[0]', '$' is the whole. Errors: kInvalidArgument.
Result<const Json*> AtPath(const Json& json, std::string_view path) {
  const Status wrong(Code::kInvalidArgument, "'" + std::string(path.substr(0, 60)) + "' is not a path of JSON",
                     "write '$.name', '$.list[0]'");
  if (path.empty() || path.front() != '$') return wrong;
  path.remove_prefix(1);
  const Json* at = &json;
  while (!path.empty()) {
    const char kind = path.front();
    path.remove_prefix(1);
    if (kind == '.') {
      const bool quoted = !path.empty() && path.front() == '"';
      if (quoted) path.remove_prefix(1);
      const size_t end = std::min(quoted ? path.find('"') : path.find_first_of(".["), path.size());
      if (end == 0 || (quoted && end == path.size())) return wrong;
      if (at != nullptr) at = Member(*at, path.substr(0, end));
      path.remove_prefix(quoted ? end + 1 : end);
    } else if (kind == '[') {
      int64_t place = 0;
      const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), place);
      if (error != std::errc() || end == path.data() + path.size() || *end != ']') return wrong;
      if (at != nullptr) at = Element(*at, place);
      path.remove_prefix(static_cast<size_t>(end - path.data()) + 1);
    } else {
      return wrong;
    }
  }
  return at;
}

// A key is a name, a place, or a path that begins with $.
Result<Value> Get(Arguments arguments, bool as_text) {
  QUIRE_ASSIGN_OR_RETURN(const Json json, ParseOrFail(arguments[0]));
  const Value& key = arguments[1];
  const Json* found = nullptr;
  if (key.type() == Type::kInteger) {
    found = Element(json, key.integer());
  } else if (key.type() == Type::kText) {
    found = Member(json, key.text());
  } else {
    return Status(Code::kTypeMismatch, "an element of JSON is named by TEXT or INTEGER, found " +
                                           std::string(TypeName(key.type())));
  }
  if (found == nullptr) return Value::Null();
  return as_text ? TextOf(*found) : Value::Json(Dumped(*found));
}

Result<Value> JsonGet(Arguments arguments) { return Get(arguments, false); }
Result<Value> JsonGetText(Arguments arguments) { return Get(arguments, true); }

Result<Value> Extract(Arguments arguments, bool as_text) {
  QUIRE_ASSIGN_OR_RETURN(const Json json, ParseOrFail(arguments[0]));
  QUIRE_ASSIGN_OR_RETURN(const Json* found, AtPath(json, arguments[1].text()));
  if (found == nullptr) return Value::Null();
  return as_text ? TextOf(*found) : Value::Json(Dumped(*found));
}
Result<Value> JsonExtract(Arguments arguments) { return Extract(arguments, false); }
Result<Value> JsonExtractString(Arguments arguments) { return Extract(arguments, true); }

Result<Value> JsonArrayLength(Arguments arguments) {
  QUIRE_ASSIGN_OR_RETURN(const Json json, ParseOrFail(arguments[0]));
  if (!json.is_array()) return Status(Code::kInvalidArgument, "json_array_length needs an array");
  return Value::Integer(static_cast<int64_t>(json.size()));
}

Result<Value> JsonType(Arguments arguments) {
  QUIRE_ASSIGN_OR_RETURN(const Json json, ParseOrFail(arguments[0]));
  return Value::Text(json.type_name());
}

Result<Value> JsonValid(Arguments arguments) { return Value::Boolean(IsJsonText(arguments[0].text())); }

}  // namespace

bool IsJsonText(std::string_view text) { return !IsTooDeep(text) && Json::accept(text.begin(), text.end()); }

std::optional<std::vector<std::string>> JsonTexts(std::string_view text) {
  const auto json = Parse(text);
  if (!json || !json->is_array()) return std::nullopt;
  std::vector<std::string> items;
  for (const Json& item : *json) {
    if (item.is_null() || item.is_structured()) return std::nullopt;
    items.push_back(TextOf(item).text());
  }
  return items;
}

Value JsonScalar(std::string_view text) {
  const auto json = Parse(text);
  if (!json) return Value::Null();
  if (json->is_boolean()) return Value::Boolean(json->get<bool>());
  if (json->is_string()) return Value::Text(json->get<std::string>());
  if (json->is_number_unsigned() && json->get<uint64_t>() > INT64_MAX) return Value::Real(json->get<double>());
  if (json->is_number_integer()) return Value::Integer(json->get<int64_t>());
  return json->is_number() ? Value::Real(json->get<double>()) : Value::Null();
}

std::vector<ScalarFunction> JsonFunctions() {
  constexpr Type kJ = Type::kJson, kT = Type::kText, kAny = Type::kNull;
  std::vector<ScalarFunction> functions = {
      MakeFunction("json_get", "json, key", "The element of an object or array; json -> key.", {kJ, kAny}, 0, kJ, JsonGet),
      MakeFunction("json_get_text", "json, key", "The element of an object or array as text; json ->> key.", {kJ, kAny}, 0,
                   kT, JsonGetText),
      MakeFunction("json_extract", "json, path", "The element at a path such as '$.a.b[0]'.", {kJ, kT}, 0, kJ, JsonExtract),
      MakeFunction("json_extract_string", "json, path", "The element at a path, as text.", {kJ, kT}, 0, kT,
                   JsonExtractString),
      MakeFunction("json_array_length", "json", "How many elements a JSON array has.", {kJ}, 0, Type::kInteger,
                   JsonArrayLength),
      MakeFunction("json_type", "json", "What a JSON value is: object, array, string, number, boolean or null.", {kJ}, 0,
                   kT, JsonType),
      MakeFunction("json_valid", "text", "Whether a text is JSON.", {kT}, 0, Type::kBoolean, JsonValid),
  };
  AddAlias(&functions, functions[5], "json_typeof");
  return functions;
}

}  // namespace quire::sql
