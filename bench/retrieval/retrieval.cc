#include "bench/retrieval/retrieval.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include "bench/ann/machine.h"
#include "bench/retrieval/judged_set.h"
#include "bench/retrieval/measures.h"
#include "bench/ann/workplace.h"
#include "engine/embed/lsa_embedder.h"
#include "quire/database.h"

namespace quire::bench {
namespace {

constexpr const char* kCollection = "texts";
constexpr uint32_t kRanked = 100;
constexpr size_t kChunksPerCommit = 2'000;
constexpr size_t kFlips = 10'000;

Result<SearchMode> ModeOf(const std::string& name) {
  if (name == "words") return SearchMode::kWords;
  if (name == "vector") return SearchMode::kVector;
  if (name == "hybrid") return SearchMode::kHybrid;
  return Status(Code::kInvalidArgument, "mode '" + name + "' is not known, expected words, vector or hybrid");
}

// On the texts as they are indexed.
Result<std::shared_ptr<const Embedder>> Train(const JudgedSet& set) {
  std::vector<std::string> texts;
  for (const Chunk& chunk : set.chunks) texts.push_back(chunk.title + "\n" + chunk.section + "\n" + chunk.text);
  QUIRE_ASSIGN_OR_RETURN(auto analyzer, text::Analyzer::Make("english"));
  return embed::TrainLsa(std::move(analyzer), std::vector<std::string_view>(texts.begin(), texts.end()), {});
}

// A database in a folder of its own, both gone at the end.
class Scratch {
 public:
  static Result<std::unique_ptr<Scratch>> Load(const JudgedSet& set, const std::string& embedder) {
    QUIRE_ASSIGN_OR_RETURN(Workplace workplace, Workplace::Make());
    std::unique_ptr<Scratch> scratch(new Scratch(std::move(workplace)));
    QUIRE_RETURN_IF_ERROR(scratch->Fill(set, embedder));
    return scratch;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // Words: any of the query's, as in hybrid mode. MATCH asks for all, so that every chunk is scored here instead.
  Result<std::vector<Hit>> Search(SearchMode mode, const std::string& text) const {
    if (mode != SearchMode::kWords) return reader_->Search(kCollection, {.text = text, .mode = mode, .k = kRanked});
    const auto scored = reader_->ScoreWords(kCollection, text, numbers_);
    if (!scored.ok() && scored.status().code() == Code::kInvalidArgument) return std::vector<Hit>();  // no word in it
    if (!scored.ok()) return scored.status();
    std::vector<Hit> hits;
    for (size_t i = 0; i < numbers_.size(); ++i) {
      if (scored->scores[i] > 0) hits.push_back({.number = numbers_[i], .score = scored->scores[i]});
    }
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.score > b.score; });
    if (hits.size() > kRanked) hits.resize(kRanked);
    return hits;
  }
  const std::string& document(ChunkNumber number) const { return documents_.at(number); }

 private:
  explicit Scratch(Workplace workplace) : workplace_(std::move(workplace)) {}

  Status Fill(const JudgedSet& set, const std::string& embedder) {
    Options options;
    options.sync = Sync::kOff;
    if (embedder == "lsa") {
      const Stopwatch watch;
      QUIRE_ASSIGN_OR_RETURN(auto trained, Train(set));
      std::fprintf(stderr, "%s: lsa trained in %.2f s\n", set.name.c_str(), watch.seconds());
      options.embedders.push_back(std::move(trained));
    }
    QUIRE_ASSIGN_OR_RETURN(database_, Database::Open(workplace_.path() + "/db", options));
    QUIRE_RETURN_IF_ERROR(database_->CreateCollection({.name = kCollection, .embedder = embedder}));
    for (size_t begin = 0; begin < set.chunks.size(); begin += kChunksPerCommit) {
      const auto transaction = database_->Begin();
      for (size_t i = begin; i < std::min(begin + kChunksPerCommit, set.chunks.size()); ++i) {
        QUIRE_RETURN_IF_ERROR(transaction->Insert(kCollection, set.chunks[i]));
      }
      QUIRE_RETURN_IF_ERROR(transaction->Commit());
    }
    reader_ = database_->reader();
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader_->Scan(kCollection, {}, {.text = false}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) return {};
      documents_[chunk.number] = chunk.uri;
      numbers_.push_back(chunk.number);
    }
  }

  const Workplace workplace_;  // goes last
  std::unique_ptr<Database> database_;
  std::shared_ptr<const Reader> reader_;
  std::vector<ChunkNumber> numbers_;  // ascending
  std::map<ChunkNumber, std::string> documents_;
};

// What was measured of one set in one mode.
struct ModeFigures {
  Measures mean{};
  double chance = 1;  // that its nDCG differs by chance from that of the first mode
  double median_us = 0;
};

