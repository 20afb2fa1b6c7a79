#include "extensions/chat/models.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/utf8.h"
#include "extensions/chat/system_collections.h"
#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

using Json = nlohmann::ordered_json;
using Options = std::vector<std::pair<std::string, std::string>>;

// "serving": asked now. "ready": was added, did not serve yet. "previous": served before. "retired": was rolled back.
constexpr std::string_view kServing = "serving", kReady = "ready", kPrevious = "previous", kRetired = "retired";

// A version as it is kept.
struct Version {
  sql::ModelDefinition definition{};
  std::string state{};
  int64_t turn = 0;  // when it last began to serve: larger is later; 0: never
};

std::string IdOf(std::string_view name, int64_t version) { return FoldCase(name) + "@" + std::to_string(version); }

Result<Version> ReadVersion(const CollectionSchema& schema, const Chunk& chunk) {
  Version version;
  std::string options;
  const std::pair<const char*, std::string*> texts[] = {
      {"name", &version.definition.name}, {"provider", &version.definition.provider}, {"state", &version.state}, {"options", &options}};
  for (const auto& [name, text] : texts) {
    QUIRE_ASSIGN_OR_RETURN(const Value value, ColumnValue(schema, chunk, name));
    if (value.type() == Type::kText || value.type() == Type::kJson) *text = value.text();
  }
  for (const auto& [name, number] : {std::pair("version", &version.definition.version), std::pair("turn", &version.turn)}) {
    QUIRE_ASSIGN_OR_RETURN(const Value value, ColumnValue(schema, chunk, name));
    if (value.type() == Type::kInteger) *number = value.integer();
  }
  const Json json = Json::parse(options, nullptr, false);
  if (!json.is_object() || version.definition.name.empty()) {
    return Status(Code::kCorruption, "model '" + chunk.id + "' in quire_models is damaged", "DROP MODEL and CREATE MODEL it again");
  }
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) version.definition.options.emplace_back(name, value.get<std::string>());
  }
  return version;
}

Chunk ToChunk(const Version& version) {
  Json options = Json::object();
  for (const auto& [name, value] : version.definition.options) options[name] = value;
  const sql::ModelDefinition& definition = version.definition;
  Chunk chunk;
  chunk.id = IdOf(definition.name, definition.version);
  chunk.text = "model " + definition.name + " version " + std::to_string(definition.version);
  chunk.attributes = {Value::Text(definition.name), Value::Integer(definition.version), Value::Text(version.state),
                      Value::Text(definition.provider), Value::Integer(version.turn),
                      Value::Json(options.dump(-1, ' ', false, Json::error_handler_t::replace))};
  return chunk;
}

// All versions of all models, by name and version; none where no model was ever made.
Result<std::vector<Version>> ReadVersions(const Reader& reader) {
  std::vector<Version> versions;
  const Result<CollectionInfo> info = reader.GetCollection(kModelsCollection);
  if (!info.ok()) return versions;
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(kModelsCollection, {}, {}));
  for (Chunk chunk;;) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) break;
    QUIRE_ASSIGN_OR_RETURN(Version version, ReadVersion(info->schema, chunk));
    versions.push_back(std::move(version));
  }
  std::sort(versions.begin(), versions.end(), [](const Version& a, const Version& b) {
    const std::string x = FoldCase(a.definition.name), y = FoldCase(b.definition.name);
    return x != y ? x < y : a.definition.version < b.definition.version;
  });
  return versions;
}

Status NoModel(std::string_view name, const std::vector<Version>& versions) {
  std::string names(kExtractive);
  for (const Version& version : versions) {
    if (version.state == kServing) names += ", " + version.definition.name;
  }
  return Status(Code::kNotFound, "model '" + Printable(name) + "' does not exist", "models are " + names);
}

Status Wrong(const std::string& name, const std::string& text, const char* expected) {
  return Status(Code::kInvalidArgument, name + " is '" + Printable(text) + "', expected " + expected);
}

