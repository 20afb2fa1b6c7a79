#include "sql/exec/search.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace quire::sql {
namespace {

constexpr double kOffset = 60;
constexpr uint32_t kDepthMin = 100;  // of each list, however few rows are wanted

Result<std::vector<Hit>> FuseParts(const SearchPlan& plan, const Reader& reader, ReadCost* cost) {
  std::unordered_map<ChunkNumber, Hit> found;
  double weights = 0;
  for (const auto& [part, weight] : plan.parts) {
    SearchRequest request = part;
    request.filter = plan.request.filter;
    request.cost = cost;
    request.k = std::min(kMaxResults, std::max(plan.request.k, kDepthMin));
    weights += weight;
    QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, reader.Search(plan.collection, request));
    for (size_t i = 0; i < hits.size(); ++i) {
      const auto [place, is_new] = found.try_emplace(hits[i].number, hits[i]);
      Hit& hit = place->second;
      if (is_new) hit.score = hit.vector_part = hit.word_part = hit.document_part = 0;
      hit.score += weight * (kOffset + 1) / (kOffset + 1 + static_cast<double>(i));
      if (hits[i].vector_rank != 0) {
        hit.vector_rank = hits[i].vector_rank;
        hit.distance = hits[i].distance;
      }
      if (hits[i].word_rank != 0) {
        hit.word_rank = hits[i].word_rank;
        hit.word_score = hits[i].word_score;
      }
    }
  }
  std::vector<Hit> fused;
  fused.reserve(found.size());
  for (auto& [number, hit] : found) {
    hit.score /= weights;
    fused.push_back(hit);
  }
  std::sort(fused.begin(), fused.end(), [](const Hit& a, const Hit& b) {
    return a.score != b.score ? a.score > b.score : a.number < b.number;
  });
  if (fused.size() > plan.request.k) fused.resize(plan.request.k);
  return fused;
}

// Adds the chunks that were not found, up to k hits.
Status AddRest(const SearchPlan& plan, const Reader& reader, std::vector<Hit>* hits) {
  if (hits->size() >= plan.request.k) return {};
  std::unordered_set<ChunkNumber> there;
  for (const Hit& hit : *hits) there.insert(hit.number);
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(plan.collection, plan.request.filter, {.text = false}));
  Chunk chunk;
  while (hits->size() < plan.request.k) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) return {};
    if (there.count(chunk.number) != 0) continue;
    Hit hit;
    hit.number = chunk.number;
    hit.distance = std::numeric_limits<double>::quiet_NaN();
    hits->push_back(hit);
  }
  return {};
}

}  // namespace

Result<std::vector<Hit>> RunSearch(const SearchPlan& plan, const Reader& reader, ReadCost* cost) {
  SearchRequest request = plan.request;
  request.cost = cost;
  Result<std::vector<Hit>> hits =
      plan.parts.empty() ? reader.Search(plan.collection, request) : FuseParts(plan, reader, cost);
  if (hits.ok() && plan.keeps_all) QUIRE_RETURN_IF_ERROR(AddRest(plan, reader, &*hits));
  return hits;
}

}  // namespace quire::sql
