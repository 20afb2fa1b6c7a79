// Health: what is wrong with a database, or will be, and what to do.
#pragma once

#include <vector>

#include "quire/database.h"
#include "sql/bind/source.h"

namespace quire::sql {

// A row a subject: its name, "ok", "warning" or "error", what was found, and the mend (NULL where there is nothing to do): writes, disk,
// followers' distance, jobs that failed, and each vector index with its recall.
std::vector<Row> HealthRows(const Database& database, const Reader& reader);

}  // namespace quire::sql