// Takes what is ASK's own out of the options.
Result<ModelLimits> TakeLimits(Options* options) {
  ModelLimits limits;
  const std::map<std::string_view, std::pair<int64_t*, int64_t>> whole = {
      {"context", {&limits.context, 512}}, {"max_tokens", {&limits.max_tokens, 1}}, {"rate", {&limits.rate, 0}}};
  const std::map<std::string_view, double*> money = {{"price_in", &limits.price_in},
                                                     {"price_out", &limits.price_out},
                                                     {"max_cost", &limits.max_cost},
                                                     {"max_cost_day", &limits.max_cost_day}};
  Options rest;
  for (auto& [name, value] : *options) {
    const char* end = value.data() + value.size();
    if (const auto found = whole.find(name); found != whole.end()) {
      const auto [read, error] = std::from_chars(value.data(), end, *found->second.first);
      if (error != std::errc() || read != end || *found->second.first < found->second.second || *found->second.first > 10'000'000) {
        return Wrong(name, value, name == "context" ? "512 to 10000000" : "a whole number");
      }
    } else if (const auto price = money.find(name); price != money.end()) {
      const auto [read, error] = std::from_chars(value.data(), end, *price->second);
      if (error != std::errc() || read != end || !(*price->second >= 0 && *price->second < 1e9)) return Wrong(name, value, "a number from 0");
    } else if (name == "fallback") {
      limits.fallback = value;
    } else {
      rest.emplace_back(std::move(name), std::move(value));
    }
  }
  *options = std::move(rest);
  limits.max_tokens = std::min(limits.max_tokens, limits.context / 2);
  return limits;
}

Result<Model> MakeModel(const Version& version) {
  Model model{.definition = version.definition};
  const sql::ModelDefinition& definition = version.definition;
  model.key = IdOf(definition.name, definition.version) + '\0' + definition.provider;
  for (const auto& [name, value] : definition.options) model.key.append(1, '\0').append(name).append(1, '\0').append(value);
  QUIRE_ASSIGN_OR_RETURN(model.limits, TakeLimits(&model.definition.options));
  return model;
}

// Whether its provider takes it. Calls nobody.
Status CheckDefinition(const Version& version, const sql::Session& session) {
  const std::string what = "model '" + version.definition.name + "'";
  Result<Model> model = MakeModel(version);
  if (!model.ok()) return std::move(model).status().Within(what);
  std::string names;
  if (session.registry != nullptr) {
    const auto& providers = session.registry->generator_providers();
    if (const auto found = providers.find(version.definition.provider); found != providers.end()) {
      Result<std::shared_ptr<const sql::Generator>> made = found->second(model->definition);
      return made.ok() ? Status() : std::move(made).status().Within(what);
    }
    for (const auto& [name, factory] : providers) names += (names.empty() ? "providers are " : ", ") + name;
  }
  return Status(Code::kInvalidArgument, what + ": there is no provider '" + Printable(version.definition.provider) + "'", names);
}

// The versions of one model, as a change to them.
class Change {
 public:
  Change(const sql::ModelChange& change, std::vector<Version> versions) : change_(change), versions_(std::move(versions)) {}

  // Errors: as ChangeModel.
  Status Decide(const sql::Session& session) {
    using Kind = sql::ModelChange::Kind;
    const std::string name = "model '" + Printable(change_.definition.name) + "'";
    if (change_.kind == Kind::kCreate) {
      if (!versions_.empty() || FoldCase(change_.definition.name) == kExtractive) {
        return Status(Code::kAlreadyExists, name + " already exists", "ALTER MODEL ... ADD VERSION, or DROP MODEL first");
      }
      return Add(change_.definition.provider, change_.definition.options, session, true);
    }
    if (change_.kind == Kind::kAddVersion) {
      const int64_t wanted = change_.definition.version;
      if (wanted != 0 && wanted <= Last()) {
        return Status(Code::kAlreadyExists, name + " had a version " + std::to_string(wanted) + ", the next one is " + std::to_string(Last() + 1));
      }
      return Add(change_.definition.provider, change_.definition.options, session, false);
    }
    if (change_.kind == Kind::kSet) return Set(session);
    if (change_.kind == Kind::kPromote) return Promote();
    return RollBack(name);
  }
  const std::vector<Version>& versions() const { return versions_; }

