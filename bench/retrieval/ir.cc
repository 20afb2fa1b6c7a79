#include "bench/retrieval/ir.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>

#include "bench/ann/machine.h"
#include "bench/retrieval/hybrid_speed.h"
#include "bench/retrieval/judged_set.h"
#include "bench/retrieval/loaded_set.h"
#include "bench/retrieval/measures.h"
#include "bench/retrieval/rival_fts5.h"
#include "bench/retrieval/saved_run.h"
#include "bench/retrieval/word_speed.h"

namespace quire::bench {
namespace {

constexpr size_t kFlips = 10'000;

class Fts5Ranker final : public Ranker {
 public:
  static Result<std::unique_ptr<Ranker>> Load(const JudgedSet& set) {
    QUIRE_ASSIGN_OR_RETURN(auto table, Fts5::Create(":memory:", true));
    std::vector<Fts5::Row> rows;
    for (const Chunk& chunk : set.chunks) rows.push_back({chunk.title, chunk.section, chunk.text});
    QUIRE_RETURN_IF_ERROR(table->Add(rows));
    QUIRE_RETURN_IF_ERROR(table->Optimize());
    return std::unique_ptr<Ranker>(new Fts5Ranker(set, std::move(table)));
  }

  Result<std::vector<RankedDocument>> Rank(const std::string& query) override {
    QUIRE_ASSIGN_OR_RETURN(const auto found, table_->Search(query, false, kRanked));
    std::vector<RankedDocument> ranking;
    for (const auto& [row, score] : found) ranking.push_back({set_.chunks[row].uri, score});
    return ranking;
  }

 private:
  Fts5Ranker(const JudgedSet& set, std::unique_ptr<Fts5> table) : set_(set), table_(std::move(table)) {}
  const JudgedSet& set_;
  const std::unique_ptr<Fts5> table_;
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
      std::printf("%-14s %6s %-7s %8s %7s %7s %7s %7s %7s %7s %7s %6s %9s\n", "set", "n", "mode", "nDCG@10", "R@10",
                  "R@100", "MAP", "MRR", "hit@1", "hit@5", "all@5", "p", "median us");
    }
  }

  void Print(const std::string& set, size_t queries, const std::string& mode, const ModeFigures& figures) const {
    const Measures& mean = figures.mean;
    std::printf(json_ ? "{\"set\":\"%s\",\"queries\":%zu,\"mode\":\"%s\",\"ndcg10\":%.4f,\"recall10\":%.4f,"
                        "\"recall100\":%.4f,\"map\":%.4f,\"mrr\":%.4f,\"hit1\":%.4f,\"hit5\":%.4f,\"all5\":%.4f,"
                        "\"p\":%.4f,\"median_us\":%.0f}\n"
                      : "%-14s %6zu %-7s %8.4f %7.4f %7.4f %7.4f %7.4f %7.4f %7.4f %7.4f %6.3f %9.0f\n",
                set.c_str(), queries, mode.c_str(), mean.ndcg10, mean.recall10, mean.recall100, mean.ap, mean.mrr,
                mean.hit1, mean.hit5, mean.all5, figures.chance, figures.median_us);
    std::fflush(stdout);
  }

  void Print(const std::vector<RunDifference>& differences) const {
    if (!json_) {
      std::printf("\n%-14s %6s %-7s %8s %8s %8s %6s\n", "nDCG@10", "n", "mode", "before", "now", "change", "p");
    }
    for (const RunDifference& one : differences) {
      std::printf(json_ ? "{\"compared\":\"%s\",\"queries\":%zu,\"mode\":\"%s\",\"before\":%.4f,\"now\":%.4f,"
                          "\"change\":%.4f,\"p\":%.4f}\n"
                        : "%-14s %6zu %-7s %8.4f %8.4f %+8.4f %6.3f\n",
                  one.set.c_str(), one.queries, one.mode.c_str(), one.before, one.now, one.now - one.before, one.chance);
    }
  }

 private:
  const bool json_;
};

class Run {
 public:
  explicit Run(const IrOptions& options) : options_(options), report_(options.json) {}

  Status Start() {
    if (!options_.against.empty()) {
      QUIRE_ASSIGN_OR_RETURN(before_, ReadRun(options_.against));
    }
    if (options_.run.empty()) return {};
    rankings_.open(options_.run);
    return rankings_ ? Status() : Status(Code::kIoError, "file '" + options_.run + "' cannot be written");
  }

