// A Reader over canned chunks for the tests of extensions/chat: BM25 and a cosine of word counts, by exhaustive search.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "extensions/chat/words.h"
#include "quire/database.h"

namespace quire::chat {

class FakeReader : public Reader {
 public:
  explicit FakeReader(std::vector<Chunk> chunks) : chunks_(std::move(chunks)), cutter_("english") {
    for (size_t i = 0; i < chunks_.size(); ++i) {
      chunks_[i].number = static_cast<ChunkNumber>(i);
      counts_.push_back(CountWords(chunks_[i].title + " " + chunks_[i].section + " " + chunks_[i].text));
      lengths_.push_back(0);
      for (const auto& [term, count] : counts_.back()) {
        ++frequencies_[term];
        lengths_.back() += count;
      }
      total_length_ += lengths_.back();
    }
  }

  std::string embedder = "builtin";

  Result<CollectionInfo> GetCollection(std::string_view name) const override {
    if (name != "docs") return Status(Code::kNotFound, "collection '" + std::string(name) + "' does not exist");
    CollectionInfo info;
    info.schema.name = "docs";
    info.schema.embedder = embedder;
    info.chunks = chunks_.size();
    return info;
  }
  std::vector<CollectionInfo> ListCollections() const override { return {*GetCollection("docs")}; }

  Result<std::vector<Hit>> Search(std::string_view, const SearchRequest& request) const override {
    if (request.cancelled && *request.cancelled) return Status(Code::kCancelled, "search was cancelled");
    const auto query = CountWords(request.text);
    std::vector<Hit> hits;
    for (const Chunk& chunk : chunks_) {
      Hit hit;
      hit.number = chunk.number;
      hit.word_score = Bm25(query, chunk.number);
      const double cosine = Cosine(query, counts_[chunk.number]);
      hit.distance = request.mode == SearchMode::kWords ? std::nan("") : 1 - cosine;
      hit.score = cosine;
      if (hit.word_score > 0 || (request.mode != SearchMode::kWords && cosine > 0)) hits.push_back(hit);
    }
    std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
      const double x = a.word_score + 10 * a.score, y = b.word_score + 10 * b.score;
      return x != y ? x > y : a.number < b.number;
    });
    if (hits.size() > request.k) hits.resize(request.k);
    return hits;
  }

  Result<std::vector<std::vector<Hit>>> SearchBatch(std::string_view collection,
                                                    const std::vector<SearchRequest>& requests) const override {
    std::vector<std::vector<Hit>> answers(requests.size());
    for (size_t i = 0; i < requests.size(); ++i) {
      QUIRE_ASSIGN_OR_RETURN(answers[i], Search(collection, requests[i]));
    }
    return answers;
  }
  Result<Chunk> Get(std::string_view, ChunkNumber number, ChunkParts) const override {
    if (number >= chunks_.size()) return Status(Code::kNotFound, "chunk " + std::to_string(number) + " does not exist");
    return chunks_[number];
  }
  Result<std::optional<ChunkNumber>> Find(std::string_view, std::string_view id) const override {
    for (const Chunk& chunk : chunks_) {
      if (chunk.id == id) return std::optional<ChunkNumber>(chunk.number);
    }
    return std::optional<ChunkNumber>();
  }
  Result<std::unique_ptr<ChunkCursor>> Scan(std::string_view, const Filter&, ChunkParts) const override {
    return Unused();
  }
  Result<uint64_t> Count(std::string_view, const Filter&) const override { return Unused(); }
  Result<std::optional<Document>> GetDocument(std::string_view, std::string_view) const override { return Unused(); }
  Result<std::vector<Document>> ListDocuments(std::string_view) const override { return Unused(); }

  Result<uint64_t> DocumentFrequency(std::string_view, std::string_view word) const override {
    const auto words = cutter_.Cut(word);
    return words.empty() ? 0 : FrequencyOf(words.front().term);
  }
  Result<WordScores> ScoreWords(std::string_view, std::string_view query,
                                const std::vector<ChunkNumber>& numbers) const override {
    const auto words = CountWords(query);
    WordScores scores;
    for (const auto& [term, count] : words) scores.upper_bound += Idf(term) * 2.2;
    for (const ChunkNumber number : numbers) scores.scores.push_back(Bm25(words, number));
    return scores;
  }

  // Changes a stored text behind the reader's back.
  void Overwrite(ChunkNumber number, std::string text) { chunks_[number].text = std::move(text); }

 private:
  using Counts = std::map<std::string, double>;

  static Status Unused() { return Status(Code::kInternal, "the fake reader does not do this"); }
  Counts CountWords(std::string_view text) const {
    Counts counts;
    for (const Word& word : cutter_.Cut(text)) counts[word.term] += 1;
    return counts;
  }
  uint64_t FrequencyOf(const std::string& term) const {
    const auto found = frequencies_.find(term);
    return found == frequencies_.end() ? 0 : found->second;
  }
  double Idf(const std::string& term) const {
    const auto n = static_cast<double>(chunks_.size()), df = static_cast<double>(FrequencyOf(term));
    return std::log(1 + (n - df + 0.5) / (df + 0.5));
  }
  double Bm25(const Counts& query, ChunkNumber number) const {
    double score = 0;
    const double average = total_length_ / static_cast<double>(chunks_.size());
    for (const auto& [term, unused] : query) {
      const auto found = counts_[number].find(term);
      if (found == counts_[number].end()) continue;
      score += Idf(term) * found->second * 2.2 / (found->second + 1.2 * (0.25 + 0.75 * lengths_[number] / average));
    }
    return score;
  }
  double Cosine(const Counts& a, const Counts& b) const {
    double dot = 0, aa = 0, bb = 0;
    for (const auto& [term, count] : a) {
      aa += count * Idf(term) * Idf(term);
      if (const auto found = b.find(term); found != b.end())
        dot += std::sqrt(count * found->second) * Idf(term) * Idf(term);
    }
    for (const auto& [term, count] : b) bb += count * Idf(term) * Idf(term);
    return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0;
  }

  std::vector<Chunk> chunks_;
  WordCutter cutter_;
  std::vector<Counts> counts_;
  std::vector<double> lengths_;
  std::map<std::string, uint64_t> frequencies_;
  double total_length_ = 0;
};

