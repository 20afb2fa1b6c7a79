#include "bench/ann/ann.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "bench/ann/dataset.h"
#include "bench/ann/machine.h"
#include "bench/ann/report.h"
#include "bench/ann/system.h"
#include "bench/ann/truth.h"
#include "bench/ann/workplace.h"

namespace quire::bench {
namespace {

constexpr double kWarmUpSeconds = 1;

void Say(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

// A run: the problem, its truth, and the systems with what was measured of them, in the same order.
class Run {
 public:
  explicit Run(const AnnOptions& options) : options_(options) {}

  Status Prepare(const std::string& folder);
  Status BuildAll();
  Status Measure();
  Status MeasureFilters();
  Status MeasureChurn();
  const RunFigures& figures() const { return figures_; }

 private:
  Status PrepareTruth(Neighbors from_file);
  Status BuildOne(System* system, SystemFigures* figures);
  Status Sweep(System* system, const SearchCall& call, const Judge& judge, size_t expected,
               std::vector<PointFigures>* points);
  Question question() const { return {problem_.base, problem_.queries, problem_.metric}; }
  SearchCall PlainSearch(System* system) const {
    return [system](const float* query, uint32_t k, std::vector<uint32_t>* found) {
      return system->Search(query, k, found);
    };
  }
  MeasureOptions measure_options() const {
    return {options_.k, options_.threads, options_.seconds_min, options_.seconds_max};
  }

  const AnnOptions& options_;
  Problem problem_;
  Neighbors truth_;
  std::vector<std::unique_ptr<System>> systems_;
  RunFigures figures_;
};

Status Run::Prepare(const std::string& folder) {
  const size_t processors = std::max(1u, std::thread::hardware_concurrency());
  QUIRE_ASSIGN_OR_RETURN(problem_.metric, ParseMetric(options_.metric));
  problem_.folder = folder;
  problem_.build_threads = options_.build_threads == 0 ? processors : options_.build_threads;
  problem_.memory_limit_bytes = options_.memory_limit_bytes;
  problem_.with_buckets = !options_.selectivities.empty();
  QUIRE_ASSIGN_OR_RETURN(Dataset data, LoadDataset(options_));
  problem_.base = std::move(data.base);
  problem_.queries = std::move(data.queries);
  std::vector<std::string> names = options_.rivals;
  if (!options_.without_quire) names.insert(names.begin(), "quire");
  for (const std::string& name : names) {
    QUIRE_ASSIGN_OR_RETURN(auto system, MakeSystem(name, problem_));
    std::error_code ignored;
    std::filesystem::create_directories(folder + "/" + name, ignored);
    systems_.push_back(std::move(system));
  }
  figures_ = {data.name,  problem_.base.rows, problem_.base.dim,      problem_.queries.rows, options_.metric,
              options_.k, options_.threads,   problem_.build_threads, options_.rounds,       {},
              {}};
  figures_.machine = ProcessorName() + ", " + std::to_string(processors) + " processors, huge pages: " + HugePages();
  const char* tunables = std::getenv("GLIBC_TUNABLES");
  if (tunables != nullptr) figures_.machine += ", " + std::string(tunables);
  return PrepareTruth(std::move(data.truth));
}

Status Run::PrepareTruth(Neighbors from_file) {
  const Stopwatch watch;
  const size_t threads = std::max(1u, std::thread::hardware_concurrency());
  if (!from_file.rows.empty()) {
    truth_ = std::move(from_file);
    if (LooksTrue(question(), truth_, threads)) return {};
    return {Code::kCorruption, "file '" + options_.truth + "' does not hold the nearest rows under " + options_.metric};
  }
  truth_ = ExactNeighbors(question(), options_.k, threads);
  Say("true neighbours: " + Seconds(watch.seconds()));
  return {};
}

Status Run::BuildOne(System* system, SystemFigures* figures) {
  figures->name = system->name();
  figures->settings = system->settings();
  ResetPeak();
  const uint64_t before_build = ResidentBytes();
  QUIRE_ASSIGN_OR_RETURN(figures->build, system->Build());
  const uint64_t peak = PeakResidentBytes();
  figures->build_peak_bytes = peak > before_build ? peak - before_build : 0;
  figures->disk_bytes = DiskBytes(problem_.folder + "/" + system->name());
  Say(system->name() + ": built in " + Seconds(figures->build.seconds));
  const uint64_t before_open = ResidentBytes();
  const Stopwatch watch;
  QUIRE_RETURN_IF_ERROR(system->Open());
  system->SetPoint(0);
  std::vector<uint32_t> found;
  QUIRE_RETURN_IF_ERROR(system->Search(problem_.queries.row(0), options_.k, &found));
  figures->open_seconds = watch.seconds();
  QUIRE_RETURN_IF_ERROR(system->WaitUntilWarm());
  figures->warm_seconds = watch.seconds();
  system->SetPoint(system->points().size() - 1);
  QUIRE_RETURN_IF_ERROR(WarmUp(system, PlainSearch(system), problem_.queries, options_.k, 10 * kWarmUpSeconds));
  const uint64_t resident = ResidentBytes();
  figures->memory_bytes = resident > before_open ? resident - before_open : 0;
  figures->note = system->note();
  return system->ToRows(&found);  // learns them now
}

Status Run::BuildAll() {
  for (const auto& system : systems_) {
    figures_.systems.emplace_back();
    QUIRE_RETURN_IF_ERROR(BuildOne(system.get(), &figures_.systems.back()));
  }
  return {};
}

// One round over all points of a system.
Status Run::Sweep(System* system, const SearchCall& call, const Judge& judge, size_t expected,
                  std::vector<PointFigures>* points) {
  const std::vector<std::string> labels = system->points();
  points->resize(labels.size());
  system->SetPoint(labels.size() / 2);
  QUIRE_RETURN_IF_ERROR(WarmUp(system, call, problem_.queries, options_.k, kWarmUpSeconds));
  for (size_t i = 0; i < labels.size(); ++i) {
    (*points)[i].label = labels[i];
    system->SetPoint(i);
    QUIRE_RETURN_IF_ERROR(
        MeasureRound(system, call, problem_.queries, judge, expected, measure_options(), &(*points)[i]));
  }
  return {};
}

// The systems take turns, so that what disturbs the machine for a while disturbs them all.
Status Run::Measure() {
  const Judge judge(question(), truth_);
  for (size_t round = 0; round < options_.rounds; ++round) {
    const Stopwatch watch;
    for (size_t i = 0; i < systems_.size(); ++i) {
      System* system = systems_[i].get();
      QUIRE_RETURN_IF_ERROR(Sweep(system, PlainSearch(system), judge, truth_.k, &figures_.systems[i].points));
    }
    Say("round " + std::to_string(round + 1) + ": " + Seconds(watch.seconds()));
  }
  return {};
}

Status Run::MeasureFilters() {
  for (const double selectivity : options_.selectivities) {
    const auto bucket = static_cast<uint32_t>(std::lround(selectivity * kBuckets));
    std::vector<uint32_t> kept;
    for (size_t row = 0; row < problem_.base.rows; ++row) {
      if (BucketOf(row) < bucket) kept.push_back(static_cast<uint32_t>(row));
    }
    const Neighbors truth =
        ExactNeighbors(question(), options_.k, std::max(1u, std::thread::hardware_concurrency()), &kept);
    const Judge judge(question(), truth);
    for (size_t i = 0; i < systems_.size(); ++i) {
      System* system = systems_[i].get();
      if (!system->has_filters()) continue;
      FilterFigures& filter = figures_.systems[i].filters.emplace_back();
      filter = {static_cast<double>(bucket) / kBuckets, kept.size(), truth.k, {}};
      const SearchCall call = [system, bucket](const float* query, uint32_t k, std::vector<uint32_t>* found) {
        return system->SearchBelow(bucket, query, k, found);
      };
      for (size_t round = 0; round < options_.rounds; ++round) {
        QUIRE_RETURN_IF_ERROR(Sweep(system, call, judge, truth.k, &filter.points));
      }
    }
    Say("filter of " + std::to_string(kept.size()) + " rows: done");
  }
  return {};
}

Status Run::MeasureChurn() {
  const auto count = static_cast<size_t>(options_.churn * static_cast<double>(problem_.base.rows));
  if (count == 0) return {};
  std::vector<uint32_t> rows(problem_.base.rows);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<uint32_t>(i);
  std::mt19937 random(7);
  for (size_t i = 0; i < count; ++i) std::swap(rows[i], rows[i + random() % (rows.size() - i)]);
  rows.resize(count);
  const Judge judge(question(), truth_);
  for (size_t i = 0; i < systems_.size(); ++i) {
    System* system = systems_[i].get();
    SystemFigures& figures = figures_.systems[i];
    if (!system->has_churn()) continue;
    QUIRE_ASSIGN_OR_RETURN(figures.churn, system->Churn(rows));
    figures.churned = count;
    Say(system->name() + ": " + std::to_string(count) + " vectors replaced");
    QUIRE_RETURN_IF_ERROR(Sweep(system, PlainSearch(system), judge, truth_.k, &figures.points_after_churn));
  }
  return {};
}

Status Output(const AnnOptions& options, const RunFigures& figures) {
  // With JSON on the standard output, the tables go to the other.
  PrintReport(options.json == "-" ? stderr : stdout, figures);
  if (options.json.empty()) return {};
  std::FILE* out = options.json == "-" ? stdout : std::fopen(options.json.c_str(), "w");
  if (out == nullptr) return {Code::kIoError, "file '" + options.json + "' cannot be written"};
  std::fputs(ReportJson(figures).c_str(), out);
  const bool failed = std::ferror(out) != 0 || (out != stdout && std::fclose(out) != 0);
  return failed ? Status(Code::kIoError, "file '" + options.json + "' cannot be written") : Status();
}

bool AllComplete(const RunFigures& figures) {
  for (const SystemFigures& system : figures.systems) {
    for (const FilterFigures& filter : system.filters) {
      for (const PointFigures& point : filter.points) {
        if (point.short_answers > 0) return false;
      }
    }
  }
  return true;
}

Result<bool> RunAll(const AnnOptions& options) {
  QUIRE_ASSIGN_OR_RETURN(const Workplace workplace, Workplace::Make(options.keep));
  Run run(options);
  QUIRE_RETURN_IF_ERROR(run.Prepare(workplace.path()));
  QUIRE_RETURN_IF_ERROR(run.BuildAll());
  QUIRE_RETURN_IF_ERROR(run.Measure());
  QUIRE_RETURN_IF_ERROR(run.MeasureFilters());
  QUIRE_RETURN_IF_ERROR(run.MeasureChurn());
  QUIRE_RETURN_IF_ERROR(Output(options, run.figures()));
  return AllComplete(run.figures());
}

}  // namespace

int RunAnn(const AnnOptions& options) {
  const Result<bool> complete = RunAll(options);
  if (complete.ok()) return *complete ? 0 : 1;
  std::fprintf(stderr, "error: %s\n", std::string(complete.status().message()).c_str());
  if (!complete.status().hint().empty()) {
    std::fprintf(stderr, "hint: %s\n", std::string(complete.status().hint()).c_str());
  }
  return 2;
}

}  // namespace quire::bench
