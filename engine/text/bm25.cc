#include "engine/text/bm25.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/text/posting_reader.h"

namespace quire::text {
namespace {

constexpr double kK1 = 1.2;
constexpr double kB = 0.75;

bool Better(const WordHit& a, const WordHit& b) { return a.score != b.score ? a.score > b.score : a.number < b.number; }

// The k best so far: a heap with the worst on top.
class TopHits {
 public:
  explicit TopHits(size_t k) : k_(k) {}

  void Offer(const WordHit& hit) {
    if (hits_.size() == k_ && !Better(hit, hits_.front())) return;
    if (hits_.size() == k_) {
      std::pop_heap(hits_.begin(), hits_.end(), Better);
      hits_.pop_back();
    }
    hits_.push_back(hit);
    std::push_heap(hits_.begin(), hits_.end(), Better);
  }

  std::vector<WordHit> Take() {
    std::sort_heap(hits_.begin(), hits_.end(), Better);
    return std::move(hits_);
  }

 private:
  const size_t k_;
  std::vector<WordHit> hits_;
};

bool IsAllowed(const WordRequest& request, ChunkNumber number) {
  if (request.allowed == nullptr) return true;
  const std::span<const uint64_t> bits = *request.allowed;
  return number / 64 < bits.size() && ((bits[number / 64] >> (number % 64)) & 1) != 0;
}

// Term at a time inside a window of numbers, window after window: the sums stay in the first-level cache, and no
// table as large as the collection is needed.
class Ranker {
 public:
  Ranker(const Bm25& bm25, const ChunkLengths& chunks, std::span<const ScoredList> lists)
      : bm25_(bm25), chunks_(chunks), lists_(lists), next_(lists.size(), 0) {}

  // Moves to the next window that has postings; false if there is none.
  bool NextWindow() {
    uint64_t lowest = std::numeric_limits<uint64_t>::max();
    for (size_t i = 0; i < lists_.size(); ++i) {
      const std::vector<ChunkNumber>& numbers = lists_[i].list->numbers;
      if (next_[i] < numbers.size()) lowest = std::min<uint64_t>(lowest, numbers[next_[i]]);
    }
    if (lowest == std::numeric_limits<uint64_t>::max()) return false;
    base_ = lowest - lowest % kWindow;
    AddUp();
    return true;
  }

  void Collect(const std::vector<ChunkNumber>* matches, const WordRequest& request, TopHits* top) const {
    const auto offer = [&](ChunkNumber number, double score) {
      if (score > 0 && IsAllowed(request, number)) top->Offer({number, score});
    };
    if (matches == nullptr) {
      for (size_t i = 0; i < kWindow; ++i) offer(static_cast<ChunkNumber>(base_ + i), scores_[i]);
      return;
    }
    auto match = std::lower_bound(matches->begin(), matches->end(), base_);
    for (; match != matches->end() && *match < base_ + kWindow; ++match) offer(*match, scores_[*match - base_]);
  }

 private:
  static constexpr size_t kWindow = 2048;

  void AddUp() {
    scores_.fill(0);
    norms_.fill(0);  // never the norm of a chunk: b < 1
    for (size_t i = 0; i < lists_.size(); ++i) {
      const PostingList& list = *lists_[i].list;
      for (size_t& at = next_[i]; at < list.size() && list.numbers[at] < base_ + kWindow; ++at) {
        const size_t slot = list.numbers[at] - base_;
        if (norms_[slot] == 0) norms_[slot] = bm25_.Norm(chunks_.LengthOf(list.numbers[at]));
        scores_[slot] += Bm25::Score(lists_[i].weight, list.counts[at], norms_[slot]);
      }
    }
  }

  const Bm25& bm25_;
  const ChunkLengths& chunks_;
  const std::span<const ScoredList> lists_;
  std::vector<size_t> next_;
  uint64_t base_ = 0;
  std::array<double, kWindow> scores_{};
  std::array<double, kWindow> norms_{};
};

}  // namespace

Bm25::Bm25(const ChunkLengths& chunks) : count_(static_cast<double>(chunks.live_count())) {
  const auto total = static_cast<double>(chunks.total_length());
  average_length_ = total > 0 ? total / count_ : 1;
}

double Bm25::Idf(uint64_t document_frequency) const {
  const auto df = static_cast<double>(document_frequency);
  return std::log(1 + (count_ - df + 0.5) / (df + 0.5));
}

double Bm25::UpperBound(double weight) { return weight * (kK1 + 1); }

double Bm25::Norm(uint32_t length) const { return kK1 * (1 - kB + kB * length / average_length_); }

double Bm25::Score(double weight, uint32_t count, double norm) { return weight * count * (kK1 + 1) / (count + norm); }

Result<std::vector<WordHit>> RankLists(const Bm25& bm25, const ChunkLengths& chunks, std::span<const ScoredList> lists,
                                       const std::vector<ChunkNumber>* matches, const WordRequest& request) {
  if (request.k == 0) return std::vector<WordHit>();
  TopHits top(request.k);
  Ranker ranker(bm25, chunks, lists);
  while (ranker.NextWindow()) {
    QUIRE_RETURN_IF_ERROR(CheckCancelled(request.cancelled));
    ranker.Collect(matches, request, &top);
  }
  return top.Take();
}

}  // namespace quire::text
