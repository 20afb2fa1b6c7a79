// LoadErrors: which files of which sources failed, kept in the database as a collection of its own, so that it can be asked for in the
// language and tried again. The collection is made with the first failure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/loader.h"

namespace quire::ingest {

// A chunk a failed file: `uri` is the file's, `text` the reason; attributes `collection`, `stage`, `hint`, and `source`, the load
// that looked at it, as JSON.
inline constexpr std::string_view kLoadErrorsCollection = "quire_load_errors";

// After a load of `list` that ended as `report` says: adds what failed, and takes out what this load did not find failing any
// more. Nothing is written where nothing changes. Errors: those of the database.
Status RecordFailures(Database& database, const LoadOptions& options, const FileList& list, const LoadReport& report);

// The loads that had failures in a collection, as options to load again. Errors: those of the database; kNotFound: none failed.
Result<std::vector<LoadOptions>> FailedLoads(Database& database, const std::string& collection);

}  // namespace quire::ingest
