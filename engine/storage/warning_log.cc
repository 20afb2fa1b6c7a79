#include "engine/storage/warning_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <ctime>

namespace quire::storage {

WarningLog::WarningLog(const std::string& directory)
    : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), path_(directory.empty() ? "" : directory + "/LOG") {}

void WarningLog::LogHeader(const char*, va_list) {}

void WarningLog::Logv(const char* format, va_list arguments) {
  Logv(rocksdb::InfoLogLevel::WARN_LEVEL, format, arguments);
}

void WarningLog::Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (path_.empty() || level < GetInfoLogLevel() || level == rocksdb::InfoLogLevel::HEADER_LEVEL) return;
  char text[2048];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  const size_t stamp = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ ", &utc);
  std::vsnprintf(text + stamp, sizeof text - stamp, format, arguments);
  std::string line(text);
  if (line.back() != '\n') line.push_back('\n');

  std::lock_guard lock(mutex_);
  if (!file_.is_open()) {
    file_ = PosixFile(path_, O_WRONLY | O_CREAT);
    if (!file_.is_open()) return;
    struct stat info {};
    if (::fstat(file_.fd(), &info) == 0) size_ = static_cast<uint64_t>(info.st_size);
  }
  if (size_ + line.size() > kBytesMax && ::ftruncate(file_.fd(), 0) == 0) size_ = 0;
  if (file_.WriteAt(line, size_)) size_ += line.size();
}

}  // namespace quire::storage
