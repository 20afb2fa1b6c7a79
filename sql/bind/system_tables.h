// System tables: what the database tells of itself as rows, for SHOW and FROM alike.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "quire/database.h"
#include "sql/bind/source.h"

namespace quire::sql {

struct SystemColumn {
  std::string_view name;
  Type type;
};

struct SystemTable {
  std::string_view name;  // "quire_collections"
  std::string_view show;  // "COLLECTIONS": SHOW COLLECTIONS gives the same rows
  std::vector<SystemColumn> columns;
  // Null: the session gives them (quire_settings).
  std::vector<Row> (*rows)(const Database& database, const Reader& reader);
};

// All there are, by name.
std::span<const SystemTable> SystemTables();
const SystemTable* FindSystemTable(std::string_view name);      // without case; null: none
const SystemTable* FindShownTable(std::string_view show_word);  // without case; null: none

}  // namespace quire::sql
