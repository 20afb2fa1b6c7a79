#include "engine/index/index_view.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/codec/raw_vector.h"
#include "engine/index/links_format.h"
#include "engine/index/rerank.h"

namespace quire::index {
namespace {

// Standard deviations of error that the bounds allow for. Flat mode refines about one vector in thirty at most, so
// there is room: figures in engine/doc/vector_index.md.
float EpsilonFor(double recall_target) {
  return static_cast<float>(std::clamp(codec::kEpsilon + 30 * (recall_target - 0.95), 1.2, 3.5));
}

// Whether a query is too long for what codes compute in single precision. Cosine normalises it first.
bool OverflowsCodes(const IndexView& view, const Query& query) {
  if (view.parameters().metric == Metric::kCosine) return false;
  const float limit = codec::RawLimit(RawVectors::kF32);
  return std::any_of(query.vector.begin(), query.vector.end(),
                     [limit](float value) { return std::fabs(value) > limit; });
}

uint64_t CountDead(const DeadNodes& dead) {
  uint64_t count = 0;
  if (dead == nullptr) return 0;
  for (const uint64_t word : *dead) count += static_cast<uint64_t>(std::popcount(word));
  return count;
}

}  // namespace

std::shared_ptr<const codec::Encoder> MakeEncoder(const Parameters& parameters, std::span<const float> centroid) {
  return std::make_shared<const codec::Encoder>(parameters.metric, parameters.dim, parameters.seed, centroid);
}

std::shared_ptr<VectorCache> MakeVectorCache(const Parameters& parameters) {
  return std::make_shared<VectorCache>(codec::RawBytes(parameters.raw, parameters.dim), parameters.memory_limit / 4);
}

IndexView::IndexView(State state) : state_(std::move(state)), dead_count_(CountDead(state_.dead)) {}

uint64_t IndexView::memory_bytes() const {
  return state_.contents.memory_bytes + state_.vectors->memory_bytes() +
         (state_.linked != nullptr ? state_.linked->memory_bytes() : 0) +
         (state_.on_disk != nullptr ? state_.on_disk->head->memory_bytes() + state_.on_disk->live.size() * 8 : 0);
}

LinkState IndexView::links() const {
  LinkState links;
  links.lag = size();
  links.edition = state_.edition;
  if (state_.on_disk != nullptr) {
    links.linked = true;
    links.on_disk = state_.linked == nullptr;
    links.nodes = state_.on_disk->head->nodes;
    links.dead = links.nodes - state_.on_disk->size;
  } else if (state_.linked != nullptr) {
    links.linked = true;
    links.nodes = state_.linked->graph->size();
    links.dead = dead_count_;
  }
  if (links.linked) links.lag = size() - (links.nodes - links.dead);
  return links;
}

Status IndexView::Search(const Query& query, const storage::Snapshot& snapshot, std::vector<Neighbour>* out) const {
  out->clear();
  if (query.k == 0 || size() == 0) return {};
  if (query.exact || OverflowsCodes(*this, query)) return SearchExact(*this, query, snapshot, out);
  const codec::PreparedQuery prepared(encoder(), query.vector, EpsilonFor(query.recall_target));
  CandidatePool pool(query.k);
  if (state_.on_disk != nullptr) {
    if (state_.linked == nullptr || !SearchLinked(*this, query, prepared, &pool)) {
      const bool few = query.allowed != nullptr && query.allowed_count <= kComparedMax;
      if (few) return SearchExact(*this, query, snapshot, out);
      pool = CandidatePool(query.k);
      Status searched = SearchOnDisk(*this, query, prepared, snapshot, &pool);
      // Where a leaf is damaged, each vector is compared.
      if (searched.code() == Code::kCorruption) return SearchExact(*this, query, snapshot, out);
      QUIRE_RETURN_IF_ERROR(std::move(searched));
    }
    ScanFlat(*this, query, prepared, 0, &pool);
  } else if (state_.linked != nullptr && SearchLinked(*this, query, prepared, &pool)) {
    ScanFlat(*this, query, prepared, state_.linked->graph->end_number(), &pool);
  } else {
    pool = CandidatePool(query.k);
    ScanFlat(*this, query, prepared, 0, &pool);
  }
  if (IsCancelled(query)) return Status(Code::kCancelled, "vector search was cancelled");
  return Rerank(parameters(), query, snapshot, state_.vectors.get(), pool.Take(), out);
}

Status IndexView::SearchBatch(std::span<const Query> queries, const storage::Snapshot& snapshot,
                              std::vector<std::vector<Neighbour>>* out) const {
  constexpr size_t kTogether = 8;  // their tables fit the first cache beside a block
  out->assign(queries.size(), {});
  std::vector<size_t> scanned;
  for (size_t i = 0; i < queries.size(); ++i) {
    const bool scans = state_.linked == nullptr && state_.on_disk == nullptr && !queries[i].exact && queries[i].k > 0 && size() > 0 &&
                       !OverflowsCodes(*this, queries[i]);
    if (scans) {
      scanned.push_back(i);
    } else {
      QUIRE_RETURN_IF_ERROR(Search(queries[i], snapshot, &(*out)[i]));
    }
  }
  for (size_t begin = 0; begin < scanned.size(); begin += kTogether) {
    const auto now = std::span(scanned).subspan(begin, std::min(kTogether, scanned.size() - begin));
    std::vector<const Query*> together;
    std::vector<std::unique_ptr<codec::PreparedQuery>> prepared;
    std::vector<CandidatePool> pools;
    for (const size_t i : now) {
      together.push_back(&queries[i]);
      prepared.push_back(
          std::make_unique<codec::PreparedQuery>(encoder(), queries[i].vector, EpsilonFor(queries[i].recall_target)));
      pools.emplace_back(queries[i].k);
    }
    ScanFlatTogether(*this, together, prepared, pools);
    for (size_t i = 0; i < now.size(); ++i) {
      if (IsCancelled(*together[i])) return Status(Code::kCancelled, "vector search was cancelled");
      QUIRE_RETURN_IF_ERROR(Rerank(parameters(), *together[i], snapshot, state_.vectors.get(), pools[i].Take(),
                                   &(*out)[now[i]]));
    }
  }
  return {};
}

}  // namespace quire::index