  Status Measure(const JudgedSet& set) {
    std::unique_ptr<LoadedSet> loaded;
    std::vector<double> first;
    for (const std::string& mode : options_.modes) {
      std::unique_ptr<Ranker> ranker;
      QUIRE_RETURN_IF_ERROR(MakeRanker(set, mode, &loaded, &ranker));
      ModeFigures figures;
      std::vector<Measures> all;
      QUIRE_RETURN_IF_ERROR(Ask(set, ranker.get(), mode, &all, &figures.median_us));
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

  // The means of the sets, each counting once; then what is to be saved and compared.
  Status Finish() {
    for (const std::string& mode : options_.modes) {
      report_.Print("mean", means_[mode].size(), mode, {.mean = Mean(means_[mode])});
    }
    if (!options_.against.empty()) report_.Print(CompareRuns(before_, measured_));
    return options_.save.empty() ? Status() : SaveRun(options_.save, measured_);
  }

 private:
  Status MakeRanker(const JudgedSet& set, const std::string& mode, std::unique_ptr<LoadedSet>* loaded,
                    std::unique_ptr<Ranker>* ranker) const {
    if (mode == "fts5") {
      QUIRE_ASSIGN_OR_RETURN(*ranker, Fts5Ranker::Load(set));
      return {};
    }
    if (*loaded == nullptr) {
      QUIRE_ASSIGN_OR_RETURN(*loaded, LoadedSet::Load(set, options_.embedder));
    }
    *ranker = (*loaded)->ranker(mode == "words"    ? SearchMode::kWords
                                : mode == "vector" ? SearchMode::kVector
                                                   : SearchMode::kHybrid);
    return {};
  }

  Status Ask(const JudgedSet& set, Ranker* ranker, const std::string& mode, std::vector<Measures>* all,
             double* median_us) {
    std::vector<double> microseconds;
    for (const JudgedQuery& query : set.queries) {
      const Stopwatch watch;
      QUIRE_ASSIGN_OR_RETURN(const std::vector<RankedDocument> ranked, ranker->Rank(query.text));
      microseconds.push_back(watch.seconds() * 1e6);
      std::vector<std::string> ranking;
      for (const RankedDocument& one : ranked) ranking.push_back(one.document);
      all->push_back(Judge(query, ranking));
      measured_[{set.name, mode}][query.id] = all->back();
      WriteRanking(set.name + "/" + query.id, ranked, mode);
    }
    std::sort(microseconds.begin(), microseconds.end());
    // All chunks are scored for words: that is not the time of a search (--speed has it).
    if (!microseconds.empty() && mode != "words") *median_us = microseconds[microseconds.size() / 2];
    return {};
  }

  void WriteRanking(const std::string& query, const std::vector<RankedDocument>& ranked, const std::string& tag) {
    if (!rankings_.is_open()) return;
    rankings_.precision(9);
    for (size_t i = 0; i < ranked.size(); ++i) {
      rankings_ << query << " Q0 " << ranked[i].document << ' ' << i + 1 << ' ' << ranked[i].score << ' ' << tag << '\n';
    }
  }

  const IrOptions& options_;
  const Report report_;
  std::ofstream rankings_;
  RunMeasures before_, measured_;
  std::map<std::string, std::vector<Measures>> means_;  // by mode
};

Status RunAll(const IrOptions& options) {
  Run run(options);
  QUIRE_RETURN_IF_ERROR(run.Start());
  if (!options.beir.empty()) {
    QUIRE_ASSIGN_OR_RETURN(const std::vector<std::string> folders, BeirFolders(options.beir));
    for (const std::string& folder : folders) {
      QUIRE_ASSIGN_OR_RETURN(const JudgedSet set, LoadBeir(folder));
      QUIRE_RETURN_IF_ERROR(run.Measure(set));
    }
  }
  if (!options.questions.empty()) {
    QUIRE_ASSIGN_OR_RETURN(const std::vector<JudgedSet> sets, LoadQuestions(options.questions));
    for (const JudgedSet& set : sets) QUIRE_RETURN_IF_ERROR(run.Measure(set));
  }
  std::vector<std::string> names = options.sets;
  if (!options.data.empty() && names.empty()) {
    QUIRE_ASSIGN_OR_RETURN(names, options.xquad ? XquadNames(options.data) : SetNames(options.data));
  }
  for (const std::string& name : names) {
    QUIRE_ASSIGN_OR_RETURN(const JudgedSet set, LoadSet(options.data, name));
    QUIRE_RETURN_IF_ERROR(run.Measure(set));
  }
  return run.Finish();
}

Status RunSpeed(const IrOptions& options) {
  return options.hybrid ? MeasureHybridSpeed(options.speed, options.embedder)
                        : MeasureWordSpeed(options.speed, options.index_only);
}

}  // namespace

int RunIr(const IrOptions& options) {
  const Status status = options.speed.empty() ? RunAll(options) : RunSpeed(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "quire-bench: %s\n", status.ToString().c_str());
  return 2;
}

}  // namespace quire::bench
