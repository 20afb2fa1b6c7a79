// Settings of a session: SET, SHOW and PRAGMA. One table names them all.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "quire/database.h"

namespace quire::sql {

struct Settings {
  double recall_target = 0.95;
};

struct Setting {
  std::string_view name;
  std::string_view description;
  Value (*get)(const Database& database, const Settings& settings);
  // Errors: kInvalidArgument naming what it takes.
  Status (*set)(const Value& value, Database& database, Settings* settings);
};

std::span<const Setting> AllSettings();
// Without case. Errors: kNotFound, listing those there are.
Result<const Setting*> FindSetting(std::string_view name);

}  // namespace quire::sql
