// Wall time and processor time until a load returns: everything is on disk, fsynced, and found. The job that links vectors for faster
// searches may have begun by then; its share is in the processor time.
#include "bench/load.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "bench/ann/machine.h"
#include "bench/ann/workplace.h"
#include "extensions/ingest/loader.h"

namespace quire::bench {
namespace {

namespace fs = std::filesystem;

struct Measured {
  ingest::LoadReport report;
  double seconds = 0, processor_seconds = 0;  // until everything is found by words and by an exact scan, and fsynced
  uint64_t peak_bytes = 0;
};

double MegabytesPer(uint64_t bytes, double seconds) {
  return static_cast<double>(bytes) / 1e6 / std::max(seconds, 1e-9);
}

// As quire-load does it: bulk, flushed at the end; opening counts, closing does not.
Result<Measured> LoadInto(const std::string& database_path, const std::string& folder, uint64_t memory_limit) {
  Measured measured;
  ResetPeak();
  const double processor = ProcessSeconds();
  const Stopwatch watch;
  {
    QUIRE_ASSIGN_OR_RETURN(const auto database,
                           Database::Open(database_path, {.sync = Sync::kOff, .memory_limit_bytes = memory_limit}));
    ingest::LoadOptions options;
    options.collection = "docs";
    options.paths = {folder};
    QUIRE_ASSIGN_OR_RETURN(measured.report, ingest::Load(*database, options));
    measured.seconds = watch.seconds();
    measured.processor_seconds = ProcessSeconds() - processor;
    measured.peak_bytes = PeakResidentBytes();  // of the load: training and links come after it
  }
  return measured;
}

void Print(const char* what, const Measured& measured) {
  const ingest::LoadReport& report = measured.report;
  std::printf(
      "%-34s %8.3f s  %8.3f s processor  %6.1f MB/s  %8llu documents  %9llu chunks  %9llu embedded  %6.0f MB peak\n",
      what, measured.seconds, measured.processor_seconds, MegabytesPer(report.bytes, measured.seconds),
      static_cast<unsigned long long>(report.documents), static_cast<unsigned long long>(report.chunks),
      static_cast<unsigned long long>(report.embedded), static_cast<double>(measured.peak_bytes) / 1e6);
}

const Measured& Median(std::vector<Measured>* runs) {
  std::sort(runs->begin(), runs->end(), [](const Measured& a, const Measured& b) { return a.seconds < b.seconds; });
  return (*runs)[runs->size() / 2];
}

std::vector<std::string> FilesOf(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  return files;
}

void PrintRival(const std::string& database, const std::string& folder) {
  const std::vector<std::string> files = FilesOf(folder);
  uint64_t bytes = 0;
  for (const std::string& file : files) bytes += fs::file_size(file);
  const double seconds = SqliteLoadFolder(database, files);
  if (seconds < 0) return static_cast<void>(std::printf("SQLite FTS5: not compiled in, or failed\n"));
  std::printf("%-34s %8.3f s  %31.1f MB/s  (words only: no vectors, headings, attributes; every run from the start)\n",
              "SQLite FTS5, 500 characters", seconds, MegabytesPer(bytes, seconds));
}

// Parsing and cutting alone, in one thread.
Status MeasureParsing(const std::string& folder) {
  ingest::LoadOptions options;
  options.collection = "docs";
  options.paths = {folder};
  options.jobs = 1;
  double best = 1e9;
  uint64_t bytes = 0, chunks = 0;
  for (int round = 0; round < 5; ++round) {
    const double begun = ProcessSeconds();
    QUIRE_ASSIGN_OR_RETURN(const ingest::LoadReport report, ingest::Preview(options, [](const ingest::ParsedFile&) {}));
    best = std::min(best, ProcessSeconds() - begun);
    bytes = report.bytes;
    chunks = report.chunks;
  }
  std::printf("%-34s %8.3f s processor, one thread  %6.1f MB/s  %llu chunks\n", "read, parse, cut (nothing written)",
              best, MegabytesPer(bytes, best), static_cast<unsigned long long>(chunks));
  return {};
}

Status MeasureFolder(const LoadBenchOptions& options, const Workplace& workplace) {
  const std::string folder = workplace.path() + "/copy";
  fs::copy(options.folder, folder, fs::copy_options::recursive);
  for (const std::string& file : FilesOf(folder)) {  // long enough ago for their times to count
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  std::vector<Measured> first, second;
  std::string database;
  for (int round = 0; round < options.rounds; ++round) {
    database = workplace.path() + "/folder" + std::to_string(round);
    QUIRE_ASSIGN_OR_RETURN(Measured measured, LoadInto(database, folder, 0));
    first.push_back(std::move(measured));
    QUIRE_ASSIGN_OR_RETURN(measured, LoadInto(database, folder, 0));
    second.push_back(std::move(measured));
  }
  std::printf("%s (median of %d)\n", options.folder.c_str(), options.rounds);
  Print("first load, fsynced", Median(&first));
  Print("second load, nothing changed", Median(&second));
  std::vector<std::string> files = FilesOf(folder);
  const std::string page =
      *std::max_element(files.begin(), files.end(),
                        [](const std::string& a, const std::string& b) { return fs::file_size(a) < fs::file_size(b); });
  std::ofstream(page, std::ios::app) << "\n\n## A section that is new\n\nIts words.\n";
  QUIRE_ASSIGN_OR_RETURN(const Measured touched, LoadInto(database, folder, 0));
  Print("the largest page has a new section", touched);
  QUIRE_RETURN_IF_ERROR(MeasureParsing(folder));
  PrintRival(workplace.path() + "/folder.sqlite", folder);
  return {};
}

// About 5 KB of Markdown: front matter, sections, prose, a list, code. Words follow Zipf's law.
std::string MadePage(uint64_t number) {
  std::mt19937_64 random(number);
  const auto word = [&random] {
    const double uniform = static_cast<double>(random() >> 11) / 9007199254740992.0;
    const auto rank = static_cast<uint64_t>(std::pow(50'000.0, uniform));
    std::string made;
    for (uint64_t i = rank * 2654435761u % 1'000'000'007u + 26; i > 0; i /= 26)
      made.push_back(static_cast<char>('a' + i % 26));
    return made;
  };
  const auto sentence = [&] {
    std::string text = word();
    for (uint64_t i = 0, length = 6 + random() % 14; i < length; ++i) text += " " + word();
    text[0] = static_cast<char>(text[0] - 32);
    return text + ". ";
  };
  std::string page = "---\ntitle: " + word() + " " + word() + "\nkind: k" + std::to_string(random() % 8) + "\n---\n\n";
  for (int section = 0; section < 6; ++section) {
    page += (section % 3 == 0 ? "## " : "### ") + word() + " " + word() + "\n\n";
    for (int i = 0; i < 7; ++i) page += sentence();
    page += "\n\n";
    if (section == 2) page += "```python\n" + word() + " = " + word() + "(" + word() + ")\n```\n\n";
    if (section == 4) page += "- " + sentence() + "\n- " + sentence() + "\n\n";
  }
  return page;
}

Status MeasureMadePages(const LoadBenchOptions& options, const Workplace& workplace) {
  const std::string folder = workplace.path() + "/made";
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < options.pages; ++i) {
    const std::string into = folder + "/" + std::to_string(i / 1000);
    if (i % 1000 == 0) fs::create_directories(into);
    const std::string page = MadePage(i);
    bytes += page.size();
    std::ofstream(into + "/" + std::to_string(i) + ".md", std::ios::binary) << page;
  }
  std::printf("\n%llu made-up pages, %.1f MB, database with a memory limit of %.0f MB\n",
              static_cast<unsigned long long>(options.pages), static_cast<double>(bytes) / 1e6,
              static_cast<double>(options.memory_limit) / 1e6);
  const std::string database = workplace.path() + "/made.quire";
  QUIRE_ASSIGN_OR_RETURN(const Measured first, LoadInto(database, folder, options.memory_limit));
  Print("first load, fsynced", first);
  QUIRE_ASSIGN_OR_RETURN(const Measured second, LoadInto(database, folder, options.memory_limit));
  Print("second load, nothing changed", second);
  QUIRE_RETURN_IF_ERROR(MeasureParsing(folder));
  PrintRival(workplace.path() + "/made.sqlite", folder);
  return {};
}

Status Measure(const LoadBenchOptions& options) {
  QUIRE_ASSIGN_OR_RETURN(const Workplace workplace, Workplace::Make());
  std::printf("%s\n\n", ProcessorName().c_str());
  if (!options.folder.empty()) QUIRE_RETURN_IF_ERROR(MeasureFolder(options, workplace));
  if (options.pages > 0) QUIRE_RETURN_IF_ERROR(MeasureMadePages(options, workplace));
  return {};
}

}  // namespace

int RunLoad(const LoadBenchOptions& options) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Status status = Measure(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "error: %s\n", status.ToString().c_str());
  return 2;
}

#ifndef QUIRE_BENCH_SQLITE
double SqliteLoadFolder(const std::string&, const std::vector<std::string>&) { return -1; }
#endif

}  // namespace quire::bench
