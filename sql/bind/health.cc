#include "sql/bind/health.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace quire::sql {
namespace {

constexpr double kDiskWarning = 0.05;               // free share of the file system
constexpr uint64_t kDiskError = uint64_t{64} << 20;  // free bytes
constexpr uint64_t kSamplesMin = 16;                // searches that a measured recall needs
constexpr double kRecallSlack = 0.03;               // below the target

class Report {
 public:
  void Add(const std::string& subject, std::string_view state, const std::string& detail, const std::string& advice = {}) {
    rows_.push_back({Value::Text(subject), Value::Text(std::string(state)), Value::Text(detail),
                     advice.empty() ? Value::Null() : Value::Text(advice)});
  }
  std::vector<Row> Take() && { return std::move(rows_); }

 private:
  std::vector<Row> rows_;
};

std::string TwoDigits(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.2f", share);
  return text;
}

std::string Megabytes(uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

void AddWrites(const Database& database, const std::map<std::string_view, uint64_t>& metrics, Report* report) {
  if (const uint64_t errors = metrics.at("background_errors"); errors > 0) {
    return report->Add("writes", "error", std::to_string(errors) + " files could not be written: no commit is taken any more",
                       "see to the disk, then open the database again; what was acknowledged is in the log");
  }
  if (!database.read_only()) return report->Add("writes", "ok", "commits are taken");
  const uint64_t seen = metrics.at("last_commit"), durable = metrics.at("acknowledged_commit");
  if (durable <= seen) return report->Add("writes", "ok", "open for reading, and up to date as far as the writer's changes are durable");
  report->Add("writes", "warning", "open for reading, " + std::to_string(durable - seen) + " changes behind the writer", "REFRESH");
}

// What a power loss would take now. What a killed process would take is nothing.
void AddDurability(const Database& database, const std::map<std::string_view, uint64_t>& metrics, Report* report) {
  if (database.read_only()) return;
  const uint64_t newest = metrics.at("last_commit"), durable = metrics.at("acknowledged_commit");
  const std::string known = "change " + std::to_string(newest) + " is the newest, ";
  if (durable >= newest) return report->Add("durability", "ok", known + "and on disk");
  report->Add("durability", "ok", known + std::to_string(durable) + " is known to be on disk: power loss may take those behind it");
}

void AddDisk(const Database& database, const std::map<std::string_view, uint64_t>& metrics, Report* report) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(database.path(), error);
  if (error) return report->Add("disk", "error", "free space is not known: " + error.message());
  const std::string detail = Megabytes(space.available) + " free; sorted files " + Megabytes(metrics.at("disk_bytes")) + ", log " +
                             Megabytes(metrics.at("log_bytes"));
  const bool short_of = static_cast<double>(space.available) < kDiskWarning * static_cast<double>(space.capacity);
  const std::string_view state = space.available < kDiskError ? "error" : short_of ? "warning" : "ok";
  report->Add("disk", state, detail, state == "ok" ? "" : "free space: a database needs room to merge what it has");
}

void AddJobs(const Database& database, Report* report) {
  const std::vector<JobInfo> jobs = database.ListJobs();
  const auto failed = std::find_if(jobs.rbegin(), jobs.rend(), [](const JobInfo& job) { return job.state == "failed"; });
  if (failed == jobs.rend()) return report->Add("jobs", "ok", "none has failed");
  report->Add("jobs", "warning", failed->kind + (failed->collection.empty() ? "" : " of " + failed->collection) + " failed: " + failed->message,
              "SHOW JOBS");
}

void AddIndex(const IndexInfo& index, bool of_several, const Reader& reader, Report* report) {
  const std::string subject = "index of " + index.collection + (of_several ? ", generation " + std::to_string(index.generation) : "");
  if (!index.fault.empty()) {
    return report->Add(subject, "error", index.fault, "CHECK DATABASE says what else; REINDEX " + index.collection + " makes it anew, or restore a backup");
  }
  const std::string vectors = std::to_string(index.vectors) + " vectors, " + std::to_string(index.lag) + " of them not linked yet";
  const Result<CollectionInfo> collection = reader.GetCollection(index.collection);
  if (index.recall_samples < kSamplesMin || !collection.ok()) return report->Add(subject, "ok", vectors);
  const double target = collection->schema.recall_target;
  const std::string recall = vectors + "; recall " + TwoDigits(index.recall) + " of " + std::to_string(index.recall_samples) +
                             " searches, target " + TwoDigits(target);
  if (index.recall >= target - kRecallSlack) return report->Add(subject, "ok", recall);
  report->Add(subject, "warning", recall, "ALTER COLLECTION " + index.collection + " SET (recall_target = ...) asks for more; REINDEX makes it anew");
}

}  // namespace

std::vector<Row> HealthRows(const Database& database, const Reader& reader) {
  std::map<std::string_view, uint64_t> metrics;
  for (const MetricInfo& metric : database.ListMetrics()) metrics[metric.name] = metric.value;
  Report report;
  AddWrites(database, metrics, &report);
  AddDurability(database, metrics, &report);
  AddDisk(database, metrics, &report);
  AddJobs(database, &report);
  const std::vector<IndexInfo> indexes = database.ListIndexes();
  for (const IndexInfo& index : indexes) {
    const auto of_same = [&](const IndexInfo& other) { return other.collection == index.collection; };
    AddIndex(index, std::count_if(indexes.begin(), indexes.end(), of_same) > 1, reader, &report);
  }
  return std::move(report).Take();
}

}  // namespace quire::sql
