// WarningLog: RocksDB's own messages, warnings and errors only, in the file LOG.
#pragma once

#include <rocksdb/env.h>

#include <mutex>
#include <string>

#include "engine/storage/posix_file.h"

namespace quire::storage {

// RocksDB's standard log writes 100 KB of settings at every open. This one has no file until there is something to
// say, and never grows beyond kBytesMax: then it starts anew.
class WarningLog : public rocksdb::Logger {
 public:
  static constexpr uint64_t kBytesMax = 256 << 10;

  // An empty `directory`: nothing is kept.
  explicit WarningLog(const std::string& directory);

  void LogHeader(const char* format, va_list arguments) override;
  void Logv(const char* format, va_list arguments) override;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;

 private:
  const std::string path_;
  std::mutex mutex_;
  PosixFile file_;
  uint64_t size_ = 0;
};

}  // namespace quire::storage
