#include "sql/exec/settings.h"

#include <algorithm>
#include <string>
#include <vector>

#include "sql/bind/shown.h"
#include "sql/bind/source.h"
#include "sql/exec/memory.h"
#include "sql/parse/nearest.h"

namespace quire::sql {
namespace {

struct SyncName {
  std::string_view name;
  Sync sync;
};
constexpr SyncName kSyncNames[] = {{"full", Sync::kFull}, {"normal", Sync::kNormal}, {"off", Sync::kOff}};

Value GetSync(const Database& database, const Settings&) {
  for (const SyncName& name : kSyncNames) {
    if (name.sync == database.sync()) return Value::Text(std::string(name.name));
  }
  return Value::Null();
}

Status SetSync(const Value& value, Database& database, Settings*) {
  // OFF may come as the boolean that other databases know it as.
  const bool is_off = value.type() == Type::kBoolean && !value.boolean();
  const std::string text = is_off ? "off" : value.ToString();
  for (const SyncName& name : kSyncNames) {
    if (SameName(name.name, text)) return database.SetSync(name.sync), Status();
  }
  return Status(Code::kInvalidArgument, "sync must be full, normal or off, found '" + Shortened(text) + "'");
}

Value GetRecall(const Database&, const Settings& settings) {
  return settings.recall_target ? Value::Real(*settings.recall_target) : Value::Null();
}

Status SetRecall(const Value& value, Database&, Settings* settings) {
  if (value.is_null()) return settings->recall_target.reset(), Status();
  const Result<Value> number = Cast(value, Type::kReal);
  if (!number.ok() || !(number->real() > 0 && number->real() <= 1)) {
    return Status(Code::kInvalidArgument, "recall_target must be above 0 and at most 1, found " + Shown(value));
  }
  settings->recall_target = number->real();
  return {};
}

Value GetWorkMemory(const Database&, const Settings& settings) {
  return Value::Text(FormatBytes(settings.work_memory_bytes));
}

Status SetWorkMemory(const Value& value, Database&, Settings* settings) {
  constexpr uint64_t kLeast = 64 << 10;
  QUIRE_ASSIGN_OR_RETURN(const uint64_t bytes, ParseBytes(value));
  if (bytes < kLeast) return Status(Code::kInvalidArgument, "work_memory must be at least 64KB, found " + Shown(value));
  settings->work_memory_bytes = bytes;
  return {};
}

Result<bool> OnOrOff(std::string_view name, const Value& value) {
  const Result<Value> on = Cast(value, Type::kBoolean);
  if (on.ok() && !on->is_null()) return on->boolean();
  return Status(Code::kInvalidArgument, std::string(name) + " must be on or off, found '" + Shortened(value.ToString()) + "'");
}

Value GetUseIndexes(const Database&, const Settings& settings) { return Value::Boolean(settings.use_indexes); }

Status SetUseIndexes(const Value& value, Database&, Settings* settings) {
  QUIRE_ASSIGN_OR_RETURN(settings->use_indexes, OnOrOff("use_indexes", value));
  return {};
}

Value GetKeepAnswers(const Database&, const Settings& settings) { return Value::Boolean(settings.keep_answers); }

Status SetKeepAnswers(const Value& value, Database&, Settings* settings) {
  QUIRE_ASSIGN_OR_RETURN(settings->keep_answers, OnOrOff("keep_answers", value));
  return {};
}

Value GetModel(const Database&, const Settings& settings) {
  return settings.model.empty() ? Value::Null() : Value::Text(settings.model);
}

Status SetModel(const Value& value, Database&, Settings* settings) {
  if (!value.is_null() && value.type() != Type::kText) {
    return Status(Code::kInvalidArgument, "model must be the name of a model or NULL, found " + Shown(value));
  }
  settings->model = value.is_null() ? std::string() : value.text();
  return {};
}

Value GetAllowed(const Database&, const Settings& settings) {
  return settings.allowed_paths.restricted() ? Value::Text(settings.allowed_paths.ToString()) : Value::Null();
}

Status SetAllowed(const Value& value, Database&, Settings* settings) {
  if (value.type() == Type::kText) return settings->allowed_paths.Restrict(value.text());
  return Status(Code::kInvalidArgument, "allowed_directories must be folders separated by ':', found " + Shown(value));
}

Value GetTimeout(const Database&, const Settings& settings) {
  return Value::Text(std::to_string(settings.statement_timeout.count()) + "ms");
}

// As PostgreSQL: milliseconds, or a number with ms, s, min or h.
Status SetTimeout(const Value& value, Database&, Settings* settings) {
  struct Unit {
    std::string_view name;
    int64_t milliseconds;
  };
  static constexpr Unit kUnits[] = {{"", 1}, {"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}};
  constexpr int64_t kMost = int64_t{30} * 24 * 3'600'000;
  const std::string text = value.ToString();
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view unit = std::string_view(text).substr(std::min(text.find_first_not_of(' ', digits), text.size()));
  for (const Unit& one : kUnits) {
    if (digits == 0 || digits > 12 || !SameName(one.name, unit)) continue;
    const int64_t number = std::stoll(text.substr(0, digits));
    if (number > kMost / one.milliseconds) break;
    settings->statement_timeout = std::chrono::milliseconds(number * one.milliseconds);
    return {};
  }
  return Status(Code::kInvalidArgument, "statement_timeout must be milliseconds, or a text like '5s' or '2min', found " + Shown(value));
}

constexpr Setting kSettings[] = {
    {"allowed_directories",
     "folders, separated by ':', that COPY, SYNC, BACKUP, RESTORE, REPAIR and CREATE EMBEDDER may use files in; NULL: all; once set it stays for the session",
     GetAllowed, SetAllowed},
    {"keep_answers", "whether each answer of ASK is kept in quire_answers and quire_citations", GetKeepAnswers, SetKeepAnswers},
    {"model", "the model of an ASK that names none; NULL: the built-in one, which quotes", GetModel, SetModel},
    {"recall_target",
     "how many of the true nearest a vector search is to find, where the search does not say; NULL: as its collection says",
     GetRecall, SetRecall},
    {"statement_timeout", "how long a statement may take, until its last row was read: milliseconds, '5s', '2min'; 0: as long as it takes",
     GetTimeout, SetTimeout},
    {"sync", "when a commit counts as done: full (survives power loss), normal (survives a killed process) or off",
     GetSync, SetSync},
    {"use_indexes", "whether indexes of attributes decide conditions; off: each chunk is looked at, to see what an index is worth",
     GetUseIndexes, SetUseIndexes},
    {"work_memory", "how much GROUP BY, DISTINCT, ORDER BY, JOIN and subqueries of one statement may hold in memory",
     GetWorkMemory, SetWorkMemory},
};

}  // namespace

std::span<const Setting> AllSettings() { return kSettings; }

std::vector<Row> SettingRows(const Database& database, const Settings& settings) {
  std::vector<Row> rows;
  for (const Setting& setting : kSettings) {
    rows.push_back({Value::Text(std::string(setting.name)), Value::Text(setting.get(database, settings).ToString()),
                    Value::Text(std::string(setting.description))});
  }
  return rows;
}

Result<const Setting*> FindSetting(std::string_view name) {
  std::vector<std::string_view> names;
  std::string list;
  for (const Setting& setting : kSettings) {
    if (SameName(setting.name, name)) return &setting;
    names.push_back(setting.name);
    list.append(list.empty() ? "settings are " : ", ").append(setting.name);
  }
  const std::string_view nearest = Nearest(name, names);
  return Status(Code::kNotFound, "setting '" + Shortened(name) + "' does not exist",
                nearest.empty() ? list : "did you mean '" + std::string(nearest) + "'?");
}

}  // namespace quire::sql
