#include "bench/retrieval/hybrid_speed.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "bench/ann/machine.h"
#include "bench/ann/workplace.h"
#include "bench/retrieval/sections.h"
#include "quire/database.h"

namespace quire::bench {
namespace {

constexpr const char* kCollection = "sections";
constexpr size_t kChunksPerCommit = 10'000;
constexpr uint32_t kWanted = 10;

Status Fill(Database* database, const std::vector<Section>& sections, const std::string& embedder) {
  QUIRE_RETURN_IF_ERROR(database->CreateCollection({.name = kCollection, .embedder = embedder}));
  for (size_t begin = 0; begin < sections.size(); begin += kChunksPerCommit) {
    const auto transaction = database->Begin();
    for (size_t i = begin; i < std::min(begin + kChunksPerCommit, sections.size()); ++i) {
      const Section& section = sections[i];
      QUIRE_RETURN_IF_ERROR(transaction->Insert(kCollection, {.id = std::to_string(i),
                                                              .uri = section.document,
                                                              .title = section.title,
                                                              .text = section.text.empty() ? section.title : section.text}));
    }
    QUIRE_RETURN_IF_ERROR(transaction->Commit());
  }
  return {};
}

// Milliseconds.
Status Time(const char* name, const Reader& reader, const std::vector<std::string>& queries, SearchMode mode) {
  std::vector<double> times;
  for (size_t i = 0; i < queries.size(); ++i) {
    const Stopwatch watch;
    const auto hits = reader.Search(kCollection, {.text = queries[i], .mode = mode, .k = kWanted});
    if (!hits.ok() && hits.status().code() != Code::kInvalidArgument) return hits.status();  // no word in it
    const bool warm = i >= queries.size() / 10;
    if (hits.ok() && warm) times.push_back(watch.seconds() * 1e3);
  }
  std::sort(times.begin(), times.end());
  if (times.empty()) return Status(Code::kInvalidArgument, "no query could be asked");
  const auto at = [&](size_t percent) { return times[std::min(times.size() - 1, times.size() * percent / 100)]; };
  std::printf("%-32s %8.3f %8.3f %8.3f %8.3f\n", name, at(50), at(95), at(99), times.back());
  std::fflush(stdout);
  return {};
}

}  // namespace

Status MeasureHybridSpeed(const std::string& path, const std::string& embedder) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Section> sections, ReadSections(path));
  QUIRE_ASSIGN_OR_RETURN(const Workplace workplace, Workplace::Make());
  Options options;
  options.sync = Sync::kOff;
  QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(workplace.path() + "/db", options));
  const Stopwatch filling;
  QUIRE_RETURN_IF_ERROR(Fill(database.get(), sections, embedder));
  const double filled = filling.seconds();
  QUIRE_RETURN_IF_ERROR(database->RunJobs());
  const auto reader = database->reader();
  QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, reader->GetCollection(kCollection));
  std::printf("%s; %llu chunks of %llu documents, written in %.1f s, all jobs done after %.1f s\n", ProcessorName().c_str(),
              static_cast<unsigned long long>(info.chunks), static_cast<unsigned long long>(info.documents), filled,
              filling.seconds());
  const SectionQueries queries = MakeQueries(sections);
  std::printf("%-32s %8s %8s %8s %8s\n", "top 10, ms, one thread", "median", "p95", "p99", "most");
  QUIRE_RETURN_IF_ERROR(Time("titles, by vector", *reader, queries.titles, SearchMode::kVector));
  QUIRE_RETURN_IF_ERROR(Time("titles, by both", *reader, queries.titles, SearchMode::kHybrid));
  QUIRE_RETURN_IF_ERROR(Time("ten words of a text, by vector", *reader, queries.texts, SearchMode::kVector));
  return Time("ten words of a text, by both", *reader, queries.texts, SearchMode::kHybrid);
}

}  // namespace quire::bench
