#include "engine/db/fusion.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace quire::db {
namespace {

// Chosen on eleven judged sets together: engine/doc/retrieval.md.
constexpr double kHashedWeight = 0.25;   // the hashed embedder: it knows spelling, not meaning
constexpr double kTrainedWeight = 0.6;   // the one trained on the collection
constexpr double kOtherWeight = 0.5;     // any other
constexpr double kScoreScale = 2;        // the sum that scores 1 / (1 + 1/e)
constexpr double kDocumentWeight = 0.2;  // of what the three best other chunks of its document have
constexpr size_t kDocumentChunks = 4;

struct Candidate {
  Hit hit;
  double nearness = 0;  // by vector
  double words = 0;     // BM25
};

// One list's values put on a common scale: how many standard deviations above the mean.
class Scale {
 public:
  void Add(double value) {
    ++count_;
    const double step = value - mean_;
    mean_ += step / static_cast<double>(count_);
    squares_ += step * (value - mean_);
  }
  // 0 where all values are equal: then the list tells nothing.
  double Of(double value) const {
    if (count_ == 0) return 0;
    const double deviation = std::sqrt(squares_ / static_cast<double>(count_));
    return deviation > 1e-9 * std::abs(mean_) && deviation > 0 ? (value - mean_) / deviation : 0;
  }

 private:
  size_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // sum of squared deviations (Welford)
};

// Kept where its square is a number: products of huge components overflow, and a comparison with NaN would not be an order.
double NearnessOf(const Hit& hit) {
  constexpr double kMost = 1e150;
  const double nearness = -hit.distance;
  return nearness >= -kMost ? std::min(nearness, kMost) : -kMost;
}

// Both lists as one. A hit that a list does not have gets the value of the last that list has, which it cannot exceed; or 0,
// which is what it scores, if the list of words has all that match.
std::vector<Candidate> Join(const FusedLists& lists) {
  const double far = lists.by_vector.empty() ? 0 : NearnessOf(lists.by_vector.back());
  const bool cut = !lists.by_words.empty() && lists.by_words.size() >= lists.depth;
  const double wordless = cut ? lists.by_words.back().word_score : 0;
  std::vector<Candidate> candidates;
  candidates.reserve(lists.by_vector.size() + lists.by_words.size());
  std::unordered_map<ChunkNumber, size_t> place;
  for (const Hit& hit : lists.by_vector) {
    place.emplace(hit.number, candidates.size());
    candidates.push_back({.hit = hit, .nearness = NearnessOf(hit), .words = wordless});
  }
  for (const Hit& hit : lists.by_words) {
    const auto [found, is_new] = place.emplace(hit.number, candidates.size());
    if (is_new) candidates.push_back({.hit = hit, .nearness = far});
    Candidate& candidate = candidates[found->second];
    candidate.words = hit.word_score;
    candidate.hit.word_rank = hit.word_rank;
    candidate.hit.word_score = hit.word_score;
  }
  return candidates;
}

bool IsAmongFirst(const Hit& hit) {
  const auto is_first = [](uint32_t rank) { return rank != 0 && rank <= kFusionDepth; };
  return is_first(hit.vector_rank) || is_first(hit.word_rank);
}

double SumOf(const Hit& hit) { return hit.vector_part + hit.word_part + hit.document_part; }

void SetScore(Hit* hit) { hit->score = 1 / (1 + std::exp(-SumOf(*hit) / kScoreScale)); }

bool IsBetter(const Hit& a, const Hit& b) {
  const double sum_a = SumOf(a), sum_b = SumOf(b);
  return sum_a != sum_b ? sum_a > sum_b : a.number < b.number;
}

}  // namespace

double VectorWeight(std::string_view embedder) {
  if (embedder == "hashed") return kHashedWeight;
  return embedder == "trained" ? kTrainedWeight : kOtherWeight;
}

std::vector<Hit> Fuse(const FusedLists& lists, size_t k) {
  const std::vector<Candidate> candidates = Join(lists);
  Scale by_vector, by_words;
  for (const Candidate& candidate : candidates) {
    if (!IsAmongFirst(candidate.hit)) continue;
    by_vector.Add(candidate.nearness);
    by_words.Add(candidate.words);
  }
  std::vector<Hit> hits;
  hits.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    Hit& hit = hits.emplace_back(candidate.hit);
    hit.vector_part = lists.vector_weight * by_vector.Of(candidate.nearness);
    hit.word_part = by_words.Of(candidate.words);
    SetScore(&hit);
  }
  const size_t kept = std::min(k, hits.size());
  std::partial_sort(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(kept), hits.end(), IsBetter);
  hits.resize(kept);
  return hits;
}

bool StandsOut(const Hit& hit) { return SumOf(hit) > 0 && IsAmongFirst(hit); }

void AddDocumentPart(std::span<const uint64_t> documents, std::vector<Hit>* hits) {
  struct Evidence {
    double sum = 0;    // of the first few chunks
    double least = 0;  // of these
    size_t chunks = 0;
  };
  std::unordered_map<uint64_t, Evidence> evidence;
  std::vector<double> own(documents.size());
  for (size_t i = 0; i < documents.size(); ++i) {
    if (documents[i] == 0) continue;
    own[i] = SumOf((*hits)[i]);
    Evidence& all = evidence[documents[i]];
    if (all.chunks++ >= kDocumentChunks) continue;
    all.sum += own[i];
    all.least = own[i];
  }
  for (size_t i = 0; i < documents.size(); ++i) {
    if (documents[i] == 0) continue;
    const Evidence& all = evidence[documents[i]];
    (*hits)[i].document_part = kDocumentWeight * (all.sum - std::max(own[i], all.least));
    SetScore(&(*hits)[i]);
  }
  std::sort(hits->begin(), hits->end(), IsBetter);
}

}  // namespace quire::db
