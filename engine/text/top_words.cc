#include "engine/text/top_words.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "engine/text/posting_reader.h"

namespace quire::text {
namespace {

constexpr uint32_t kWindow = ChunkLengths::kBlockSize;
constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

// The k best so far: a heap with the worst on top.
class TopHits {
 public:
  explicit TopHits(size_t k) : k_(k) {}

  // What a chunk with a larger number than all before must exceed to be among them.
  FixedScore threshold() const { return hits_.size() == k_ ? hits_.front().score : 0; }

  void Offer(FixedScore score, ChunkNumber number) {
    const Scored hit{score, number};
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
    std::vector<WordHit> hits;
    for (const Scored& hit : hits_) hits.push_back({hit.number, ToDouble(hit.score)});
    return hits;
  }

 private:
  struct Scored {
    FixedScore score;
    ChunkNumber number;
  };
  static bool Better(const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.number < b.number;
  }
  const size_t k_;
  std::vector<Scored> hits_;
};

// One list on its way through the windows.
class ListCursor {
 public:
  ListCursor(const Bm25& bm25, const ScoredList& list) : postings_(list.postings), weight_(list.weight) {
    bounds_.reserve(postings_->group_count());
    for (size_t i = 0; i < postings_->group_count(); ++i) {
      bounds_.push_back(postings_->Bound(i, bm25, weight_));
      bound_ = std::max(bound_, bounds_.back());
    }
  }

  double weight() const { return weight_; }
  FixedScore bound() const { return bound_; }  // of all groups

  // The least number from `from` on that may be in the list; kNone: none is. `from` never falls.
  uint64_t NextFrom(uint64_t from) {
    while (at_ < bounds_.size() && postings_->last(at_) < from) ++at_;
    return at_ == bounds_.size() ? kNone : std::max<uint64_t>(from, postings_->first(at_));
  }

  // Takes [begin, begin + kWindow) into view. Gives the bound of what is there, 0 for nothing.
  FixedScore Enter(uint64_t begin) {
    window_bound_ = 0;
    if (NextFrom(begin) >= begin + kWindow) return 0;
    for (end_ = at_; end_ < bounds_.size() && postings_->first(end_) < begin + kWindow; ++end_) {
      window_bound_ = std::max(window_bound_, bounds_[end_]);
    }
    return window_bound_;
  }
  FixedScore window_bound() const { return window_bound_; }

  // Calls take(slot, frequency) for each posting in the window; those of groups whose bound is not above `least` are left out.
  template <typename Take>
  Status ForEach(uint64_t begin, FixedScore least, const Take& take) {
    for (size_t group = at_; group < end_; ++group) {
      if (bounds_[group] <= least) continue;
      if (read_ != group) {
        QUIRE_ASSIGN_OR_RETURN(current_, postings_->Read(group, &room_));
        read_ = group;
      }
      const std::span<const ChunkNumber> numbers = current_.numbers;
      auto i = static_cast<size_t>(std::lower_bound(numbers.begin(), numbers.end(), begin) - numbers.begin());
      for (; i < numbers.size() && numbers[i] - begin < kWindow; ++i) {
        take(static_cast<uint32_t>(numbers[i] - begin), current_.frequencies[i]);
      }
    }
    return {};
  }

 private:
  const ScoredPostings* postings_;
  double weight_;
  std::vector<FixedScore> bounds_;  // by group
  FixedScore bound_ = 0;
  FixedScore window_bound_ = 0;
  size_t at_ = 0, end_ = 0;  // groups that reach into the window
  size_t read_ = std::numeric_limits<size_t>::max();
  ScoredGroup current_;
  std::unique_ptr<GroupRoom> room_;
};

class Ranker {
 public:
  Ranker(const Bm25& bm25, const ChunkLengths& chunks, std::span<const ScoredList> lists,
         const std::vector<ChunkNumber>* matches, const WordRequest& request)
      : bm25_(bm25), chunks_(chunks), matches_(matches), request_(request), top_(request.k) {
    for (const ScoredList& list : lists) lists_.emplace_back(bm25, list);
    std::sort(lists_.begin(), lists_.end(), [](const auto& a, const auto& b) { return a.bound() < b.bound(); });
  }

  Result<std::vector<WordHit>> Run() {
    for (uint64_t next = NextWindow(0); next != kNone; next = NextWindow(next + kWindow)) {
      QUIRE_RETURN_IF_ERROR(CheckCancelled(request_.cancelled));
      begin_ = next;
      if (SetMask()) QUIRE_RETURN_IF_ERROR(PassWindow());
    }
    return top_.Take();
  }

