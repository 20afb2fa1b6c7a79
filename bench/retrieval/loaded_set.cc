#include "bench/retrieval/loaded_set.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "bench/ann/machine.h"
#include "bench/ann/workplace.h"
#include "quire/database.h"

namespace quire::bench {
namespace {

constexpr const char* kCollection = "texts";
constexpr size_t kChunksPerCommit = 2'000;

using Documents = std::map<ChunkNumber, std::string>;

// MATCH asks for all words, a question for any: so that every chunk is scored here for words alone.
class QuireRanker final : public Ranker {
 public:
  QuireRanker(std::shared_ptr<const Reader> reader, const Documents& documents, SearchMode mode)
      : reader_(std::move(reader)), documents_(documents), mode_(mode) {
    for (const auto& [number, document] : documents) numbers_.push_back(number);
  }

  Result<std::vector<RankedDocument>> Rank(const std::string& query) override {
    if (mode_ == SearchMode::kWords) return RankByWords(query);
    QUIRE_ASSIGN_OR_RETURN(const auto hits,
                           reader_->Search(kCollection, {.text = query, .mode = mode_, .k = kRanked}));
    std::vector<RankedDocument> ranking;
    for (const Hit& hit : hits) ranking.push_back({documents_.at(hit.number), hit.score});
    return ranking;
  }

 private:
  Result<std::vector<RankedDocument>> RankByWords(const std::string& query) const {
    const auto scored = reader_->ScoreWords(kCollection, query, numbers_);
    if (!scored.ok() && scored.status().code() == Code::kInvalidArgument) return std::vector<RankedDocument>();
    if (!scored.ok()) return scored.status();
    std::vector<RankedDocument> ranking;
    for (size_t i = 0; i < numbers_.size(); ++i) {
      if (scored->scores[i] > 0) ranking.push_back({documents_.at(numbers_[i]), scored->scores[i]});
    }
    std::stable_sort(ranking.begin(), ranking.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    if (ranking.size() > kRanked) ranking.resize(kRanked);
    return ranking;
  }

  const std::shared_ptr<const Reader> reader_;
  const Documents& documents_;
  const SearchMode mode_;
  std::vector<ChunkNumber> numbers_;  // ascending
};

class QuireSet final : public LoadedSet {
 public:
  explicit QuireSet(Workplace workplace) : workplace_(std::move(workplace)) {}

  std::unique_ptr<Ranker> ranker(SearchMode mode) const override {
    return std::make_unique<QuireRanker>(reader_, documents_, mode);
  }

  Status Fill(const JudgedSet& set, const std::string& embedder) {
    Options options;
    options.sync = Sync::kOff;
    QUIRE_ASSIGN_OR_RETURN(database_, Database::Open(workplace_.path() + "/db", options));
    QUIRE_RETURN_IF_ERROR(
        database_->CreateCollection({.name = kCollection, .embedder = embedder, .language = set.language}));
    for (size_t begin = 0; begin < set.chunks.size(); begin += kChunksPerCommit) {
      const auto transaction = database_->Begin();
      for (size_t i = begin; i < std::min(begin + kChunksPerCommit, set.chunks.size()); ++i) {
        QUIRE_RETURN_IF_ERROR(transaction->Insert(kCollection, set.chunks[i]));
      }
      QUIRE_RETURN_IF_ERROR(transaction->Commit());
    }
    const Stopwatch watch;
    QUIRE_RETURN_IF_ERROR(database_->RunJobs());  // an embedder that is trained on the collection is trained
    std::fprintf(stderr, "%s: jobs took %.2f s\n", set.name.c_str(), watch.seconds());
    reader_ = database_->reader();
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader_->Scan(kCollection, {}, {.text = false}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) return {};
      documents_[chunk.number] = chunk.uri;
    }
  }

 private:
  const Workplace workplace_;  // goes last
  std::unique_ptr<Database> database_;
  std::shared_ptr<const Reader> reader_;
  Documents documents_;
};

}  // namespace

Result<std::unique_ptr<LoadedSet>> LoadedSet::Load(const JudgedSet& set, const std::string& embedder) {
  QUIRE_ASSIGN_OR_RETURN(Workplace workplace, Workplace::Make());
  auto loaded = std::make_unique<QuireSet>(std::move(workplace));
  QUIRE_RETURN_IF_ERROR(loaded->Fill(set, embedder));
  return std::unique_ptr<LoadedSet>(std::move(loaded));
}

}  // namespace quire::bench
