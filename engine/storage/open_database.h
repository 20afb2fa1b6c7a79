// Opening: from a path to an open RocksDB, or one sentence that says why not. Page: engine/doc/recovery.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/storage/rocks.h"
#include "engine/storage/rocks_options.h"
#include "quire/options.h"

namespace quire::storage {

// Errors as quire::Database::Open; on failure nothing on disk has changed, except that a directory whose creation was
// under way stays and is taken up by the next open. `cache`: of blocks, for who opens the same database again. `compacts`: RocksDB may
// merge files by itself.
Result<std::shared_ptr<Rocks>> OpenDatabase(const std::string& path, const Options& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache, bool compacts = true);

// How RocksDB is to open a database, whatever is found there.
using Families = std::vector<rocksdb::ColumnFamilyDescriptor>;
struct Setup {
  Setup(const std::string& path, const Options& options, const std::shared_ptr<rocksdb::Cache>& cache)
      : memory(SplitMemory(ResolveMemoryLimit(options.memory_limit_bytes))),
        for_reading(MakeDatabaseOptions("", options, memory)),
        for_writing(MakeDatabaseOptions(path, options, memory)),
        families(MakeFamilies(memory, cache)) {}

  const MemoryBudget memory;
  const rocksdb::DBOptions for_reading;  // leaves no log file: a reader changes nothing
  rocksdb::DBOptions for_writing;
  Families families;
};

// That commits are missing which were acknowledged, if recovery comes to change `sequence`. Errors: kCorruption.
Status CheckWatermark(const std::string& path, uint64_t sequence);

}  // namespace quire::storage
