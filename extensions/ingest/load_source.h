// LoadSource: what was loaded from where, kept in the database, so that it can be asked for and loaded again.
#pragma once

#include <string>
#include <string_view>

#include "extensions/ingest/loader.h"

namespace quire::ingest {

// A chunk for each source of a collection: `text` names its paths; attributes `collection`, `source` (as SourceOf gives it), and of
// the last load that changed something `loaded_at`, `documents` (in the source), `added`, `changed`, `deleted`, `failed`.
inline constexpr std::string_view kSourcesCollection = "quire_sources";

// What must be known to load the same again: paths and options, as JSON. Paths are absolute.
std::string SourceOf(const LoadOptions& options);
// The load that SourceOf was given, but for the command of --via. What it does not know is as by default.
LoadOptions OptionsOf(const std::string& collection, const std::string& source);
// Errors: kUnsupported (it was loaded with --via).
Status CheckNeedsNoCommand(const std::string& collection, const std::string& source);

// After a load. Nothing is written where the source is known and nothing came or went. Errors: those of the database.
Status RecordSource(Database& database, const LoadOptions& options, const LoadReport& report);

// All sources of a collection, as one load that keeps it in step with them. Errors: kNotFound (there is none); kUnsupported (they were
// loaded with different options); those of the database.
Result<LoadOptions> AllSources(Database& database, const std::string& collection);

}  // namespace quire::ingest