 private:
  int64_t Last() const { return versions_.empty() ? 0 : versions_.back().definition.version; }
  Version* Serving() {
    const auto found = std::find_if(versions_.begin(), versions_.end(), [](const Version& one) { return one.state == kServing; });
    return found == versions_.end() ? nullptr : &*found;
  }
  void Serve(Version* version) {
    int64_t turn = 0;
    for (Version& one : versions_) {
      turn = std::max(turn, one.turn);
      if (one.state == kServing) one.state = kPrevious;
    }
    version->state = kServing;
    version->turn = turn + 1;
  }
  Status Add(const std::string& provider, const Options& options, const sql::Session& session, bool serve) {
    Version version;
    version.definition = {.name = versions_.empty() ? change_.definition.name : versions_.front().definition.name,
                          .version = std::max(Last() + 1, change_.definition.version),
                          .provider = provider,
                          .options = options};
    version.state = kReady;
    QUIRE_RETURN_IF_ERROR(CheckDefinition(version, session));
    versions_.push_back(std::move(version));
    if (serve) Serve(&versions_.back());
    return {};
  }
  // The serving version with other options: a version of its own, so that it can be rolled back.
  Status Set(const sql::Session& session) {
    const Version* serving = Serving();
    if (serving == nullptr) return Status(Code::kCorruption, "no version of the model serves");
    Options options = serving->definition.options;
    for (const auto& [name, value] : change_.definition.options) {
      const auto same = std::find_if(options.begin(), options.end(), [&n = name](const auto& one) { return one.first == n; });
      if (same != options.end()) {
        same->second = value;
      } else {
        options.emplace_back(name, value);
      }
    }
    return Add(std::string(serving->definition.provider), options, session, true);
  }
  Status Promote() {
    for (Version& version : versions_) {
      if (version.definition.version == change_.definition.version) return Serve(&version), Status();
    }
    return Status(Code::kNotFound, "model '" + change_.definition.name + "' has no version " + std::to_string(change_.definition.version));
  }
  Status RollBack(const std::string& name) {
    Version* back = nullptr;
    for (Version& version : versions_) {
      if (version.state == kPrevious && (back == nullptr || version.turn > back->turn)) back = &version;
    }
    if (back == nullptr) return Status(Code::kNotFound, name + " has no version that served before");
    if (Version* serving = Serving()) serving->state = kRetired;
    back->state = kServing;  // its turn stays: a second ROLLBACK goes further back
    return {};
  }

  const sql::ModelChange& change_;
  std::vector<Version> versions_;
};

}  // namespace

Result<Model> FindModel(const Reader& reader, std::string_view name) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Version> versions, ReadVersions(reader));
  for (const Version& version : versions) {
    if (version.state == kServing && FoldCase(version.definition.name) == FoldCase(name)) return MakeModel(version);
  }
  return NoModel(name, versions);
}

Status ChangeModel(const sql::ModelChange& change, const sql::Session& session) {
  QUIRE_RETURN_IF_ERROR(EnsureCollection(session.database, ModelsSchema()));
  const auto transaction = session.database.Begin();
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Version> all, ReadVersions(*transaction->reader()));
  std::vector<Version> versions;
  for (const Version& version : all) {
    if (FoldCase(version.definition.name) == FoldCase(change.definition.name)) versions.push_back(version);
  }
  const bool drop = change.kind == sql::ModelChange::Kind::kDrop;
  if (versions.empty() && change.kind != sql::ModelChange::Kind::kCreate) return NoModel(change.definition.name, all);
  if (drop) {
    for (const Version& version : versions) {
      QUIRE_RETURN_IF_ERROR(transaction->Delete(kModelsCollection, ToChunk(version).id).status());
    }
    return transaction->Commit();
  }
  Change changed(change, std::move(versions));
  QUIRE_RETURN_IF_ERROR(changed.Decide(session));
  for (const Version& version : changed.versions()) {
    QUIRE_RETURN_IF_ERROR(transaction->Put(kModelsCollection, WithoutMeaning(ToChunk(version))));
  }
  return transaction->Commit();
}

Result<sql::RowSet> ListModels(const Reader& reader) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Version> versions, ReadVersions(reader));
  sql::RowSet rows;
  rows.columns = {{"name", Type::kText},  {"version", Type::kInteger}, {"state", Type::kText}, {"provider", Type::kText},
                  {"model", Type::kText}, {"endpoint", Type::kText},   {"options", Type::kText}};
  const auto text_or_null = [](std::string_view text) { return text.empty() ? Value::Null() : Value::Text(std::string(text)); };
  for (const Version& version : versions) {
    const sql::ModelDefinition& definition = version.definition;
    std::string options;
    for (const auto& [name, value] : definition.options) {
      if (name != "model" && name != "endpoint") options += (options.empty() ? "" : ", ") + name + " = " + value;
    }
    rows.rows.push_back({Value::Text(definition.name), Value::Integer(definition.version), Value::Text(version.state),
                         Value::Text(definition.provider), text_or_null(definition.Find("model")),
                         text_or_null(definition.Find("endpoint")), Value::Text(options)});
  }
  return rows;
}

}  // namespace quire::chat
