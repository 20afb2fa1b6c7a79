#include "engine/db/embedders.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/utf8.h"
#include "engine/db/state.h"
#include "engine/db/validate.h"
#include "engine/embed/static_embedder.h"
#include "engine/storage/keys.h"

namespace quire::db {
namespace {

constexpr uint8_t kDefinitionVersion = 1;
constexpr uint32_t kHashedDim = 512;

}  // namespace

std::string EncodeDefinition(const EmbedderDefinition& definition) {
  std::string out(1, static_cast<char>(kDefinitionVersion));
  AppendString(&out, definition.name);
  AppendString(&out, definition.provider);
  AppendVarint(&out, definition.options.size());
  for (const auto& [name, value] : definition.options) {
    AppendString(&out, name);
    AppendString(&out, value);
  }
  return out;
}

Result<EmbedderDefinition> DecodeDefinition(std::string_view bytes) {
  ByteReader in(bytes);
  const auto version = in.Raw<uint8_t>();
  if (in.ok() && version > kDefinitionVersion) {
    return Status(Code::kUnsupported, "an embedder's definition has version " + std::to_string(version) + ", expected at most " +
                                          std::to_string(kDefinitionVersion), "open it with a newer release");
  }
  EmbedderDefinition definition;
  definition.name.assign(in.String());
  definition.provider.assign(in.String());
  for (uint64_t count = in.Varint(); count > 0 && in.ok(); --count) {
    std::string name(in.String());
    definition.options.emplace_back(std::move(name), std::string(in.String()));
  }
  if (!in.done()) return Status(Code::kCorruption, "an embedder's definition is damaged", "run CHECK DATABASE");
  return definition;
}

Embedders::Embedders(const Options& options) : providers_(options.embedder_providers), given_(options.embedders) {
  providers_.try_emplace("static", [](const EmbedderDefinition& definition) { return embed::MakeStaticEmbedder(definition); });
}

Status Embedders::Load(const storage::Snapshot& snapshot) {
  storage::Cursor cursor = snapshot.ScanPrefix(storage::Family::kMeta, storage::EmbedderKey(""));
  std::lock_guard lock(mutex_);
  decltype(defined_) stored;
  for (; cursor.Valid(); cursor.Next()) {
    QUIRE_ASSIGN_OR_RETURN(EmbedderDefinition definition, DecodeDefinition(cursor.value()));
    std::string name = LowerCase(definition.name);
    const auto known = defined_.find(name);
    const bool same = known != defined_.end() && EncodeDefinition(known->second.definition) == cursor.value();
    stored[std::move(name)] = {std::move(definition), same ? known->second.embedder : nullptr};
  }
  QUIRE_RETURN_IF_ERROR(cursor.status());
  defined_ = std::move(stored);
  return {};
}

Result<std::shared_ptr<const Embedder>> Embedders::Find(std::string_view name, uint32_t dim) const {
  const std::string lower = LowerCase(name);
  if (lower == kHashed || lower == kBuiltin) return MakeBuiltinEmbedder(dim == 0 ? kHashedDim : dim);
  for (const auto& embedder : given_) {
    if (LowerCase(embedder->identity().name) == lower) return embedder;
  }
  EmbedderDefinition definition;
  {
    std::lock_guard lock(mutex_);
    const auto found = defined_.find(lower);
    if (found == defined_.end()) {
      return Status(Code::kNotFound, "embedder '" + Printable(name) + "' does not exist", "SHOW EMBEDDERS lists those there are");
    }
    if (found->second.embedder) return found->second.embedder;
    definition = found->second.definition;
  }
  QUIRE_ASSIGN_OR_RETURN(auto embedder, Make(definition));  // may read files: not under the lock
  std::lock_guard lock(mutex_);
  if (const auto found = defined_.find(lower); found != defined_.end()) found->second.embedder = embedder;
  return embedder;
}

Result<std::shared_ptr<const Embedder>> Embedders::Make(const EmbedderDefinition& definition) const {
  if (!IsValidName(definition.name) || IsBuiltIn(LowerCase(definition.name))) {
    return Status(Code::kInvalidArgument, "'" + Printable(definition.name) + "' cannot be the name of an embedder",
                  "letters, digits and _; not builtin, hashed, trained or none");
  }
  const auto provider = providers_.find(LowerCase(definition.provider));
  if (provider == providers_.end()) {
    std::string names;
    for (const auto& [name, factory] : providers_) names += (names.empty() ? "" : ", ") + name;
    return Status(Code::kInvalidArgument, "embedder '" + definition.name + "': there is no provider '" +
                                              Printable(definition.provider) + "'",
                  names.empty() ? "this program was built without providers" : "providers are " + names);
  }
  QUIRE_ASSIGN_OR_RETURN(auto embedder, provider->second(definition));
  if (embedder->identity().dim == 0 || embedder->identity().dim > kMaxDim) {
    return Status(Code::kInvalidArgument, "embedder '" + definition.name + "': " + std::to_string(embedder->identity().dim) +
                                              " dimensions, expected 1 to " + std::to_string(kMaxDim));
  }
  return embedder;
}

void Embedders::Add(EmbedderDefinition definition, std::shared_ptr<const Embedder> embedder) {
  std::lock_guard lock(mutex_);
  std::string name = LowerCase(definition.name);
  defined_[std::move(name)] = {std::move(definition), std::move(embedder)};
}

bool Embedders::Remove(std::string_view name) {
  std::lock_guard lock(mutex_);
  return defined_.erase(LowerCase(name)) > 0;
}

bool Embedders::IsDefined(std::string_view name) const {
  const std::string lower = LowerCase(name);
  const auto is_it = [&](const auto& embedder) { return LowerCase(embedder->identity().name) == lower; };
  if (std::any_of(given_.begin(), given_.end(), is_it)) return true;
  std::lock_guard lock(mutex_);
  return defined_.contains(lower);
}

std::vector<EmbedderInfo> Embedders::List() const {
  std::map<std::string, EmbedderInfo> list;
  for (const std::string_view name : {kHashed, kTrained}) {
    EmbedderInfo& info = list[std::string(name)];
    info.identity.name = name;
    info.provider = "built in";
  }
  for (const auto& embedder : given_) {
    EmbedderInfo& info = list[LowerCase(embedder->identity().name)];
    info.identity = embedder->identity();
    info.provider = "program";
  }
  std::vector<EmbedderDefinition> definitions;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, defined] : defined_) definitions.push_back(defined.definition);
  }
  for (EmbedderDefinition& definition : definitions) {
    EmbedderInfo info;
    info.identity.name = definition.name;
    info.provider = definition.provider;
    const auto embedder = Find(definition.name, 0);
    if (embedder.ok()) info.identity = (*embedder)->identity();
    if (!embedder.ok()) info.fault = embedder.status().message();
    info.definition = std::move(definition);
    list[LowerCase(info.identity.name)] = std::move(info);
  }
  std::vector<EmbedderInfo> sorted;
  sorted.reserve(list.size());
  for (auto& [name, info] : list) sorted.push_back(std::move(info));
  return sorted;
}

}  // namespace quire::db
