#include "engine/storage/log_guard.h"

namespace quire::storage {

uint64_t LogGuard::CurrentLog() const {
  std::unique_ptr<rocksdb::LogFile> log;
  return db_ != nullptr && db_->GetCurrentWalFile(&log).ok() ? log->LogNumber() : 0;
}

// RocksDB calls this without its mutex, before the write that failed returns.
void LogGuard::OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) {
  if (reason != rocksdb::BackgroundErrorReason::kWriteCallback) return;
  const uint64_t log = CurrentLog();
  std::lock_guard lock(mutex_);
  failed_log_ = log;
  failure_ = *error;
  failed_ = true;
}

rocksdb::Status LogGuard::failure() {
  if (!failed_) return {};
  const uint64_t log = CurrentLog();
  std::lock_guard lock(mutex_);
  if (failed_log_ != 0 && log > failed_log_) failed_ = false;
  return failed_ ? failure_ : rocksdb::Status::OK();
}

}  // namespace quire::storage
