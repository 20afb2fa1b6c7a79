// A generator without a model: it says what it was told to say. For tests, demonstrations, and trying out what answers would cost.
#pragma once

#include "sql/registry/generator.h"

namespace quire::providers {

// The provider "scripted". Options: answer (a text), or path (a file of answers, with lines `---` between: the n-th call gets the n-th,
// the last one stays); piece (bytes a piece, 16); delay_ms (before each piece, 0).
// Errors: kInvalidArgument (options, both or none of answer and path), kNotFound (the file).
Result<std::shared_ptr<const sql::Generator>> MakeScriptedGenerator(const sql::ModelDefinition& definition);

}  // namespace quire::providers
