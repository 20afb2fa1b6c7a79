// Vanished: documents that a load with --sync finds no more.
#pragma once

#include <map>

#include "extensions/ingest/document_writer.h"
#include "extensions/ingest/loader.h"

namespace quire::ingest {

// By their content, those of the collection that a loader wrote, that the options select, and that are not in `list`.
Result<std::map<Hash128, Vanished>> FindVanished(const Database& database, const LoadOptions& options,
                                                 const FileList& list);

// Deletes those that are there still, some at a time; where not all folders could be looked at none, with a notice. Counts them in
// `report`. Errors: those of Transaction::Commit; what was deleted before stays so.
Status DeleteVanished(Database& database, const LoadOptions& options, const FileList& list, LoadReport* report);

}  // namespace quire::ingest
