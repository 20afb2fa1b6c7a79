// A word index in a temporary directory, with the chunk table as plain vectors. For the tests of engine/text.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/storage/store.h"
#include "engine/text/word_index.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::text {

class WordWorld : public ChunkLengths {
 public:
  static constexpr uint32_t kCollection = 7;

  explicit WordWorld(std::string_view language = "english") : analyzer_(Analyzer::Make(language).value()) {
    auto store = storage::Store::Open(directory_ / "db", Options());
    if (!store.ok()) FAIL(store.status().ToString());
    store_ = std::move(store).value();
    snapshot_ = store_->snapshot();
  }

  // Adds texts in one commit; their numbers follow those before.
  void Add(const std::vector<std::string>& texts) {
    PostingWriter writer;
    for (const std::string& text : texts) {
      const WordList words = ListWords(*analyzer_, text);
      writer.Add(static_cast<ChunkNumber>(lengths_.size()), words);
      lengths_.push_back(words.length);
      live_.push_back(true);
      texts_.push_back(text);
    }
    storage::Batch batch;
    writer.Write(kCollection, &batch);
    Commit(std::move(batch));
  }

  void Commit(storage::Batch&& batch) {
    const Status status = store_->Commit(std::move(batch));
    if (!status.ok()) FAIL(status.ToString());
    snapshot_ = store_->snapshot();
  }

  void Remove(ChunkNumber number) { live_[number] = false; }

  WordSource source() const {
    return {.collection = kCollection, .snapshot = snapshot_.get(), .analyzer = analyzer_.get(), .chunks = this};
  }

  Result<std::vector<WordHit>> Search(std::string_view query, bool grammar = false, uint32_t k = 1000) const {
    WordRequest request;
    request.query = query;
    request.grammar = grammar;
    request.k = k;
    return SearchWords(source(), request);
  }

  // Numbers a MATCH finds, ascending.
  std::vector<ChunkNumber> Match(std::string_view query) const {
    auto hits = Search(query, true);
    INFO(query);
    if (!hits.ok()) FAIL(hits.status().ToString());
    std::vector<ChunkNumber> numbers;
    for (const WordHit& hit : hits.value()) numbers.push_back(hit.number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  // Merges all postings, a few terms at a time.
  void Merge() {
    std::string next;
    do {
      storage::Batch batch;
      const Status status = MergePostings(source(), 3, &next, &batch);
      if (!status.ok()) FAIL(status.ToString());
      Commit(std::move(batch));
    } while (!next.empty());
  }

  size_t CountBlocks() const {
    size_t blocks = 0;
    const Status status = VisitPostings(source(), [&](std::string_view, std::span<const ChunkNumber>) {
      ++blocks;
      return Status();
    });
    if (!status.ok()) FAIL(status.ToString());
    return blocks;
  }

  bool IsLive(ChunkNumber number) const override { return number < live_.size() && live_[number]; }
  uint32_t LengthOf(ChunkNumber number) const override { return lengths_[number]; }
  uint64_t live_count() const override { return static_cast<uint64_t>(std::count(live_.begin(), live_.end(), true)); }
  uint64_t total_length() const override {
    uint64_t total = 0;
    for (ChunkNumber i = 0; i < live_.size(); ++i) total += live_[i] ? lengths_[i] : 0;
    return total;
  }

  const Analyzer& analyzer() const { return *analyzer_; }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  testing::TemporaryDirectory directory_;
  std::shared_ptr<const Analyzer> analyzer_;
  std::unique_ptr<storage::Store> store_;
  std::shared_ptr<const storage::Snapshot> snapshot_;
  std::vector<uint32_t> lengths_;
  std::vector<bool> live_;
  std::vector<std::string> texts_;
};

}  // namespace quire::text
