#include "bench/ann/report.h"

#include <algorithm>

namespace quire::bench {
namespace {

constexpr double kRecalls[] = {.90, .95, .99};
constexpr double kQuiet = 0.97;  // share of the wall clock that a searching thread is to have run
constexpr const char* kYardstick = "hnswlib";

void PrintPoints(std::FILE* out, const std::vector<PointFigures>& points) {
  std::fprintf(out, "  %-28s %8s %10s %9s %9s %6s %10s\n", "point", "recall", "QPS", "p50 us", "p99 us", "busy",
               "QPS/cpu");
  for (const PointFigures& point : points) {
    std::fprintf(out, "  %-28s %8.4f %10.0f %9.0f %9.0f %6.2f %10.0f\n", point.label.c_str(), point.Recall(),
                 point.MedianQps(), point.LatencyAt(.5) * 1e6, point.LatencyAt(.99) * 1e6, point.Busy(),
                 point.ProcessorQps());
  }
}

const SystemFigures* Find(const RunFigures& run, const std::string& name) {
  const auto found = std::find_if(run.systems.begin(), run.systems.end(),
                                  [&](const SystemFigures& system) { return system.name == name; });
  return found == run.systems.end() ? nullptr : &*found;
}

// "12345 (12001)" for a recall, or "-".
std::string QpsText(const std::optional<AtRecall>& at) {
  if (!at) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.0f (%.0f)", at->qps, at->interpolated);
  return text;
}

void PrintAtRecalls(std::FILE* out, const RunFigures& run) {
  const SystemFigures* yardstick = Find(run, kYardstick);
  std::fprintf(out, "\nQPS at a recall: best point that reaches it (interpolated between the neighbouring points)\n");
  std::fprintf(out, "  %-16s", "system");
  for (const double recall : kRecalls) std::fprintf(out, " %19.2f", recall);
  std::fprintf(out, "   x %s at each       p50/p99 us at .95\n", kYardstick);
  for (const SystemFigures& system : run.systems) {
    std::fprintf(out, "  %-16s", system.name.c_str());
    std::string ratios;
    for (const double recall : kRecalls) {
      const auto at = CurveAt(system.points, recall);
      std::fprintf(out, " %19s", QpsText(at).c_str());
      const auto other = yardstick == nullptr ? std::nullopt : CurveAt(yardstick->points, recall);
      char ratio[32] = "      -";
      if (at && other) std::snprintf(ratio, sizeof ratio, " %6.2f", at->interpolated / other->interpolated);
      ratios += ratio;
    }
    std::fprintf(out, "  %s", ratios.c_str());
    if (const auto at = CurveAt(system.points, .95)) {
      const PointFigures& point = system.points[at->point];
      std::fprintf(out, "   %9.0f /%6.0f", point.LatencyAt(.5) * 1e6, point.LatencyAt(.99) * 1e6);
    }
    std::fprintf(out, "\n");
  }
}

// A point during which others had the processors says little.
void PrintBusy(std::FILE* out, const RunFigures& run) {
  size_t points = 0, disturbed = 0;
  for (const SystemFigures& system : run.systems) {
    for (const PointFigures& point : system.points) {
      ++points;
      disturbed += point.Busy() < kQuiet * static_cast<double>(run.threads);
    }
  }
  if (disturbed == 0) return;
  std::fprintf(out,
               "  NOTE: %zu of %zu points were measured while others had a processor ('busy' below %.2f a thread)\n",
               disturbed, points, kQuiet);
}

void PrintCosts(std::FILE* out, const RunFigures& run) {
  std::fprintf(out, "\n  %-16s %9s %10s %12s %13s %13s %9s %9s\n", "system", "build s", "of it in s", "peak MiB",
               "RAM B/vector", "disk B/vector", "open ms", "warm ms");
  const auto per_vector = [&](uint64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(run.rows); };
  for (const SystemFigures& system : run.systems) {
    const BuildFigures& build = system.build;
    std::fprintf(out, "  %-16s %9.2f %10.2f %12.1f %13.0f %13.0f %9.1f %9.1f\n", system.name.c_str(), build.seconds,
                 build.commit_seconds > 0 ? build.commit_seconds : build.seconds,
                 static_cast<double>(system.build_peak_bytes) / (1 << 20), per_vector(system.memory_bytes),
                 per_vector(system.disk_bytes), system.open_seconds * 1e3, system.warm_seconds * 1e3);
  }
}

void PrintFilters(std::FILE* out, const SystemFigures& system) {
  for (const FilterFigures& filter : system.filters) {
    std::fprintf(out, "\n%s, filter that keeps %.4g of the rows (%zu):\n", system.name.c_str(), filter.selectivity,
                 filter.matches);
    PrintPoints(out, filter.points);
    size_t wrong = 0;
    for (const PointFigures& point : filter.points) wrong += point.short_answers;
    if (wrong > 0) std::fprintf(out, "  FAILED: %zu answers did not have %zu rows\n", wrong, filter.expected);
  }
}

void PrintChurn(std::FILE* out, const SystemFigures& system) {
  if (!system.churn) return;
  const auto count = static_cast<double>(system.churned);
  std::fprintf(out, "\n%s, %zu vectors deleted and inserted again: %.0f deletes/s, %.0f inserts/s, %.2f s until idle\n",
               system.name.c_str(), system.churned, count / system.churn->delete_seconds,
               count / system.churn->insert_seconds, system.churn->idle_seconds);
  PrintPoints(out, system.points_after_churn);
}

std::string Number(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.8g", value);
  return text;
}

// A JSON object in the making. Texts here hold nothing that needs escaping but what Text handles.
class Object {
 public:
  Object& Text(const char* key, const std::string& value) {
    std::string escaped;
    for (const char c : value) {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return Add(key, '"' + escaped + '"');
  }
  Object& Value(const char* key, double value) { return Add(key, Number(value)); }
  std::string Line() const { return "{" + fields_ + "}\n"; }

 private:
  Object& Add(const char* key, const std::string& value) {
    fields_ += (fields_.empty() ? "\"" : ", \"") + std::string(key) + "\": " + value;
    return *this;
  }
  std::string fields_;
};

std::string PointJson(const SystemFigures& system, const PointFigures& point, const char* phase, double selectivity) {
  Object object;
  object.Text("kind", "point").Text("system", system.name).Text("phase", phase).Text("point", point.label);
  if (selectivity > 0) object.Value("selectivity", selectivity);
  object.Value("recall", point.Recall()).Value("qps", point.MedianQps());
  if (!point.qps.empty()) {
    object.Value("qps_min", *std::min_element(point.qps.begin(), point.qps.end()));
    object.Value("qps_max", *std::max_element(point.qps.begin(), point.qps.end()));
  }
  object.Value("p50_us", point.LatencyAt(.5) * 1e6).Value("p99_us", point.LatencyAt(.99) * 1e6);
  object.Value("busy", point.Busy()).Value("qps_per_processor", point.ProcessorQps());
  object.Value("short_answers", static_cast<double>(point.short_answers));
  return object.Line();
}

std::string SystemJson(const RunFigures& run, const SystemFigures& system) {
  Object object;
  object.Text("kind", "system").Text("system", system.name).Text("settings", system.settings);
  if (!system.note.empty()) object.Text("note", system.note);
  object.Text("data", run.data).Text("metric", run.metric).Text("machine", run.machine);
  object.Value("rows", static_cast<double>(run.rows)).Value("dim", static_cast<double>(run.dim));
  object.Value("queries", static_cast<double>(run.queries)).Value("k", run.k);
  object.Value("threads", static_cast<double>(run.threads)).Value("rounds", static_cast<double>(run.rounds));
  object.Value("build_threads", static_cast<double>(run.build_threads));
  object.Value("build_seconds", system.build.seconds).Value("commit_seconds", system.build.commit_seconds);
  object.Value("build_peak_bytes", static_cast<double>(system.build_peak_bytes));
  object.Value("memory_bytes", static_cast<double>(system.memory_bytes));
  object.Value("disk_bytes", static_cast<double>(system.disk_bytes)).Value("open_seconds", system.open_seconds)
      .Value("warm_seconds", system.warm_seconds);
  for (const double recall : kRecalls) {
    const auto at = CurveAt(system.points, recall);
    if (!at) continue;
    const std::string suffix = "_at_" + Number(recall);
    object.Value(("qps" + suffix).c_str(), at->qps).Value(("qps_interpolated" + suffix).c_str(), at->interpolated);
  }
  if (system.churn) {
    const auto count = static_cast<double>(system.churned);
    object.Value("churned", count).Value("deletes_per_second", count / system.churn->delete_seconds);
    object.Value("inserts_per_second", count / system.churn->insert_seconds);
    object.Value("churn_idle_seconds", system.churn->idle_seconds);
  }
  return object.Line();
}

}  // namespace

void PrintReport(std::FILE* out, const RunFigures& run) {
  std::fprintf(out, "\n%s\n", run.machine.c_str());
  std::fprintf(out, "%s: %zu x %zu, %s, %zu queries, k %u, %zu searching and %zu building thread(s), %zu round(s)\n",
               run.data.c_str(), run.rows, run.dim, run.metric.c_str(), run.queries, run.k, run.threads,
               run.build_threads, run.rounds);
  for (const SystemFigures& system : run.systems) {
    std::fprintf(out, "\n%s (%s)\n", system.name.c_str(), system.settings.c_str());
    if (!system.note.empty()) std::fprintf(out, "  NOTE: %s\n", system.note.c_str());
    PrintPoints(out, system.points);
  }
  PrintAtRecalls(out, run);
  PrintBusy(out, run);
  PrintCosts(out, run);
  for (const SystemFigures& system : run.systems) PrintFilters(out, system);
  for (const SystemFigures& system : run.systems) PrintChurn(out, system);
}

std::string ReportJson(const RunFigures& run) {
  std::string lines;
  for (const SystemFigures& system : run.systems) {
    for (const PointFigures& point : system.points) lines += PointJson(system, point, "search", 0);
    for (const FilterFigures& filter : system.filters) {
      for (const PointFigures& point : filter.points) lines += PointJson(system, point, "filter", filter.selectivity);
    }
    for (const PointFigures& point : system.points_after_churn) lines += PointJson(system, point, "churned", 0);
    lines += SystemJson(run, system);
  }
  return lines;
}

}  // namespace quire::bench
