// Whether a database holds what it must: through every way in which a chunk can be found.
#pragma once

#include <string>
#include <vector>

#include "tests/crash/workload.h"

namespace quire::crash {

// How many transactions the database holds, by its progress chunk. A database without collections holds none.
Result<uint64_t> CountTransactions(const Database& database);

// One line for each difference between the database and `expected`, at most 20 and what Check() finds. For each chunk:
// its record, its text's own word by a MATCH search, its serial number by a filter, its vector by an exact search; and
// none of these for versions that are gone.
std::vector<std::string> Differences(const Database& database, const Expected& expected);

}  // namespace quire::crash