// A Database that can only give its reader, if it has one.
class FakeDatabase : public Database {
 public:
  explicit FakeDatabase(std::shared_ptr<const Reader> reader) : reader_(std::move(reader)) {}

  Status CreateCollection(CollectionSchema) override { return Unused(); }
  Status DropCollection(std::string_view) override { return Unused(); }
  Status RenameCollection(std::string_view, std::string_view) override { return Unused(); }
  Status AddColumns(std::string_view, std::vector<ColumnSchema>) override { return Unused(); }
  Status SetRecallTarget(std::string_view, double) override { return Unused(); }
  Status SetVectorWeight(std::string_view, double) override { return Unused(); }
  Result<std::vector<GenerationComparison>> CompareGenerations(std::string_view,
                                                               const std::vector<ComparisonQuery>&) const override {
    return Unused();
  }
  Status CreateEmbedder(EmbedderDefinition) override { return Unused(); }
  Status DropEmbedder(std::string_view) override { return Unused(); }
  std::vector<EmbedderInfo> ListEmbedders() const override { return {}; }
  Result<std::shared_ptr<const Embedder>> FindEmbedder(std::string_view, std::string_view) const override { return Unused(); }
  Status StartRebuild(std::string_view, const RebuildOptions&) override { return Unused(); }
  Status SwitchGeneration(std::string_view) override { return Unused(); }
  Status RollBackGeneration(std::string_view) override { return Unused(); }
  Status DropGeneration(std::string_view) override { return Unused(); }
  Result<std::vector<GenerationInfo>> ListGenerations(std::string_view) const override { return Unused(); }
  std::unique_ptr<Transaction> Begin() override { return nullptr; }
  std::shared_ptr<const Reader> reader() const override { return reader_; }
  Result<uint64_t> Refresh() override { return uint64_t{0}; }
  Status Flush() override { return Unused(); }
  void SetSync(Sync) override {}
  Sync sync() const override { return Sync::kFull; }
  std::vector<IndexInfo> ListIndexes() const override { return {}; }
  std::vector<MetricInfo> ListMetrics() const override { return {}; }
  Result<BackupInfo> Backup(const std::string&) const override { return Unused(); }
  Result<ForgetReceipt> ForgetDocument(std::string_view, const std::string&, const ForgetAlso&) override { return Unused(); }
  std::vector<JobInfo> ListJobs() const override { return {}; }
  Status CancelJob(uint64_t) override { return Unused(); }
  Status RunJobs() override { return Unused(); }
  Status Vacuum(std::string_view) override { return Unused(); }
  Result<std::vector<std::string>> Check() const override { return Unused(); }
  const std::string& path() const override { return path_; }
  bool read_only() const override { return true; }
  const Options& options() const override { return options_; }

 private:
  static Status Unused() { return Status(Code::kInternal, "the fake database does not do this"); }

  std::shared_ptr<const Reader> reader_;
  std::string path_ = "fake";
  Options options_;
};

}  // namespace quire::chat
