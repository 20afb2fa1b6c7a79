// Settings of a session: SET, SHOW and PRAGMA. One table names them all.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quire/database.h"
#include "sql/bind/source.h"
#include "sql/exec/allowed_paths.h"

namespace quire::sql {

struct Settings {
  std::optional<double> recall_target{};  // nothing: what each collection says
  uint64_t work_memory_bytes = uint64_t{256} << 20;  // of the operators of one statement
  bool use_indexes = true;                           // of attributes, to decide conditions
  std::chrono::milliseconds statement_timeout{0};    // 0: none
  AllowedPaths allowed_paths{};                      // that statements may read and write
  std::string model{};                               // of an ASK that names none; empty: the built-in one
  bool keep_answers = true;                          // in quire_answers
};

struct Setting {
  std::string_view name;
  std::string_view description;
  Value (*get)(const Database& database, const Settings& settings);
  // Errors: kInvalidArgument naming what it takes.
  Status (*set)(const Value& value, Database& database, Settings* settings);
};

std::span<const Setting> AllSettings();
// quire_settings, which SHOW ALL shows, too: name, value, description.
std::vector<Row> SettingRows(const Database& database, const Settings& settings);
// Without case. Errors: kNotFound, listing those there are.
Result<const Setting*> FindSetting(std::string_view name);

}  // namespace quire::sql
