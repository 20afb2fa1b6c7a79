// Opening: from a path to an open RocksDB, or one sentence that says why not. Page: engine/doc/recovery.md.
#pragma once

#include <memory>
#include <string>

#include "engine/storage/rocks.h"
#include "quire/options.h"

namespace quire::storage {

// Errors as quire::Database::Open; on failure nothing on disk has changed, except that a directory whose creation was
// under way stays and is taken up by the next open. `cache`: of blocks, for who opens the same database again.
Result<std::shared_ptr<Rocks>> OpenDatabase(const std::string& path, const Options& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace quire::storage
