#include <catch2/catch.hpp>
#include <limits>

#include "sql/registry/registry.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

Result<Value> Call(std::string_view name, std::vector<Value> arguments) {
  const Registry registry;
  const ScalarFunction* function = registry.FindFunction(name);
  if (function == nullptr) return Status(Code::kNotFound, std::string(name));
  return function->evaluate(arguments);
}

TEST_CASE("registry: every function describes itself", "[registry]") {
  const Registry registry;
  REQUIRE(registry.functions().size() > 30);
  std::string previous;
  for (const ScalarFunction* function : registry.functions()) {
    INFO(function->name);
    CHECK(function->name > previous);
    previous = function->name;
    CHECK(function->signature.rfind(function->name + "(", 0) == 0);
    CHECK(function->description.size() > 5);
    CHECK(function->description.back() == '.');
    CHECK(function->arguments_min <= function->arguments_max);
    CHECK(function->argument_types.size() <= function->arguments_max);
    CHECK(static_cast<bool>(function->evaluate) != static_cast<bool>(function->evaluate_in));
  }
}

TEST_CASE("registry: a name is taken once", "[registry]") {
  Registry registry;
  ScalarFunction mine;
  mine.name = "mine";
  mine.signature = "mine()";
  mine.evaluate = [](std::span<const Value>) -> Result<Value> { return Value::Integer(1); };
  REQUIRE(registry.AddFunction(mine).ok());
  CHECK(registry.AddFunction(mine).code() == Code::kAlreadyExists);
  mine.name = "lower";
  CHECK(registry.AddFunction(mine).code() == Code::kAlreadyExists);
  CHECK(registry.FindFunction("mine") != nullptr);
  CHECK(registry.FindFunction("MINE") == nullptr);
  CHECK(registry.answer_provider() == nullptr);
  CHECK(registry.document_source() == nullptr);
}

TEST_CASE("registry: substr keeps to the characters there are", "[registry]") {
  const auto substr = [](std::string text, int64_t start, int64_t length) {
    return Call("substr", {Value::Text(std::move(text)), Value::Integer(start), Value::Integer(length)});
  };
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max(), kLeast = std::numeric_limits<int64_t>::min();
  CHECK(substr("abc", kMost, kMost)->text().empty());
  CHECK(substr("abc", kLeast, kMost)->text().empty());
  CHECK(substr("abc", -kMost, kMost)->text().empty());
  CHECK(substr("abc", 1, kMost)->text() == "abc");
  CHECK(substr("a\xc3\xa9z", 2, 1)->text() == "\xc3\xa9");
  CHECK(substr("", 1, 1)->text().empty());
  CHECK(substr("abc", 1, -1).status().code() == Code::kInvalidArgument);
}

TEST_CASE("registry: dates far away are an error", "[registry]") {
  CHECK(Call("year", {Value::Date(std::numeric_limits<int64_t>::max())}).status().code() == Code::kInvalidArgument);
  CHECK(Call("year", {Value::Date(std::numeric_limits<int64_t>::min())}).status().code() == Code::kInvalidArgument);
  CHECK(Call("year", {Value::Timestamp(std::numeric_limits<int64_t>::min())}).status().code() ==
        Code::kInvalidArgument);
  CHECK(Call("year", {Value::Date(0)})->integer() == 1970);
  CHECK(Call("day", {Value::Date(-1)})->integer() == 31);
}

TEST_CASE("registry: replace is bounded", "[registry]") {
  const Value text = Value::Text(std::string(1 << 20, 'a'));
  CHECK(Call("replace", {text, Value::Text("a"), Value::Text(std::string(100, 'b'))}).status().code() ==
        Code::kResourceExhausted);
  CHECK(Call("replace", {Value::Text("aaa"), Value::Text(""), Value::Text("b")})->text() == "aaa");
}

TEST_CASE("registry: a snippet shows where the words are", "[registry]") {
  const std::string text = std::string(300, 'x') + " the needle is here " + std::string(300, 'y');
  const auto snippet = Call("snippet", {Value::Text(text), Value::Text("Needle"), Value::Integer(40)});
  REQUIRE(snippet.ok());
  CHECK(snippet->text().find("needle") != std::string::npos);
  CHECK(snippet->text().size() <= 46);
  CHECK(Call("snippet", {Value::Text("short"), Value::Text("needle")})->text() == "short");
  CHECK(Call("snippet", {Value::Text("short"), Value::Text("x"), Value::Integer(0)}).status().code() ==
        Code::kInvalidArgument);
}

TEST_CASE("registry: characters of damaged text are taken one by one", "[registry]") {
  CHECK(CountCharacters("\xff\xfe") == 2);
  CHECK(CountCharacters("a\xe6") == 2);
  CHECK(ToLower("\xff"
                "A") ==
        "\xff"
        "a");
  CHECK(SkipCharacters("\xe6\x97\xa5x", 1) == "x");
  CHECK(SkipCharacters("ab", 5).empty());
}

}  // namespace
}  // namespace quire::sql
