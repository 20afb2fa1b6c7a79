#include <algorithm>

#include "sql/registry/builtin.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

Result<Value> Lower(Arguments arguments) { return Value::Text(ToLower(arguments[0].text())); }
Result<Value> Upper(Arguments arguments) { return Value::Text(ToUpper(arguments[0].text())); }

Result<Value> Length(Arguments arguments) {
  return Value::Integer(static_cast<int64_t>(CountCharacters(arguments[0].text())));
}

Result<Value> OctetLength(Arguments arguments) {
  return Value::Integer(static_cast<int64_t>(arguments[0].text().size()));
}

// Characters [start, start + length) counted from 1, as SQL has it: places before the first count towards the length.
Result<Value> Substr(Arguments arguments) {
  const std::string_view text = arguments[0].text();
  const int64_t start = arguments[1].integer();
  const std::string_view from = SkipCharacters(text, start > 1 ? static_cast<size_t>(start - 1) : 0);
  if (arguments.size() == 2) return Value::Text(std::string(from));
  const int64_t wanted = arguments[2].integer();
  if (wanted < 0) return Status(Code::kInvalidArgument, "substr: length is negative");
  // The end may lie beyond 64 bits: then everything from the start is wanted.
  int64_t end = 0;
  if (__builtin_add_overflow(start, wanted, &end)) return Value::Text(std::string(from));
  const int64_t first = std::max<int64_t>(start, 1);
  if (end <= first) return Value::Text("");
  const std::string_view rest = SkipCharacters(from, static_cast<size_t>(end - first));
  return Value::Text(std::string(from.substr(0, from.size() - rest.size())));
}

bool Holds(std::string_view characters, std::string_view character) {
  return characters.find(character) != std::string_view::npos;
}

std::string_view TrimLeft(std::string_view text, std::string_view characters) {
  while (!text.empty()) {
    std::string_view rest = text;
    if (!Holds(characters, TakeCharacter(&rest))) break;
    text = rest;
  }
  return text;
}

std::string_view TrimRight(std::string_view text, std::string_view characters) {
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && (static_cast<uint8_t>(text[start]) & 0xC0) == 0x80) --start;
    if (!Holds(characters, text.substr(start))) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

std::string_view TrimSet(Arguments arguments) {
  return arguments.size() > 1 ? std::string_view(arguments[1].text()) : std::string_view(" ");
}

Result<Value> Trim(Arguments arguments) {
  const std::string_view set = TrimSet(arguments);
  return Value::Text(std::string(TrimRight(TrimLeft(arguments[0].text(), set), set)));
}
Result<Value> LeftTrim(Arguments arguments) {
  return Value::Text(std::string(TrimLeft(arguments[0].text(), TrimSet(arguments))));
}
Result<Value> RightTrim(Arguments arguments) {
  return Value::Text(std::string(TrimRight(arguments[0].text(), TrimSet(arguments))));
}

Result<Value> Replace(Arguments arguments) {
  const std::string& text = arguments[0].text();
  const std::string& from = arguments[1].text();
  const std::string& to = arguments[2].text();
  if (from.empty()) return arguments[0];
  std::string out;
  size_t start = 0;
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, start)) {
    out.append(text, start, at - start).append(to);
    start = at + from.size();
    if (out.size() > kMaxTextBytes) return Status(Code::kResourceExhausted, "replace: result is over 64 MiB");
  }
  return Value::Text(out.append(text, start));
}

Result<Value> StartsWith(Arguments arguments) {
  return Value::Boolean(arguments[0].text().rfind(arguments[1].text(), 0) == 0);
}
Result<Value> Contains(Arguments arguments) {
  return Value::Boolean(arguments[0].text().find(arguments[1].text()) != std::string::npos);
}

// The 1-based place of the first character of the second in the first; 0: not there.
Result<Value> Instr(Arguments arguments) {
  const std::string_view text = arguments[0].text();
  const size_t at = text.find(arguments[1].text());
  if (at == std::string_view::npos) return Value::Integer(0);
  return Value::Integer(static_cast<int64_t>(CountCharacters(text.substr(0, at))) + 1);
}

}  // namespace

std::vector<ScalarFunction> TextFunctions() {
  constexpr Type kT = Type::kText, kI = Type::kInteger, kB = Type::kBoolean;
  std::vector<ScalarFunction> functions = {
      MakeFunction("lower", "text", "The text in lower case.", {kT}, 0, kT, Lower),
      MakeFunction("upper", "text", "The text in upper case.", {kT}, 0, kT, Upper),
      MakeFunction("length", "text", "How many characters the text has.", {kT}, 0, kI, Length),
      MakeFunction("octet_length", "text", "How many bytes the text has.", {kT}, 0, kI, OctetLength),
      MakeFunction("substr", "text, start [, length]", "The characters from a place on, counted from 1.", {kT, kI, kI},
                   1, kT, Substr),
      MakeFunction("trim", "text [, characters]", "The text without spaces (or those characters) at both ends.",
                   {kT, kT}, 1, kT, Trim),
      MakeFunction("ltrim", "text [, characters]", "The text without spaces (or those characters) at its start.",
                   {kT, kT}, 1, kT, LeftTrim),
      MakeFunction("rtrim", "text [, characters]", "The text without spaces (or those characters) at its end.",
                   {kT, kT}, 1, kT, RightTrim),
      MakeFunction("replace", "text, from, to", "The text with every occurrence of one text replaced by another.",
                   {kT, kT, kT}, 0, kT, Replace),
      MakeFunction("starts_with", "text, prefix", "Whether the text begins with the prefix.", {kT, kT}, 0, kB,
                   StartsWith),
      MakeFunction("contains", "text, part", "Whether the part occurs in the text, byte for byte.", {kT, kT}, 0, kB,
                   Contains),
      MakeFunction("instr", "text, part", "The place of the part in the text, counted from 1; 0 where it is not.",
                   {kT, kT}, 0, kI, Instr),
  };
  AddAlias(&functions, functions[2], "char_length");
  AddAlias(&functions, functions[11], "strpos");
  AddAlias(&functions, functions[4], "substring");
  return functions;
}

}  // namespace quire::sql
