// GeneratorSettings: what CREATE MODEL says to a provider behind HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "extensions/providers/http.h"
#include "sql/registry/generator.h"

namespace quire::providers {

struct GeneratorSettings {
  std::string name{}, endpoint{}, model{};
  std::string key_variable{};  // empty: no key is sent
  std::optional<double> temperature{}, top_p{};
  std::optional<int64_t> seed{};
  std::chrono::milliseconds timeout{120'000};  // of the whole answer
  RetryPolicy retries{};
};

// What a provider uses where the definition does not say.
struct GeneratorDefaults {
  std::string endpoint{};
  std::string key_variable{};  // only for `endpoint`: a key goes nowhere its owner did not name
};

// Options: endpoint, model (needed), api_key_env, temperature (0 unless 'default', which sends none), top_p, seed, timeout_ms, retries.
// Errors: kInvalidArgument.
Result<GeneratorSettings> ReadGeneratorSettings(const sql::ModelDefinition& definition, const GeneratorDefaults& defaults);

}  // namespace quire::providers
