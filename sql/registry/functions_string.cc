// Text put together and taken apart.
#include <algorithm>

#include "sql/registry/builtin.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

Status TooLong(std::string_view function) {
  return Status(Code::kResourceExhausted, std::string(function) + ": result is over 64 MiB");
}

std::string_view FirstCharacters(std::string_view text, size_t count) {
  return text.substr(0, text.size() - SkipCharacters(text, count).size());
}

// left(text, -2) is all but the last two, as in PostgreSQL.
Result<Value> Left(Arguments arguments) {
  const std::string_view text = arguments[0].text();
  const auto size = static_cast<int64_t>(CountCharacters(text));
  int64_t count = arguments[1].integer();
  if (count < 0) count = std::max<int64_t>(0, count < -size ? 0 : size + count);
  return Value::Text(std::string(FirstCharacters(text, static_cast<size_t>(std::min(count, size)))));
}

Result<Value> Right(Arguments arguments) {
  const std::string_view text = arguments[0].text();
  const auto size = static_cast<int64_t>(CountCharacters(text));
  const int64_t count = arguments[1].integer();
  const int64_t skipped = count >= 0 ? std::max<int64_t>(0, size - std::min(count, size)) : count < -size ? size : -count;
  return Value::Text(std::string(SkipCharacters(text, static_cast<size_t>(skipped))));
}

// What fills `text` up to so many characters.
Result<std::string> Padding(Arguments arguments, std::string_view function, size_t size, size_t wanted) {
  const std::string fill = arguments.size() > 2 ? arguments[2].text() : " ";
  std::string padding;
  if (fill.empty() || size >= wanted) return padding;
  const size_t fill_size = CountCharacters(fill);
  size_t missing = wanted - size;
  if (missing / fill_size * fill.size() + arguments[0].text().size() > kMaxTextBytes) return TooLong(function);
  for (; missing >= fill_size; missing -= fill_size) padding += fill;
  return padding.append(FirstCharacters(fill, missing));
}

Result<Value> Pad(Arguments arguments, bool left) {
  const std::string_view text = arguments[0].text();
  const auto wanted = static_cast<size_t>(std::max<int64_t>(0, arguments[1].integer()));
  const size_t size = CountCharacters(text);
  if (size >= wanted) return Value::Text(std::string(FirstCharacters(text, wanted)));
  QUIRE_ASSIGN_OR_RETURN(std::string padding, Padding(arguments, left ? "lpad" : "rpad", size, wanted));
  return Value::Text(left ? padding.append(text) : std::string(text).append(padding));
}
Result<Value> LeftPad(Arguments arguments) { return Pad(arguments, true); }
Result<Value> RightPad(Arguments arguments) { return Pad(arguments, false); }

Result<Value> Repeat(Arguments arguments) {
  const std::string& text = arguments[0].text();
  const int64_t times = std::max<int64_t>(0, arguments[1].integer());
  if (!text.empty() && static_cast<uint64_t>(times) > kMaxTextBytes / text.size()) return TooLong("repeat");
  std::string out;
  for (int64_t i = 0; i < times && !text.empty(); ++i) out += text;
  return Value::Text(std::move(out));
}

Result<Value> Reverse(Arguments arguments) {
  std::string_view text = arguments[0].text();
  std::string out(text.size(), '\0');
  size_t at = text.size();
  while (!text.empty()) {
    const std::string_view character = TakeCharacter(&text);
    at -= character.size();
    out.replace(at, character.size(), character);
  }
  return Value::Text(std::move(out));
}

