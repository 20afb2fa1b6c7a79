#include "engine/index/rerank.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

constexpr size_t kReadBatch = 256;
constexpr size_t kRerankBatch = 32;

bool Nearer(const Neighbour& a, const Neighbour& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.number < b.number;
}

// An estimate (codec/rabitq.h) as a distance of the metric.
float DistanceOf(Metric metric, float value) {
  switch (metric) {
    case Metric::kL2: return std::sqrt(std::max(0.0f, value));
    case Metric::kCosine: return 1.0f + value;
    case Metric::kInnerProduct: break;
  }
  return value;
}

}  // namespace

ExactSearch::ExactSearch(const Parameters& parameters, const Query& query, const storage::Snapshot& snapshot,
                         VectorCache* vectors, storage::Caching caching)
    : parameters_(parameters),
      query_(query),
      snapshot_(snapshot),
      vectors_(*vectors),
      caching_(caching),
      exact_(parameters.metric, query.vector) {}

Status ExactSearch::Add(std::span<const uint32_t> numbers) {
  while (!numbers.empty()) {
    if (query_.cancelled != nullptr && query_.cancelled->load(std::memory_order_relaxed)) {
      return Status(Code::kCancelled, "vector search was cancelled");
    }
    const size_t count = std::min(kReadBatch, numbers.size());
    QUIRE_RETURN_IF_ERROR(AddBatch(numbers.first(count)));
    numbers = numbers.subspan(count);
  }
  return {};
}

Status ExactSearch::AddBatch(std::span<const uint32_t> numbers) {
  missing_.clear();
  for (const uint32_t number : numbers) vectors_.Prefetch(number);
  for (const uint32_t number : numbers) {
    const uint8_t* const bytes = vectors_.Find(number);
    if (bytes == nullptr) {
      missing_.push_back(number);
    } else {
      QUIRE_RETURN_IF_ERROR(AddStored(number, {reinterpret_cast<const char*>(bytes), vectors_.row_bytes()}));
    }
  }
  if (!missing_.empty()) QUIRE_RETURN_IF_ERROR(Read(missing_));
  if (found_.size() >= 2 * size_t{query_.k} + kReadBatch) KeepNearest();
  return {};
}

Status ExactSearch::Read(std::span<const uint32_t> numbers) {
  keys_.clear();
  for (const uint32_t number : numbers) {
    keys_.push_back(storage::RawKey(parameters_.collection, parameters_.generation, number));
  }
  // What is kept here need not be kept there.
  const auto caching = vectors_.HasRoomFor(numbers.back()) ? storage::Caching::kBypass : caching_;
  size_t next = 0;  // what is visited out of order is what is missing
  const auto missing = [&](size_t i) {
    return Status(Code::kCorruption, ObjectName(parameters_, "stored vector", numbers[i]) + " is missing");
  };
  QUIRE_RETURN_IF_ERROR(
      snapshot_.MultiGet(storage::Family::kRaw, keys_, [&](size_t i, std::string_view bytes) -> Status {
        if (i != next) return missing(next);
        ++next;
        vectors_.Put(numbers[i], bytes);
        return AddStored(numbers[i], bytes);
      }, caching));
  return next == numbers.size() ? Status() : missing(next);
}

Status ExactSearch::AddStored(uint32_t number, std::string_view bytes) {
  if (bytes.size() != vectors_.row_bytes()) {
    return Status(Code::kCorruption, ObjectName(parameters_, "stored vector", number) + " has " +
                                         std::to_string(bytes.size()) + " bytes, expected " +
                                         std::to_string(vectors_.row_bytes()));
  }
  if (query_.cost != nullptr) {
    ++query_.cost->refined;
    query_.cost->bytes += bytes.size();
  }
  found_.push_back({number, exact_.Distance(parameters_.raw, reinterpret_cast<const uint8_t*>(bytes.data()))});
  return {};
}

void ExactSearch::KeepNearest() {
  std::nth_element(found_.begin(), found_.begin() + (query_.k - 1), found_.end(), Nearer);
  found_.resize(query_.k);
}

float ExactSearch::Worst() {
  if (found_.size() < query_.k) return std::numeric_limits<float>::infinity();
  KeepNearest();
  return found_.back().distance;
}

std::vector<Neighbour> ExactSearch::Take() {
  if (found_.size() > query_.k) KeepNearest();
  std::sort(found_.begin(), found_.end(), Nearer);
  return std::move(found_);
}

Status Rerank(const Parameters& parameters, const Query& query, const storage::Snapshot& snapshot,
              VectorCache* vectors, std::vector<Candidate> candidates, std::vector<Neighbour>* out) {
  ExactSearch exact(parameters, query, snapshot, vectors, storage::Caching::kFill);
  const size_t first = std::min<size_t>(query.k, candidates.size());
  std::vector<uint32_t> numbers;
  for (size_t i = 0; i < first; ++i) numbers.push_back(candidates[i].number);
  QUIRE_RETURN_IF_ERROR(exact.Add(numbers));

  const auto rest = candidates.begin() + static_cast<std::ptrdiff_t>(first);
  std::stable_sort(rest, candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.lower() < b.lower(); });
  const size_t end = std::min(candidates.size(), first + std::max<size_t>(kRerankMax, query.k));
  for (size_t i = first; i < end;) {
    numbers.clear();
    const float worst = exact.Worst();
    for (; i < end && numbers.size() < kRerankBatch; ++i) {
      if (DistanceOf(parameters.metric, candidates[i].lower()) > worst) break;
      numbers.push_back(candidates[i].number);
    }
    if (numbers.empty()) break;
    QUIRE_RETURN_IF_ERROR(exact.Add(numbers));
  }
  *out = exact.Take();
  return {};
}

}  // namespace quire::index
