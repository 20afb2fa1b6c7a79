#include "engine/storage/committer.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "engine/storage/log_guard.h"

namespace quire::storage {

Committer::Committer(std::shared_ptr<Rocks> rocks, const Options& options, bool compacts)
    : rocks_(std::move(rocks)), ballast_(rocks_->path()), compactions_off_(!compacts), sync_(options.sync) {}

Result<std::unique_ptr<Committer>> Committer::Make(std::shared_ptr<Rocks> rocks, const Options& options, bool compacts) {
  std::unique_ptr<Committer> made(new Committer(std::move(rocks), options, compacts));
  // Recovery has moved the whole log into sorted files: what is here is durable.
  made->ballast_.Flushed(made->Sum(rocksdb::DB::Properties::kLiveSstFilesSize));
  made->FollowRoom();
  made->committed_ = made->rocks_->db().GetLatestSequenceNumber();
  QUIRE_ASSIGN_OR_RETURN(made->watermark_, Watermark::Open(made->rocks_->path(), made->committed_));
  if (options.background_threads > 0) {
    made->background_sync_ = std::make_unique<BackgroundSync>([raw = made.get()] { raw->SyncLog(); });
  }
  return made;
}

// A property of all families together.
uint64_t Committer::Sum(const std::string& property) const {
  uint64_t sum = 0;
  for (rocksdb::ColumnFamilyHandle* handle : rocks_->handles()) {
    uint64_t one = 0;
    if (rocks_->db().GetIntProperty(handle, property, &one)) sum += one;
  }
  return sum;
}

// Whether a batch of that many bytes may be added: there must be room for it, and for what is in memory.
bool Committer::HasRoomFor(uint64_t bytes) {
  constexpr uint64_t kBytesBetween = 256 << 10;
  if ((unlooked_ += bytes) < kBytesBetween && !ballast_.is_low()) return true;
  unlooked_ = 0;
  const bool has_room = ballast_.Reserve(Sum(rocksdb::DB::Properties::kCurSizeAllMemTables), bytes);
  FollowRoom();
  return has_room;
}

// A compaction that RocksDB begins by itself needs as much room as what it rewrites, and where it finds none all commits fail.
void Committer::FollowRoom() {
  uint64_t largest = 0;
  for (rocksdb::ColumnFamilyHandle* handle : rocks_->handles()) {
    uint64_t one = 0;
    if (rocks_->db().GetIntProperty(handle, rocksdb::DB::Properties::kLiveSstFilesSize, &one)) largest = std::max(largest, one);
  }
  const bool off = ballast_.is_low() || !ballast_.HasRoomToRewrite(largest);
  if (compactions_off_.exchange(off) == off) return;
  for (rocksdb::ColumnFamilyHandle* handle : rocks_->handles()) {
    rocks_->db().SetOptions(handle, {{"disable_auto_compactions", off ? "true" : "false"}}).PermitUncheckedError();
  }
}

rocksdb::Status Committer::WithBallast(function_ref<rocksdb::Status()> work) {
  constexpr int kResumeTurns = 70;
  rocksdb::Status status = work();
  for (int turn = 0; turn < kResumeTurns && status.IsNoSpace(); ++turn) {
    ballast_.GiveUp();
    FollowRoom();
    // It may be about to go on by itself, which it looks into every few seconds.
    if (!rocks_->db().Resume().ok()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    status = work();
  }
  return status;
}

Status Committer::CheckRoom(uint64_t bytes, bool frees_space) {
  if (!frees_space) {
    if (HasRoomFor(bytes)) return {};
    return Status(Code::kResourceExhausted, "database '" + rocks_->path() + "': the disk is full: only what frees space is done",
                  "DELETE what is not needed and VACUUM, or make room; SHOW HEALTH says how much there is");
  }
  if (ballast_.is_low()) ballast_.GiveUp();
  FollowRoom();
  return {};
}

Status Committer::Commit(rocksdb::WriteBatch* changes, bool frees_space, Sync most) {
  QUIRE_RETURN_IF_ERROR(CheckRoom(changes->GetDataSize(), frees_space));
  std::shared_lock lock(commit_mutex_);
  const Sync sync = std::max(sync_, most);  // the enumeration goes from the most durable down
  rocksdb::WriteOptions options;
  options.sync = sync == Sync::kFull;
  // Not what the newest commit has afterwards: that may be another one's, which was not synced.
  const uint64_t sequence = rocks_->db().GetLatestSequenceNumber() + static_cast<uint64_t>(changes->Count());
  const auto write = [&] {
    rocksdb::Status failure = rocks_->log_guard()->failure();
    return failure.ok() ? rocks_->db().Write(options, changes) : failure;
  };
  const rocksdb::Status status = frees_space ? WithBallast(write) : write();
  if (status.IsNoSpace()) {
    ballast_.GiveUp();  // for what follows
    return Status(Code::kIoError, "commit failed, its outcome is unknown: " + std::string(rocks_->Translate(status).message()),
                  "make room, or open the database again: DELETE and VACUUM are taken then");
  }
  if (!status.ok()) return rocks_->Translate(status).Within("commit failed, its outcome is unknown");
  for (uint64_t before = committed_; before < sequence && !committed_.compare_exchange_weak(before, sequence);) {
  }
  if (sync == Sync::kFull) watermark_->Advance(sequence);
  if (sync == Sync::kNormal && background_sync_) background_sync_->Request();
  return {};
}

Status Committer::Flush() {
  QUIRE_RETURN_IF_ERROR(rocks_->Translate(rocks_->log_guard()->failure()));
  const uint64_t sequence = committed_;
  rocksdb::FlushOptions options;
  options.allow_write_stall = true;  // flush now rather than wait until it would not slow a writer down
  QUIRE_RETURN_IF_ERROR(rocks_->Translate(WithBallast([&] { return rocks_->db().Flush(options, rocks_->handles()); })));
  watermark_->Advance(sequence);
  ballast_.Flushed(Sum(rocksdb::DB::Properties::kLiveSstFilesSize));
  FollowRoom();
  return {};
}

void Committer::SyncLog() {
  if (!rocks_->log_guard()->failure().ok()) return;
  const uint64_t sequence = committed_;
  // A failure stops all later commits inside RocksDB, which is where it is reported.
  if (rocks_->db().SyncWAL().ok()) watermark_->Advance(sequence);
}

void Committer::SetSync(Sync sync) {
  const std::unique_lock lock(commit_mutex_);
  sync_ = sync;
}

Sync Committer::sync() const {
  const std::shared_lock lock(commit_mutex_);
  return sync_;
}

}  // namespace quire::storage
