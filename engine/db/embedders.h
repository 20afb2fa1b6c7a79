// Embedders: those built in, those the database was opened with, and those that CREATE EMBEDDER made.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/db/record.h"
#include "engine/storage/store.h"
#include "quire/database.h"
#include "quire/options.h"

namespace quire::db {

// Names an embedder cannot have, since they mean something else.
inline constexpr std::string_view kNone = "none", kBuiltin = "builtin", kHashed = "hashed", kTrained = "trained";
inline bool IsBuiltIn(std::string_view name) {
  return name == kNone || name == kBuiltin || name == kHashed || name == kTrained;
}

// What is stored under storage::EmbedderKey. Errors of the second: kCorruption, kUnsupported (a newer version).
std::string EncodeDefinition(const EmbedderDefinition& definition);
Result<EmbedderDefinition> DecodeDefinition(std::string_view bytes);

// Safe for concurrent use.
class Embedders {
 public:
  // Adds the provider "static" to those of the options.
  explicit Embedders(const Options& options);

  // Reads the definitions that are stored, in place of those it has. Errors: kCorruption, kUnsupported.
  Status Load(const storage::Snapshot& snapshot);

  // By name; `dim` is for "hashed" alone. "trained" is not found here: it belongs to a generation.
  // Errors: kNotFound; those of the factory, which is asked again at the next use.
  Result<std::shared_ptr<const Embedder>> Find(std::string_view name, uint32_t dim) const;

  // Makes it at once, so that a definition that is wrong is refused. Errors: those of Database::CreateEmbedder.
  Result<std::shared_ptr<const Embedder>> Make(const EmbedderDefinition& definition) const;
  void Add(EmbedderDefinition definition, std::shared_ptr<const Embedder> embedder);
  // Whether there was one.
  bool Remove(std::string_view name);
  bool IsDefined(std::string_view name) const;

  // By name; `collections` is left 0.
  std::vector<EmbedderInfo> List() const;

 private:
  struct Defined {
    EmbedderDefinition definition;
    std::shared_ptr<const Embedder> embedder;  // null: not made yet
  };

  std::map<std::string, EmbedderFactory> providers_;
  std::vector<std::shared_ptr<const Embedder>> given_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Defined, std::less<>> defined_;  // by lower-case name
};

}  // namespace quire::db
