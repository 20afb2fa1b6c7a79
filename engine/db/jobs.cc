#include "engine/db/jobs.h"

#include <algorithm>

namespace quire::db {

JobQueue::JobQueue(uint32_t threads) {
  if (threads > 0) thread_ = std::thread([this] { Loop(); });
}

JobQueue::~JobQueue() { Stop(); }

void JobQueue::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
    if (running_) running_->control.cancelled_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void JobQueue::Add(std::string kind, std::string collection, uint32_t subject, Work work) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (const auto& job : waiting_) {
      if (IsOf(*job, kind, subject)) return;
    }
    auto job = std::make_shared<Job>();
    job->info.id = next_id_++;
    job->info.kind = std::move(kind);
    job->info.collection = std::move(collection);
    job->info.state = "waiting";
    job->subject = subject;
    job->work = std::move(work);
    waiting_.push_back(std::move(job));
  }
  changed_.notify_all();
}

bool JobQueue::IsActive(std::string_view kind, uint32_t subject) const {
  std::lock_guard lock(mutex_);
  if (running_ && IsOf(*running_, kind, subject) && !running_->control.cancelled()) return true;
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& job) { return IsOf(*job, kind, subject); });
}

void JobQueue::Finish(JobInfo info) {
  finished_.push_back(std::move(info));
  if (finished_.size() > kHistory) finished_.pop_front();
}

void JobQueue::CancelAll(std::string_view kind, uint32_t subject) {
  std::lock_guard lock(mutex_);
  if (running_ && IsOf(*running_, kind, subject)) running_->control.cancelled_ = true;
  std::erase_if(waiting_, [&](const auto& job) {
    if (!IsOf(*job, kind, subject)) return false;
    job->info.state = "cancelled";
    Finish(job->info);
    return true;
  });
}

std::vector<JobInfo> JobQueue::List() const {
  std::lock_guard lock(mutex_);
  std::vector<JobInfo> list(finished_.begin(), finished_.end());
  if (running_) {
    list.push_back(running_->info);
    list.back().progress = running_->control.progress_;
  }
  for (const auto& job : waiting_) list.push_back(job->info);
  return list;
}

Status JobQueue::Cancel(uint64_t id) {
  std::lock_guard lock(mutex_);
  if (running_ && running_->info.id == id) {
    running_->control.cancelled_ = true;
    return {};
  }
  for (auto job = waiting_.begin(); job != waiting_.end(); ++job) {
    if ((*job)->info.id != id) continue;
    (*job)->info.state = "cancelled";
    Finish((*job)->info);
    waiting_.erase(job);
    return {};
  }
  return Status(Code::kNotFound, "job " + std::to_string(id) + " is not running or waiting");
}

Status JobQueue::RunNext(std::unique_lock<std::mutex>& lock) {
  running_ = waiting_.front();
  waiting_.pop_front();
  running_->info.state = "running";
  const std::shared_ptr<Job> job = running_;
  lock.unlock();
  Status status = job->work(&job->control);
  lock.lock();
  job->info.progress = status.ok() ? 1 : job->control.progress_.load();
  job->info.state = status.ok() ? "done" : status.code() == Code::kCancelled ? "cancelled" : "failed";
  if (!status.ok()) job->info.message = status.message();
  Finish(job->info);
  running_.reset();
  changed_.notify_all();
  return status;
}

void JobQueue::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || (!waiting_.empty() && !running_); });
    if (stopping_) return;
    // A failure is kept in the list of finished jobs, where SHOW JOBS shows it.
    if (Status status = RunNext(lock); !status.ok()) continue;
  }
}

Status JobQueue::RunAll() {
  std::unique_lock lock(mutex_);
  Status first;
  while (true) {
    changed_.wait(lock, [&] { return !running_; });
    if (waiting_.empty()) return first;
    Status status = RunNext(lock);
    if (first.ok()) first = std::move(status);
  }
}

}  // namespace quire::db
