// How RocksDB is set up: every option, and why, in one place.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/storage/store.h"

namespace quire::storage {

// The name a family is stored by. Never changes.
std::string_view FamilyName(Family family);
// RocksDB numbers families by creation; "default", which Quire leaves empty, is 0.
inline uint32_t FamilyId(Family family) { return static_cast<uint32_t>(family) + 1; }

// `requested` bytes, or, if 0, a quarter of the machine's memory.
uint64_t ResolveMemoryLimit(uint64_t requested);

// What storage takes of the memory limit. The rest is for the in-memory index and for queries.
struct MemoryBudget {
  uint64_t block_cache_bytes;
  uint64_t write_buffer_bytes;  // of all families together
};
MemoryBudget SplitMemory(uint64_t limit_bytes);

// `log_directory` is where RocksDB's warnings go; empty: nowhere.
rocksdb::DBOptions MakeDatabaseOptions(const std::string& log_directory, const Options& options,
                                       const MemoryBudget& memory);
// "default" first, then the families in order; they share the block cache.
std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const MemoryBudget& memory, const std::shared_ptr<rocksdb::Cache>& cache);
// Of that much memory.
std::shared_ptr<rocksdb::Cache> MakeBlockCache(const MemoryBudget& memory);

}  // namespace quire::storage
