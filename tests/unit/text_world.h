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

  // Adds texts in one commit; their numbers follow those before. `ends`: of the fields of each; empty: all is body.
  void Add(const std::vector<std::string>& texts, const std::vector<FieldEnds>& ends = {}) {
    PostingWriter writer;
    for (size_t i = 0; i < texts.size(); ++i) {
      const WordList words = ListWords(*analyzer_, texts[i], ends.empty() ? FieldEnds() : ends[i]);
      writer.Add(NextNumber(words.lengths), words);
      texts_.push_back(texts[i]);
      ends_.push_back(ends.empty() ? FieldEnds() : ends[i]);
    }
    storage::Batch batch;
    writer.Write(kCollection, &batch);
    Commit(std::move(batch));
  }

  // Makes room for a chunk of that length; gives its number.
  ChunkNumber NextNumber(const FieldLengths& lengths) {
    const ChunkNumber number = next_++;
    if (number % kBlockSize == 0) {
      lengths_.resize(lengths_.size() + kBlockSize);
      live_bits_.resize(live_bits_.size() + kBlockSize / 64);
    }
    lengths_[number] = lengths;
    live_bits_[number / 64] |= uint64_t{1} << (number % 64);
    ++live_;
    total_quarters_ += Quarters(lengths);
    return number;
  }

  void Commit(storage::Batch&& batch) {
    const Status status = store_->Commit(std::move(batch));
    if (!status.ok()) FAIL(status.ToString());
    snapshot_ = store_->snapshot();
  }

  void Remove(ChunkNumber number) {
    if (!IsLive(number)) return;
    live_bits_[number / 64] &= ~(uint64_t{1} << (number % 64));
    --live_;
    total_quarters_ -= Quarters(lengths_[number]);
  }

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

  Block BlockOf(uint32_t index) const override {
    if (uint64_t{index} * kBlockSize >= lengths_.size()) return {};
    return {&live_bits_[index * (kBlockSize / 64)], &lengths_[size_t{index} * kBlockSize]};
  }
  uint64_t live_count() const override { return live_; }
  uint64_t total_quarters() const override { return total_quarters_; }

  const Analyzer& analyzer() const { return *analyzer_; }
  const std::vector<std::string>& texts() const { return texts_; }
  const std::vector<FieldEnds>& ends() const { return ends_; }

 private:
  testing::TemporaryDirectory directory_;
  std::shared_ptr<const Analyzer> analyzer_;
  std::unique_ptr<storage::Store> store_;
  std::shared_ptr<const storage::Snapshot> snapshot_;
  std::vector<FieldLengths> lengths_;
  std::vector<uint64_t> live_bits_;
  ChunkNumber next_ = 0;
  uint64_t live_ = 0;
  uint64_t total_quarters_ = 0;
  std::vector<std::string> texts_;
  std::vector<FieldEnds> ends_;
};

}  // namespace quire::text
