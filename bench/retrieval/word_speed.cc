#include "bench/retrieval/word_speed.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "bench/ann/machine.h"
#include "bench/retrieval/rival_fts5.h"
#include "bench/retrieval/sections.h"
#include "bench/ann/workplace.h"
#include "engine/base/function_ref.h"
#include "engine/db/chunk_table.h"
#include "engine/text/word_index.h"

namespace quire::bench {
namespace {

constexpr uint32_t kCollection = 1;
constexpr size_t kTextsPerCommit = 10'000;
constexpr size_t kFts5Queries = 50;  // of them, spread evenly: it takes its time
constexpr uint32_t kWanted = 10;
constexpr int kRounds = 3;

// The word index of a collection, and nothing else of it.
class Words {
 public:
  static Result<std::unique_ptr<Words>> Create(const std::string& path) {
    std::unique_ptr<Words> words(new Words);
    Options options;
    options.sync = Sync::kOff;
    QUIRE_ASSIGN_OR_RETURN(words->store_, storage::Store::Open(path, options));
    QUIRE_ASSIGN_OR_RETURN(words->analyzer_, text::Analyzer::Make("english"));
    return words;
  }

  Status Add(std::span<const Section> sections) {
    double begun = ProcessSeconds();
    const auto stage = [&begun](double* seconds) {
      const double now = ProcessSeconds();
      *seconds += now - begun;
      begun = now;
    };
    std::vector<text::WordList> lists;
    for (const Section& section : sections) {
      lists.push_back(text::ListWords(*analyzer_, section.title + "\n" + section.text,
                                      {section.title.size(), section.title.size()}));
    }
    stage(&listing_);
    text::PostingWriter writer;
    for (const text::WordList& words : lists) {
      writer.Add(next_, words);
      table_.Add(next_++, words.lengths);
    }
    stage(&gathering_);
    storage::Batch batch;
    writer.Write(kCollection, &batch);
    table_.Write(kCollection, &batch);
    const Status status = store_->Commit(std::move(batch));
    stage(&committing_);
    return status;
  }
  std::string stages() const {
    std::array<char, 100> line;
    std::snprintf(line.data(), line.size(), "lists of words %.2f, gathering %.2f, committing %.2f", listing_, gathering_,
                  committing_);
    return line.data();
  }