// The n-th part between separators, from 1; from the end where n is negative; '' where there is none.
Result<Value> SplitPart(Arguments arguments) {
  const std::string& text = arguments[0].text();
  const std::string& separator = arguments[1].text();
  int64_t wanted = arguments[2].integer();
  if (wanted == 0) return Status(Code::kInvalidArgument, "split_part: parts are counted from 1");
  std::vector<std::string_view> parts;
  size_t start = 0;
  for (size_t at = separator.empty() ? std::string::npos : text.find(separator); at != std::string::npos;
       at = text.find(separator, start)) {
    parts.push_back(std::string_view(text).substr(start, at - start));
    start = at + separator.size();
  }
  parts.push_back(std::string_view(text).substr(start));
  const auto count = static_cast<int64_t>(parts.size());
  if (wanted < 0) wanted += count + 1;
  if (wanted < 1 || wanted > count) return Value::Text("");
  return Value::Text(std::string(parts[static_cast<size_t>(wanted - 1)]));
}

Result<Value> EndsWith(Arguments arguments) {
  const std::string& text = arguments[0].text();
  const std::string& end = arguments[1].text();
  return Value::Boolean(text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0);
}

// The first letter of each word in upper case, the others in lower case.
Result<Value> InitCap(Arguments arguments) {
  std::string_view text = arguments[0].text();
  std::string out;
  bool inside = false;
  while (!text.empty()) {
    const std::string_view character = TakeCharacter(&text);
    out += inside ? ToLower(character) : ToUpper(character);
    const auto c = static_cast<unsigned char>(character[0]);
    inside = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  return Value::Text(std::move(out));
}

// NULLs are left out, as in PostgreSQL.
Result<Value> Joined(Arguments arguments, const std::string& separator) {
  std::string out;
  bool any = false;
  for (const Value& value : arguments) {
    if (value.is_null()) continue;
    out += (any ? separator : "") + value.ToString();
    any = true;
    if (out.size() > kMaxTextBytes) return TooLong("concat");
  }
  return Value::Text(std::move(out));
}
Result<Value> Concat(Arguments arguments) { return Joined(arguments, ""); }
Result<Value> ConcatWithSeparator(Arguments arguments) {
  if (arguments[0].is_null()) return Value::Null();
  return Joined(arguments.subspan(1), arguments[0].ToString());
}

ScalarFunction Variadic(ScalarFunction function, size_t arguments_min) {
  function.arguments_min = arguments_min;
  function.arguments_max = 64;
  function.null_on_null = false;
  return function;
}

}  // namespace

std::vector<ScalarFunction> StringFunctions() {
  constexpr Type kT = Type::kText, kI = Type::kInteger, kAny = Type::kNull;
  std::vector<ScalarFunction> functions = {
      MakeFunction("left", "text, n", "The first n characters; without the last -n where n is negative.", {kT, kI}, 0, kT,
                   Left),
      MakeFunction("right", "text, n", "The last n characters; without the first -n where n is negative.", {kT, kI}, 0, kT,
                   Right),
      MakeFunction("lpad", "text, length [, fill]", "The text, filled up or cut at its start to so many characters.",
                   {kT, kI, kT}, 1, kT, LeftPad),
      MakeFunction("rpad", "text, length [, fill]", "The text, filled up or cut at its end to so many characters.",
                   {kT, kI, kT}, 1, kT, RightPad),
      MakeFunction("repeat", "text, times", "The text so many times.", {kT, kI}, 0, kT, Repeat),
      MakeFunction("reverse", "text", "The text from its end to its start.", {kT}, 0, kT, Reverse),
      MakeFunction("split_part", "text, separator, n", "The n-th part between separators, counted from 1.", {kT, kT, kI},
                   0, kT, SplitPart),
      MakeFunction("ends_with", "text, suffix", "Whether the text ends with the suffix.", {kT, kT}, 0, Type::kBoolean,
                   EndsWith),
      MakeFunction("initcap", "text", "Each word with a capital letter.", {kT}, 0, kT, InitCap),
      Variadic(MakeFunction("concat", "value, ...", "The values as one text; NULLs are left out.", {kAny}, 0, kT, Concat),
               1),
      Variadic(MakeFunction("concat_ws", "separator, value, ...",
                            "The values as one text with a separator between; NULLs are left out.", {kAny, kAny}, 0, kT,
                            ConcatWithSeparator),
               2),
  };
  return functions;
}

}  // namespace quire::sql
