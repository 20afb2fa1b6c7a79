// The reference of the language, written from the tables that the language runs by.
#pragma once

#include <string>

#include "sql/registry/registry.h"

namespace quire::sql {

// sql/doc/reference.md: statements, functions, settings, system tables. A test compares the file with this.
std::string ReferencePage(const Registry& registry);

}  // namespace quire::sql
