// JobQueue: background work, one job at a time, listed and cancellable.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "quire/database.h"

namespace quire::db {

// Safe for concurrent use. Keeps the last kHistory finished jobs for SHOW JOBS.
class JobQueue {
 public:
  // What a running job is told and tells.
  class Control {
   public:
    bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
    const std::atomic<bool>* cancel_flag() const { return &cancelled_; }
    void SetProgress(double progress) { progress_.store(progress, std::memory_order_relaxed); }

   private:
    friend class JobQueue;
    std::atomic<bool> cancelled_{false};
    std::atomic<double> progress_{0};
  };
  using Work = std::function<Status(Control*)>;

  // `threads` 0: nothing runs until RunAll().
  explicit JobQueue(uint32_t threads);
  // Cancels what runs or waits, and waits for it to stop.
  ~JobQueue();
  // Cancels what runs, waits for its end, and takes no more jobs. For an owner whose jobs use the queue itself.
  void Stop();

  // Adds a job, unless one of the same kind for the same subject waits already. `subject` is the number of the collection (its
  // name may pass on to another one), 0 for the database.
  void Add(std::string kind, std::string collection, uint32_t subject, Work work);
  // Whether a job waits or runs and was not cancelled.
  bool IsActive(std::string_view kind, uint32_t subject) const;
  // Whether any job waits for the one that runs.
  bool HasWaiting() const {
    std::lock_guard lock(mutex_);
    return !waiting_.empty();
  }
  // Cancels those that wait or run.
  void CancelAll(std::string_view kind, uint32_t subject);
  std::vector<JobInfo> List() const;
  // Errors: kNotFound.
  Status Cancel(uint64_t id);
  // Runs what waits in the calling thread, and waits for what runs elsewhere. Errors: of the first job that failed.
  Status RunAll();

 private:
  static constexpr size_t kHistory = 32;
  struct Job {
    JobInfo info;
    uint32_t subject = 0;
    Work work;
    Control control;
  };
  static bool IsOf(const Job& job, std::string_view kind, uint32_t subject) {
    return job.info.kind == kind && job.subject == subject;
  }
  void Finish(JobInfo info);  // REQUIRES: mutex_ is held
  void Loop();
  Status RunNext(std::unique_lock<std::mutex>& lock);  // REQUIRES: something waits and nothing runs

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::shared_ptr<Job> running_;
  std::deque<JobInfo> finished_;
  uint64_t next_id_ = 1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace quire::db
