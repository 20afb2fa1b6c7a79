// TEXT[]: its length, its items, and text taken apart into one.
#include <algorithm>

#include "sql/registry/builtin.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

// array[n], counted from 1; NULL where there is none.
Result<Value> ArrayExtract(Arguments arguments) {
  const std::vector<std::string>& items = arguments[0].texts();
  const int64_t place = arguments[1].integer();
  if (place < 1 || static_cast<uint64_t>(place) > items.size()) return Value::Null();
  return Value::Text(items[static_cast<size_t>(place - 1)]);
}

// PostgreSQL's array_length(array, 1) gives NULL for an empty array; cardinality and len give 0.
Result<Value> ArrayLength(Arguments arguments) {
  if (arguments.size() == 2 && (arguments[1].integer() != 1 || arguments[0].texts().empty())) return Value::Null();
  return Value::Integer(static_cast<int64_t>(arguments[0].texts().size()));
}
Result<Value> Cardinality(Arguments arguments) {
  return Value::Integer(static_cast<int64_t>(arguments[0].texts().size()));
}

Result<Value> ArrayPosition(Arguments arguments) {
  const std::vector<std::string>& items = arguments[0].texts();
  const auto found = std::find(items.begin(), items.end(), arguments[1].text());
  return found == items.end() ? Value::Null() : Value::Integer(found - items.begin() + 1);
}

Result<Value> ArrayToString(Arguments arguments) {
  std::string out;
  for (const std::string& item : arguments[0].texts()) {
    if (&item != arguments[0].texts().data()) out += arguments[1].text();
    out += item;
    if (out.size() > kMaxTextBytes) return Status(Code::kResourceExhausted, "array_to_string: result is over 64 MiB");
  }
  return Value::Text(std::move(out));
}

Result<Value> StringToArray(Arguments arguments) {
  const std::string& text = arguments[0].text();
  const std::string& separator = arguments[1].text();
  std::vector<std::string> items;
  size_t start = 0;
  if (text.empty()) return Value::TextArray({});
  for (size_t at = separator.empty() ? std::string::npos : text.find(separator); at != std::string::npos;
       at = text.find(separator, start)) {
    items.push_back(text.substr(start, at - start));
    start = at + separator.size();
  }
  items.push_back(text.substr(start));
  return Value::TextArray(std::move(items));
}

Result<Value> ArrayAppend(Arguments arguments) {
  std::vector<std::string> items = arguments[0].texts();
  items.push_back(arguments[1].text());
  return Value::TextArray(std::move(items));
}

bool Holds(const std::vector<std::string>& items, const std::string& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

Result<Value> HasAny(Arguments arguments) {
  const auto& wanted = arguments[1].texts();
  return Value::Boolean(
      std::any_of(wanted.begin(), wanted.end(), [&](const auto& item) { return Holds(arguments[0].texts(), item); }));
}

Result<Value> HasAll(Arguments arguments) {
  const auto& wanted = arguments[1].texts();
  return Value::Boolean(
      std::all_of(wanted.begin(), wanted.end(), [&](const auto& item) { return Holds(arguments[0].texts(), item); }));
}

}  // namespace

std::vector<ScalarFunction> ArrayFunctions() {
  constexpr Type kA = Type::kTextArray, kT = Type::kText, kI = Type::kInteger, kB = Type::kBoolean;
  std::vector<ScalarFunction> functions = {
      MakeFunction("array_extract", "array, n", "The n-th item, counted from 1; array[n].", {kA, kI}, 0, kT, ArrayExtract),
      MakeFunction("array_length", "array [, 1]", "How many items the array has.", {kA, kI}, 1, kI, ArrayLength),
      MakeFunction("cardinality", "array", "How many items the array has.", {kA}, 0, kI, Cardinality),
      MakeFunction("array_position", "array, text", "The place of the first such item, counted from 1, or NULL.", {kA, kT},
                   0, kI, ArrayPosition),
      MakeFunction("array_to_string", "array, separator", "The items as one text.", {kA, kT}, 0, kT, ArrayToString),
      MakeFunction("string_to_array", "text, separator", "The parts between separators.", {kT, kT}, 0, kA, StringToArray),
      MakeFunction("array_append", "array, text", "The array with one item more.", {kA, kT}, 0, kA, ArrayAppend),
      MakeFunction("array_has_any", "array, wanted", "Whether the array holds one of the items.", {kA, kA}, 0, kB, HasAny),
      MakeFunction("array_has_all", "array, wanted", "Whether the array holds all of the items.", {kA, kA}, 0, kB, HasAll),
  };
  AddAlias(&functions, functions[2], "len");
  AddAlias(&functions, functions[0], "list_extract");
  return functions;
}

}  // namespace quire::sql
