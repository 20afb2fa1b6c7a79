// Models: what CREATE MODEL made known, kept in the system collection quire_models, a chunk a version.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quire/database.h"
#include "sql/registry/registry.h"

namespace quire::chat {

inline constexpr std::string_view kModelsCollection = "quire_models";
inline constexpr std::string_view kExtractive = "extractive";  // the name of the generator without a model

// What ASK sees to itself, whatever the provider. Options of a model, by these names.
struct ModelLimits {
  int64_t context = 8192;     // tokens it may read and write together
  int64_t max_tokens = 1024;  // of an answer; at most half of the context
  double price_in = 0;        // of a million tokens read; 0: free
  double price_out = 0;       // ... written
  double max_cost = 0;        // of one answer; 0: any
  double max_cost_day = 0;    // of the answers of a UTC day, in this process; 0: any
  int64_t rate = 0;           // answers a minute, in this process; 0: any
  std::string fallback{};     // the model that is asked where this one fails; "none"; empty: extractive
};

// One version of a model.
struct Model {
  sql::ModelDefinition definition{};  // with the provider's options only
  ModelLimits limits{};
  std::string key{};  // of all that it is made of
};

// The version of a model that serves. Errors: kNotFound, naming those there are; kCorruption.
Result<Model> FindModel(const Reader& reader, std::string_view name);

// Carries out CREATE, ALTER and DROP MODEL, each in one commit. What is promoted serves the next ASK; one that runs ends on the version it
// began with. ROLLBACK goes back to what served before, and never to what was rolled back.
// Errors: kAlreadyExists, kNotFound, kInvalidArgument, kConflict (somebody else changed it meanwhile).
Status ChangeModel(const sql::ModelChange& change, const sql::Session& session);

// name, version, state, provider, model, endpoint, options.
Result<sql::RowSet> ListModels(const Reader& reader);

}  // namespace quire::chat
