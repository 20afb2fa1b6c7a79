// Watermark: the last commit that was acknowledged as durable, kept outside RocksDB. Page: engine/doc/recovery.md.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "engine/storage/posix_file.h"
#include "quire/status.h"

namespace quire::storage {

// The file COMMITTED of a database directory: kBytes bytes, overwritten in place after each durable commit, never
// synced: what it says is true whenever it reaches the disk, and if it does not, the older value is true as well.
class Watermark {
 public:
  static constexpr std::string_view kFileName = "COMMITTED";
  static constexpr std::string_view kMagic = "QUIRECMT";
  static constexpr size_t kBytes = 24;  // magic, u64 sequence, u64 XXH3 of both; little-endian

  // What the file of a directory says; nothing if it is missing or damaged (the database itself may be sound).
  static std::optional<uint64_t> Read(const std::string& directory);

  // Creates the file if it is missing. `sequence` is what is known to be durable.
  static Result<std::unique_ptr<Watermark>> Open(const std::string& directory, uint64_t sequence);

  // Records that everything up to `sequence` is durable. Smaller values than before are ignored. Safe for concurrent
  // use. A failed write is not reported: the commit stands, only the guard is weaker.
  void Advance(uint64_t sequence);

 private:
  explicit Watermark(PosixFile file) : file_(std::move(file)) {}

  PosixFile file_;
  std::mutex mutex_;
  uint64_t sequence_ = 0;
};

}  // namespace quire::storage
