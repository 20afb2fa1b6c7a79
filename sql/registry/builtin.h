// The functions that are always there, by subject. Each list is the one place that names its functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sql/registry/registry.h"

namespace quire::sql {

std::vector<ScalarFunction> NumberFunctions();   // abs, round, coalesce, typeof ...
std::vector<ScalarFunction> MathFunctions();     // power, ln, greatest ...
std::vector<ScalarFunction> TextFunctions();     // lower, length, substr ...
std::vector<ScalarFunction> StringFunctions();   // left, lpad, split_part, concat ...
std::vector<ScalarFunction> ExcerptFunctions();  // snippet, highlight
std::vector<ScalarFunction> TimeFunctions();     // now, date_part, strftime ...
std::vector<ScalarFunction> ArrayFunctions();    // array_length, string_to_array ...
std::vector<ScalarFunction> JsonFunctions();     // json_get (->), json_extract ...
std::vector<ScalarFunction> VectorFunctions();   // cosine_distance, vector_dims ...

// A function whose last `optional` arguments may be left out. `parameters` as they stand in the signature.
inline ScalarFunction MakeFunction(std::string name, std::string parameters, std::string description,
                                   std::vector<Type> types, size_t optional, Type result,
                                   Result<Value> (*evaluate)(std::span<const Value>)) {
  ScalarFunction function;
  function.signature = name + "(" + parameters + ")";
  function.name = std::move(name);
  function.description = std::move(description);
  function.arguments_max = types.size();
  function.arguments_min = types.size() - optional;
  function.argument_types = std::move(types);
  function.result = result;
  function.evaluate = evaluate;
  return function;
}

// Adds `function` again under `name`, with its signature rewritten.
inline void AddAlias(std::vector<ScalarFunction>* functions, ScalarFunction function, std::string name) {
  ScalarFunction& alias = function;
  alias.signature = name + alias.signature.substr(alias.name.size());
  alias.description = "The same as " + alias.name + ".";
  alias.alias_of = std::exchange(alias.name, std::move(name));
  functions->push_back(std::move(function));
}

}  // namespace quire::sql
