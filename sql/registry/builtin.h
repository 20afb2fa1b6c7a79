// The functions that are always there, by subject. Each list is the one place that names its functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sql/registry/registry.h"

namespace quire::sql {

std::vector<ScalarFunction> NumberFunctions();  // abs, round, coalesce, typeof ...
std::vector<ScalarFunction> TextFunctions();    // lower, length, substr ...
std::vector<ScalarFunction> TimeFunctions();    // now, year ...
std::vector<ScalarFunction> VectorFunctions();  // cosine_distance, vector_dims ...

// Adds `function` again under `name`, with its signature rewritten.
inline void AddAlias(std::vector<ScalarFunction>* functions, const ScalarFunction& function, std::string name) {
  ScalarFunction alias = function;
  alias.signature = name + function.signature.substr(function.name.size());
  alias.description = "The same as " + function.name + ".";
  alias.name = std::move(name);
  functions->push_back(std::move(alias));
}

}  // namespace quire::sql