class Report {
 public:
  explicit Report(bool json) : json_(json) {
    if (!json_) {
      std::printf("%-14s %6s %-7s %8s %8s %8s %8s %8s %8s %9s\n", "set", "n", "mode", "nDCG@10", "R@10", "R@100", "MRR",
                  "hit@5", "p", "median us");
    }
  }

  void Print(const std::string& set, size_t queries, const std::string& mode, const ModeFigures& figures) const {
    const Measures& mean = figures.mean;
    std::printf(json_ ? "{\"set\":\"%s\",\"queries\":%zu,\"mode\":\"%s\",\"ndcg10\":%.4f,\"recall10\":%.4f,"
                        "\"recall100\":%.4f,\"mrr\":%.4f,\"hit5\":%.4f,\"p\":%.4f,\"median_us\":%.0f}\n"
                      : "%-14s %6zu %-7s %8.4f %8.4f %8.4f %8.4f %8.4f %8.3f %9.0f\n",
                set.c_str(), queries, mode.c_str(), mean.ndcg10, mean.recall10, mean.recall100, mean.mrr, mean.hit5,
                figures.chance, figures.median_us);
    std::fflush(stdout);
  }

 private:
  const bool json_;
};

class Run {
 public:
  explicit Run(const RetrievalOptions& options) : options_(options), report_(options.json) {}

  Status Start() {
    if (options_.run.empty()) return {};
    run_.open(options_.run);
    return run_ ? Status() : Status(Code::kIoError, "file '" + options_.run + "' cannot be written");
  }

  Status Measure(const JudgedSet& set) {
    QUIRE_ASSIGN_OR_RETURN(const auto scratch, Scratch::Load(set, options_.embedder));
    std::vector<double> first;
    for (const std::string& mode : options_.modes) {
      ModeFigures figures;
      std::vector<Measures> all;
      QUIRE_RETURN_IF_ERROR(Ask(set, *scratch, mode, &all, &figures.median_us));
      std::vector<double> ndcg;
      for (const Measures& one : all) ndcg.push_back(one.ndcg10);
      if (first.empty()) first = ndcg;
      figures.mean = Mean(all);
      figures.chance = ChanceOfDifference(first, ndcg, kFlips);
      report_.Print(set.name, all.size(), mode, figures);
      means_[mode].push_back(figures.mean);
    }
    return {};
  }

  // Of the sets, each counting once.
  void PrintMeans() const {
    for (const std::string& mode : options_.modes) {
      report_.Print("mean", means_.at(mode).size(), mode, {.mean = Mean(means_.at(mode))});
    }
  }

 private:
  Status Ask(const JudgedSet& set, const Scratch& scratch, const std::string& mode_name, std::vector<Measures>* all,
             double* median_us) {
    QUIRE_ASSIGN_OR_RETURN(const SearchMode mode, ModeOf(mode_name));
    std::vector<double> microseconds;
    for (const JudgedQuery& query : set.queries) {
      const Stopwatch watch;
      QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, scratch.Search(mode, query.text));
      microseconds.push_back(watch.seconds() * 1e6);
      std::vector<std::string> ranking;
      for (const Hit& hit : hits) ranking.push_back(scratch.document(hit.number));
      all->push_back(Judge(query, ranking));
      WriteRun(set.name + "/" + query.id, hits, ranking, mode_name);
    }
    std::sort(microseconds.begin(), microseconds.end());
    // All chunks are scored for words: that is not the time of a search.
    if (!microseconds.empty() && mode != SearchMode::kWords) *median_us = microseconds[microseconds.size() / 2];
    return {};
  }

  void WriteRun(const std::string& query, const std::vector<Hit>& hits, const std::vector<std::string>& ranking,
                const std::string& tag) {
    if (!run_.is_open()) return;
    run_.precision(9);
    for (size_t i = 0; i < hits.size(); ++i) {
      run_ << query << " Q0 " << ranking[i] << ' ' << i + 1 << ' ' << hits[i].score << ' ' << tag << '\n';
    }
  }

  const RetrievalOptions& options_;
  const Report report_;
  std::ofstream run_;
  std::map<std::string, std::vector<Measures>> means_;  // by mode
};

Status RunAll(const RetrievalOptions& options) {
  Run run(options);
  QUIRE_RETURN_IF_ERROR(run.Start());
  std::vector<std::string> names = options.sets;
  if (options.beir) names = {options.data};
  if (names.empty()) {
    QUIRE_ASSIGN_OR_RETURN(names, SetNames(options.data));
  }
  for (const std::string& name : names) {
    QUIRE_ASSIGN_OR_RETURN(const JudgedSet set, options.beir ? LoadBeir(name) : LoadSet(options.data, name));
    QUIRE_RETURN_IF_ERROR(run.Measure(set));
  }
  run.PrintMeans();
  return {};
}

}  // namespace

int RunRetrieval(const RetrievalOptions& options) {
  const Status status = RunAll(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "quire-bench: %s\n", status.ToString().c_str());
  return 2;
}

}  // namespace quire::bench
