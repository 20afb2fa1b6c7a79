#include "engine/storage/rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "engine/storage/warning_log.h"

namespace quire::storage {
namespace {

constexpr uint64_t kMiB = 1 << 20;

// Codes and vectors do not compress; the tree is small and hot.
bool IsCompressed(Family family) {
  switch (family) {
    case Family::kMeta:
    case Family::kChunk:
    case Family::kWord:
    case Family::kAttribute: return true;
    case Family::kTree:
    case Family::kPosting:
    case Family::kCode:
    case Family::kRaw: return false;
  }
  return true;
}

// Half of what the process may open: the rest is the host's.
int MaxOpenFiles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  return static_cast<int>(std::clamp<uint64_t>(limit.rlim_cur / 2, 64, 16384));
}

// Most of what is looked for is not there: the id of a new chunk.
bool IsOftenMissed(Family family) { return family == Family::kChunk; }

rocksdb::ColumnFamilyOptions MakeFamilyOptions(const MemoryBudget& memory, const std::shared_ptr<rocksdb::Cache>& cache,
                                               bool compressed, bool often_missed) {
  rocksdb::BlockBasedTableOptions table;
  table.checksum = rocksdb::kXXH3;  // Debian's CRC32C is done in software: a twentieth of the speed
  table.format_version = 5;
  table.block_size = 16 << 10;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // bounded by the cache, not by the number of files
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));  // 1 % false positives
  table.optimize_filters_for_memory = true;

  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.compression = compressed ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  family.write_buffer_size = std::max(memory.write_buffer_bytes / 2, kMiB);
  // Every family that is written to takes a block: eight of them must be little beside what they share.
  family.arena_block_size = std::clamp<uint64_t>(memory.write_buffer_bytes / 128, 16 << 10, 256 << 10);
  if (often_missed) {
    family.memtable_whole_key_filtering = true;
    family.memtable_prefix_bloom_size_ratio = 0.02;
  }
  family.max_write_buffer_number = 2;  // above 2 a retried flush may install out of order (fixed in 7.9)
  family.level_compaction_dynamic_level_bytes = true;
  // Far apart from the trigger: in 7.8.3 a stalled writer may wait for a compaction that nobody schedules.
  family.level0_slowdown_writes_trigger = 40;
  family.level0_stop_writes_trigger = 64;
  family.enable_blob_files = false;  // MultiGet gives wrong values after an error in a blob (fixed in 9.2)
  return family;
}

}  // namespace

std::string_view FamilyName(Family family) {
  switch (family) {
    case Family::kMeta: return "meta";
    case Family::kChunk: return "chunk";
    case Family::kWord: return "word";
    case Family::kAttribute: return "attribute";
    case Family::kTree: return "tree";
    case Family::kPosting: return "posting";
    case Family::kCode: return "code";
    case Family::kRaw: return "raw";
  }
  return "unknown";
}

uint64_t ResolveMemoryLimit(uint64_t requested) {
  if (requested != 0) return requested;
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return 256 * kMiB;
  return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes) / 4;
}

MemoryBudget SplitMemory(uint64_t limit_bytes) {
  // Write buffers are filled before they are emptied, so their size is what an idle database may keep; beyond 64 MiB
  // they gain little.
  return {.block_cache_bytes = std::max(limit_bytes / 4, kMiB),
          .write_buffer_bytes = std::clamp(limit_bytes / 8, 4 * kMiB, 64 * kMiB)};
}

rocksdb::DBOptions MakeDatabaseOptions(const std::string& log_directory, const Options& options,
                                       const MemoryBudget& memory) {
  rocksdb::DBOptions db;
  db.create_if_missing = false;  // decided in open_database.cc
  db.paranoid_checks = true;
  db.info_log = std::make_shared<WarningLog>(log_directory);
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.max_background_jobs = static_cast<int>(std::clamp<uint32_t>(options.background_threads, 2, 16));
  db.max_background_flushes = -1;
  db.max_bgerror_resume_count = 0;  // after a background error: read-only until reopened, as documented
  db.db_write_buffer_size = memory.write_buffer_bytes;
  db.max_total_wal_size = 2 * memory.write_buffer_bytes;  // bounds the time of a recovery
  // A reader beside a writer opens every file at once, and so can still read what the writer removes.
  db.max_open_files = options.read_only ? -1 : MaxOpenFiles();
  db.max_file_opening_threads = 1;
  db.skip_stats_update_on_db_open = true;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.manifest_preallocation_size = 64 << 10;
  db.max_manifest_file_size = 16 * kMiB;
  db.bytes_per_sync = kMiB;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;  // with the watermark: engine/doc/recovery.md
  // Each of the following has a defect in 7.8.3.
  db.atomic_flush = false;
  db.manual_wal_flush = false;
  db.recycle_log_file_num = 0;
  db.wal_compression = rocksdb::kNoCompression;
  db.track_and_verify_wals_in_manifest = false;
  return db;
}

std::shared_ptr<rocksdb::Cache> MakeBlockCache(const MemoryBudget& memory) {
  return rocksdb::NewLRUCache(memory.block_cache_bytes);
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const MemoryBudget& memory, const std::shared_ptr<rocksdb::Cache>& cache) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, MakeFamilyOptions(memory, cache, true, false));
  for (size_t i = 0; i < kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    families.emplace_back(std::string(FamilyName(family)), MakeFamilyOptions(memory, cache, IsCompressed(family), IsOftenMissed(family)));
    // A batch brings the words of a collection in order: each is looked for beside the one before.
    if (family != Family::kWord) continue;
    constexpr size_t kKindAndCollection = 5;
    families.back().options.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewFixedPrefixTransform(kKindAndCollection));
  }
  return families;
}

}  // namespace quire::storage