  // As the background job does it.
  Status Merge() {
    std::string next_term;
    do {
      snapshot_ = store_->snapshot();
      storage::Batch batch;
      QUIRE_RETURN_IF_ERROR(text::MergePostings(source(), 2'000, &next_term, &batch));
      QUIRE_RETURN_IF_ERROR(store_->Commit(std::move(batch)));
    } while (!next_term.empty());
    snapshot_ = store_->snapshot();
    return {};
  }

  Status Settle() {
    QUIRE_RETURN_IF_ERROR(store_->Flush());
    return store_->CompactRange(storage::Family::kWord, "", "");
  }

  Result<size_t> Search(std::string_view query, bool all_words) const {
    const auto hits =
        text::SearchWords(source(), {.query = query, .grammar = all_words, .k = kWanted});
    if (!hits.ok() && hits.status().code() == Code::kInvalidArgument) return size_t{0};
    if (!hits.ok()) return hits.status();
    return hits->size();
  }

 private:
  Words() = default;
  text::WordSource source() const {
    return {.collection = kCollection, .snapshot = snapshot_.get(), .analyzer = analyzer_.get(), .chunks = &table_};
  }

  std::unique_ptr<storage::Store> store_;
  std::shared_ptr<const text::Analyzer> analyzer_;
  std::shared_ptr<const storage::Snapshot> snapshot_;
  db::ChunkTable table_;
  ChunkNumber next_ = 0;
  double listing_ = 0, gathering_ = 0, committing_ = 0;  // processor seconds
};

struct Spread {
  double median = 0, p95 = 0, mean = 0;
};

// Microseconds; each query's least of some rounds.
Result<Spread> Time(const std::vector<std::string>& queries, size_t count,
                    function_ref<Result<size_t>(const std::string&)> search) {
  std::vector<double> times(std::min(count, queries.size()), 1e300);
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < times.size(); ++i) {
      const Stopwatch watch;
      QUIRE_RETURN_IF_ERROR(search(queries[i * queries.size() / times.size()]).status());
      times[i] = std::min(times[i], watch.seconds() * 1e6);
    }
  }
  Spread spread;
  std::sort(times.begin(), times.end());
  for (const double time : times) spread.mean += time / static_cast<double>(times.size());
  spread.median = times[times.size() / 2];
  spread.p95 = times[times.size() * 95 / 100];
  return spread;
}

Status CompareSearch(const char* name, const std::vector<std::string>& queries, bool all_words, const Words& words,
                     Fts5* rival) {
  // The same ones for both; ours in full besides.
  QUIRE_ASSIGN_OR_RETURN(const Spread theirs, Time(queries, kFts5Queries, [&](const std::string& query) -> Result<size_t> {
    QUIRE_ASSIGN_OR_RETURN(const auto found, rival->Search(query, all_words, kWanted));
    return found.size();
  }));
  const auto search = [&](const std::string& query) { return words.Search(query, all_words); };
  QUIRE_ASSIGN_OR_RETURN(const Spread ours, Time(queries, kFts5Queries, search));
  QUIRE_ASSIGN_OR_RETURN(const Spread full, Time(queries, queries.size(), search));
  std::printf("%-26s %9.0f %9.0f %9.0f   %9.0f %9.0f %9.0f   %6.1f %6.1f   %9.0f %9.0f\n", name, ours.median, ours.p95,
              ours.mean, theirs.median, theirs.p95, theirs.mean, theirs.median / ours.median, theirs.mean / ours.mean,
              full.median, full.p95);
  std::fflush(stdout);
  return {};
}

template <typename Add>
Status InCommits(const std::vector<Section>& sections, const Add& add) {
  for (size_t begin = 0; begin < sections.size(); begin += kTextsPerCommit) {
    const size_t count = std::min(kTextsPerCommit, sections.size() - begin);
    QUIRE_RETURN_IF_ERROR(add(std::span<const Section>(sections).subspan(begin, count)));
  }
  return {};
}

}  // namespace

Status MeasureWordSpeed(const std::string& path, bool index_only) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Section> sections, ReadSections(path));
  QUIRE_ASSIGN_OR_RETURN(const Workplace workplace, Workplace::Make());
  uint64_t text_bytes = 0;
  for (const Section& section : sections) text_bytes += section.title.size() + section.text.size();
  std::printf("%s, one thread; %zu sections, %.1f MB of text\n", ProcessorName().c_str(), sections.size(),
              static_cast<double>(text_bytes) / 1e6);

  const std::string rival_folder = workplace.path() + "/fts5";
  std::filesystem::create_directory(rival_folder);
  QUIRE_ASSIGN_OR_RETURN(const auto rival, Fts5::Create(rival_folder + "/words", true));
  double begun = ProcessSeconds();
  QUIRE_RETURN_IF_ERROR(InCommits(sections, [&](std::span<const Section> some) {
    std::vector<Fts5::Row> rows;
    for (const Section& section : some) rows.push_back({section.title, "", section.text});
    return rival->Add(rows);
  }));
  const double rival_added = ProcessSeconds() - begun;
  QUIRE_RETURN_IF_ERROR(rival->Optimize());
  const double rival_merged = ProcessSeconds() - begun;

  const std::string own_path = workplace.path() + "/quire";
  QUIRE_ASSIGN_OR_RETURN(const auto words, Words::Create(own_path));
  begun = ProcessSeconds();
  QUIRE_RETURN_IF_ERROR(InCommits(sections, [&](std::span<const Section> some) { return words->Add(some); }));
  const double added = ProcessSeconds() - begun;
  QUIRE_RETURN_IF_ERROR(words->Merge());
  const double merged = ProcessSeconds() - begun;
  QUIRE_RETURN_IF_ERROR(words->Settle());

  const auto share = [&](const std::string& where) {
    return static_cast<double>(DiskBytes(where)) / static_cast<double>(text_bytes);
  };
  std::printf("index: processor seconds, with merging; bytes on disk a byte of text\n");
  std::printf("  quire %6.2f %6.2f   %.3f   (%s)\n  fts5  %6.2f %6.2f   %.3f\n", added, merged, share(own_path),
              words->stages().c_str(), rival_added, rival_merged, share(rival_folder));
  if (index_only) return {};

  const auto [titles, texts] = MakeQueries(sections);
  std::printf("%-26s %29s   %29s   %13s   %19s\n%-26s %9s %9s %9s   %9s %9s %9s   %6s %6s   %9s %9s\n", "top 10, us", "quire",
              "fts5", "times faster", "quire, all queries", "", "median", "p95", "mean", "median", "p95", "mean", "median",
              "mean", "median", "p95");
  QUIRE_RETURN_IF_ERROR(CompareSearch("titles, any word", titles, false, *words, rival.get()));
  QUIRE_RETURN_IF_ERROR(CompareSearch("ten words of text, any", texts, false, *words, rival.get()));
  QUIRE_RETURN_IF_ERROR(CompareSearch("titles, all words", titles, true, *words, rival.get()));
  QUIRE_RETURN_IF_ERROR(CompareSearch("ten words of text, all", texts, true, *words, rival.get()));
  return {};
}

}  // namespace quire::bench
