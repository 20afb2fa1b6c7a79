// Ballast: space on the disk that is given up when the disk is full, so that something can still be removed. The page for people:
// engine/doc/recovery.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace quire::storage {

// A file of allocated, unused bytes, twice what is in memory and not in sorted files yet, and half of these (1 to 16 MiB): what a
// database needs to come to rest and to rewrite some of what it has. Safe for concurrent use.
class Ballast {
 public:
  static constexpr std::string_view kFileName = "BALLAST";
  static constexpr uint64_t kBytesMin = 1 << 20, kBytesAtRestMax = 16 << 20;
  static constexpr uint64_t kRewrittenMax = uint64_t{2} << 30;

  // Of the database in `directory`, which is open for writing.
  explicit Ballast(const std::string& directory);

  // Makes it large enough for `unflushed` bytes in memory and `next` to be written. Whether there is room for all of that: if not, what
  // adds must wait. Cost: asks the system for its free space.
  bool Reserve(uint64_t unflushed, uint64_t next);
  // Nothing is in memory any more; the sorted files have that many bytes.
  void Flushed(uint64_t sorted);
  // The disk is full, or something is to be removed while there is little room. Whether there was something to give up.
  bool GiveUp();
  // Whether there is room to rewrite sorted files of that many bytes, as far as RocksDB would at once.
  bool HasRoomToRewrite(uint64_t bytes) const { return Available() >= std::min(bytes, kRewrittenMax); }
  // Whether the last Reserve found no room, or it was given up since.
  bool is_low() const;

 private:
  bool Grow(uint64_t bytes);
  uint64_t Available() const;

  const std::string path_, directory_;
  mutable std::mutex mutex_;
  uint64_t size_ = 0, at_rest_ = kBytesMin;
  bool low_ = false;
};

}  // namespace quire::storage