 private:
  // Where the next window with a chunk that could be among the best begins.
  uint64_t NextWindow(uint64_t from) {
    uint64_t next = kNone;
    FixedScore together = 0;
    for (ListCursor& list : lists_) {
      together += list.bound();
      if (together > top_.threshold()) next = std::min(next, list.NextFrom(from));
    }
    return next == kNone ? kNone : next - next % kWindow;
  }

  // Which numbers of the window may be found; false if none.
  bool SetMask() {
    const ChunkLengths::Block block = chunks_.BlockOf(static_cast<uint32_t>(begin_ / kWindow));
    if (block.live == nullptr) return false;
    lengths_ = block.lengths;
    std::copy_n(block.live, mask_.size(), mask_.begin());
    if (request_.allowed != nullptr) {
      const std::span<const uint64_t> bits = *request_.allowed;
      for (size_t i = 0; i < mask_.size(); ++i) mask_[i] &= begin_ / 64 + i < bits.size() ? bits[begin_ / 64 + i] : 0;
    }
    if (matches_ != nullptr) {
      std::array<uint64_t, kWindow / 64> bits{};
      auto match = std::lower_bound(matches_->begin(), matches_->end(), begin_);
      for (; match != matches_->end() && *match < begin_ + kWindow; ++match) {
        bits[(*match - begin_) / 64] |= uint64_t{1} << (*match % 64);
      }
      for (size_t i = 0; i < mask_.size(); ++i) mask_[i] &= bits[i];
    }
    return std::any_of(mask_.begin(), mask_.end(), [](uint64_t bits) { return bits != 0; });
  }

  Status PassWindow() {
    const FixedScore threshold = top_.threshold();
    here_.clear();
    FixedScore total = 0;
    for (ListCursor& list : lists_) {
      if (list.Enter(begin_) == 0) continue;
      total += list.window_bound();
      here_.push_back(&list);
    }
    if (total <= threshold) return {};
    std::sort(here_.begin(), here_.end(), [](auto* a, auto* b) { return a->window_bound() > b->window_bound(); });
    FixedScore behind = total;  // what this list and those behind it can add
    best_ = 0;
    for (ListCursor* list : here_) {
      const bool finds = behind > threshold;
      if (!finds && best_ + behind <= threshold) break;
      QUIRE_RETURN_IF_ERROR(finds ? Find(list, threshold - (total - list->window_bound()))
                                  : AddTo(list, threshold - behind));
      behind -= list->window_bound();
    }
    for (const uint32_t slot : touched_) {
      if (scores_[slot] > threshold) top_.Offer(scores_[slot], static_cast<ChunkNumber>(begin_ + slot));
      scores_[slot] = 0;
    }
    touched_.clear();
    return {};
  }

  // Adds the scores of a list whose chunks may be among the best by it and what follows.
  Status Find(ListCursor* list, FixedScore least) {
    return list->ForEach(begin_, least, [&](uint32_t slot, uint64_t frequency) {
      if (((mask_[slot / 64] >> (slot % 64)) & 1) == 0) return;
      if (scores_[slot] == 0) touched_.push_back(slot);
      AddScore(*list, slot, frequency);
    });
  }

  // Adds them only to what was found, where that is above `least`.
  Status AddTo(ListCursor* list, FixedScore least) {
    return list->ForEach(begin_, 0, [&](uint32_t slot, uint64_t frequency) {
      if (scores_[slot] > std::max<FixedScore>(least, 0)) AddScore(*list, slot, frequency);
    });
  }

  void AddScore(const ListCursor& list, uint32_t slot, uint64_t frequency) {
    scores_[slot] += bm25_.Score(list.weight(), frequency, Quarters(lengths_[slot]));
    best_ = std::max(best_, scores_[slot]);
  }

  const Bm25& bm25_;
  const ChunkLengths& chunks_;
  const std::vector<ChunkNumber>* matches_;
  const WordRequest& request_;
  TopHits top_;
  std::vector<ListCursor> lists_;  // by bound, the smallest first
  std::vector<ListCursor*> here_;  // those with postings in the window, by their bound there, the largest first
  uint64_t begin_ = 0;             // of the window
  const FieldLengths* lengths_ = nullptr;
  std::array<uint64_t, kWindow / 64> mask_{};
  std::array<FixedScore, kWindow> scores_{};
  std::vector<uint32_t> touched_;
  FixedScore best_ = 0;  // of the window
};

}  // namespace

Result<std::vector<WordHit>> RankLists(const Bm25& bm25, const ChunkLengths& chunks, std::span<const ScoredList> lists,
                                       const std::vector<ChunkNumber>* matches, const WordRequest& request) {
  if (request.k == 0) return std::vector<WordHit>();
  return Ranker(bm25, chunks, lists, matches, request).Run();
}

}  // namespace quire::text
