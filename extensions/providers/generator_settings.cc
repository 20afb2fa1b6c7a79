#include "extensions/providers/generator_settings.h"

#include <charconv>
#include <cmath>

#include "engine/base/utf8.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

template <typename T>
Status ReadNumber(const std::string& name, const std::string& text, T least, T most, T* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && *number >= least && *number <= most) return {};
  return Status(Code::kInvalidArgument, name + " is '" + Printable(text) + "', expected a number from " +
                                            std::to_string(least) + " to " + std::to_string(most));
}

Status ReadOption(const std::string& name, const std::string& value, GeneratorSettings* settings) {
  if (name == "endpoint") return settings->endpoint = value, Status();
  if (name == "model") return settings->model = value, Status();
  if (name == "api_key_env") return settings->key_variable = value, Status();
  if (name == "temperature" && value == "default") return settings->temperature.reset(), Status();
  if (name == "temperature") return ReadNumber(name, value, 0.0, 2.0, &settings->temperature.emplace());
  if (name == "top_p") return ReadNumber(name, value, 0.0, 1.0, &settings->top_p.emplace());
  if (name == "seed") return ReadNumber<int64_t>(name, value, 0, INT32_MAX, &settings->seed.emplace());
  if (name == "retries") return ReadNumber(name, value, 0, 20, &settings->retries.retries);
  if (name == "timeout_ms") {
    int64_t ms = 0;
    QUIRE_RETURN_IF_ERROR(ReadNumber<int64_t>(name, value, 1, 3'600'000, &ms));
    settings->timeout = std::chrono::milliseconds(ms);
    return {};
  }
  return Status(Code::kInvalidArgument, "there is no option " + Printable(name),
                "options are temperature, top_p, seed, api_key_env, timeout_ms, retries; context, max_tokens, price_in, price_out, "
                "fallback, max_cost, rate");
}

}  // namespace

Result<GeneratorSettings> ReadGeneratorSettings(const sql::ModelDefinition& definition, const GeneratorDefaults& defaults) {
  GeneratorSettings settings;
  settings.name = definition.name;
  settings.temperature = 0;
  for (const auto& [name, value] : definition.options) QUIRE_RETURN_IF_ERROR(ReadOption(name, value, &settings));
  if (settings.endpoint.empty()) {
    settings.endpoint = defaults.endpoint;
    if (settings.key_variable.empty()) settings.key_variable = defaults.key_variable;
  }
  QUIRE_RETURN_IF_ERROR(CheckEndpoint(&settings.endpoint));
  if (settings.model.empty()) return Status(Code::kInvalidArgument, "the provider's name of the model is missing", "NAME 'qwen2.5-7b'");
  return settings;
}

}  // namespace quire::providers
