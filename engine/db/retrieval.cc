#include "engine/db/retrieval.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/db/distinct.h"
#include "engine/db/fusion.h"
#include "engine/db/reader.h"
#include "engine/storage/keys.h"

namespace quire::db {
namespace {

constexpr double kHalfWordScore = 10;  // the BM25 that scores one half

Status CheckRequest(const SearchRequest& request, const CollectionSchema& schema) {
  const std::string what = "search in '" + schema.name + "': ";
  if (request.k == 0 || request.k > kMaxResults) {
    return Status(Code::kInvalidArgument,
                  what + "k is " + std::to_string(request.k) + ", expected 1 to " + std::to_string(kMaxResults));
  }
  if (request.text.size() > kMaxQueryBytes) {
    return Status(Code::kResourceExhausted, what + "the query has " + std::to_string(request.text.size()) +
                                                " bytes, expected at most " + std::to_string(kMaxQueryBytes));
  }
  if (const size_t bad = FindInvalidUtf8(request.text); bad != std::string_view::npos) {
    return Status(Code::kInvalidArgument, what + "the query is not UTF-8 at byte " + std::to_string(bad));
  }
  if (!(request.recall_target >= 0 && request.recall_target <= 1)) {
    return Status(Code::kInvalidArgument, what + "the recall target is " + std::to_string(request.recall_target) +
                                              ", expected more than 0 and at most 1, or 0 for the collection's");
  }
  const bool has_vector = !request.vector.empty();
  if (has_vector && request.mode != SearchMode::kVector) {
    return Status(Code::kInvalidArgument, what + "a vector was given, but the mode searches words");
  }
  if (has_vector && !request.text.empty()) {
    return Status(Code::kInvalidArgument, what + "both a text and a vector were given, expected one of them");
  }
  if (!has_vector && request.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return Status(Code::kInvalidArgument, what + "the query is empty");
  }
  if (has_vector && request.vector.size() != schema.dim) {
    return Status(Code::kInvalidArgument, "collection '" + schema.name + "': vector has " +
                                              std::to_string(request.vector.size()) + " components, expected " +
                                              std::to_string(schema.dim));
  }
  for (size_t i = 0; i < request.vector.size(); ++i) {
    if (!std::isfinite(request.vector[i])) {
      return Status(Code::kInvalidArgument, what + "component " + std::to_string(i) + " of the vector is " +
                                                Value::Real(request.vector[i]).ToString() + ", expected a finite number");
    }
  }
  return {};
}

double WeightOf(const CollectionState& collection, uint32_t generation) {
  const double set = collection.schema().vector_weight;
  return set > 0 ? set : VectorWeight(collection.MadeByOf(generation).name);
}

// Lets the chunks of a document speak for each other. Cost: a read of some 50 records, 4 us each; none where each document is one chunk.
Status AddDocuments(const CollectionState& collection, const storage::Snapshot& snapshot, std::vector<Hit>* hits) {
  const Counters& counters = collection.counters();
  if (counters.documents == 0 || counters.documents >= counters.chunks) return {};
  std::vector<size_t> places;
  for (size_t i = 0; i < hits->size(); ++i) {
    if (StandsOut((*hits)[i])) places.push_back(i);
  }
  const auto number_at = [&](size_t place) { return (*hits)[place].number; };
  std::sort(places.begin(), places.end(), [&](size_t a, size_t b) { return number_at(a) < number_at(b); });
  std::vector<std::string> keys;
  keys.reserve(places.size());
  for (const size_t place : places) keys.push_back(storage::ChunkKey(collection.id(), number_at(place)));
  std::vector<uint64_t> documents(hits->size());
  ChunkRecord record;
  const auto read = [&](size_t i, std::string_view bytes) -> Status {
    QUIRE_RETURN_IF_ERROR(DecodeChunk(bytes, number_at(places[i]), {.text = false}, &record));
    if (!record.chunk.uri.empty()) documents[places[i]] = Hash64(record.chunk.uri) | 1;
    return {};
  };
  QUIRE_RETURN_IF_ERROR(snapshot.MultiGet(storage::Family::kChunk, keys, read));
  AddDocumentPart(documents, hits);
  return {};
}

double RecallTarget(const SearchRequest& request, const CollectionSchema& schema) {
  return request.recall_target > 0 ? request.recall_target : schema.recall_target;
}

// The chunks a search may give: all that are live, or those a filter keeps.
struct Allowed {
  std::shared_ptr<const KeptNumbers> kept;  // null: all
  std::span<const uint64_t> span;
  uint64_t count = 0;

  bool filtered() const { return kept != nullptr; }
  const std::span<const uint64_t>* set() const { return filtered() ? &span : nullptr; }
};

Result<Allowed> EvaluateAllowed(const CollectionState& collection, const storage::Snapshot& snapshot,
                                const Filter& filter) {
  Allowed allowed;
  allowed.count = collection.counters().chunks;
  if (filter.op() == Filter::Op::kAll) return allowed;
  std::string bytes = FilterBytes(filter);
  if (!bytes.empty()) allowed.kept = collection.filters().Find(bytes);
  if (allowed.kept == nullptr) {
    QUIRE_ASSIGN_OR_RETURN(const filter::Bitmap bitmap, EvaluateFilter(collection, snapshot, filter));
    auto kept = std::make_shared<KeptNumbers>();
    kept->words = bitmap.ToWords(collection.counters().next_number);
    kept->count = bitmap.Count();
    allowed.kept = std::move(kept);
    if (!bytes.empty()) collection.filters().Put(std::move(bytes), allowed.kept);
  }
  allowed.span = allowed.kept->words;
  allowed.count = allowed.kept->count;
  return allowed;
}

std::vector<Hit> HitsOf(const std::vector<index::Neighbour>& neighbours, Metric metric) {
  std::vector<Hit> hits(neighbours.size());
  for (uint32_t i = 0; i < hits.size(); ++i) {
    hits[i].number = neighbours[i].number;
    hits[i].distance = neighbours[i].distance;
    hits[i].score = ScoreOfDistance(metric, hits[i].distance);
    hits[i].vector_rank = i + 1;
  }
  return hits;
}

void DropBelow(double min_score, std::vector<Hit>* hits) {
  std::erase_if(*hits, [&](const Hit& hit) { return hit.score < min_score; });
}

Result<std::vector<Hit>> SearchVectors(const CollectionState& collection, uint32_t generation,
                                       const storage::Snapshot& snapshot, const SearchRequest& request,
                                       const Allowed& allowed, uint32_t k, VectorObserver observer) {
  std::vector<float> vector = request.vector;
  if (vector.empty()) {
    QUIRE_ASSIGN_OR_RETURN(const auto embedder, collection.EmbedderOf(generation, snapshot));
    if (!embedder) {
      return Status(Code::kInvalidArgument, "collection '" + collection.schema().name +
                                                "' has no embedder: a text cannot be searched by meaning",
                    "write `embedding SIMILAR '[...]'` or `text MATCH '...'`");
    }
    vector.resize(collection.DimOf(generation));
    const std::string_view text = request.text;
    QUIRE_RETURN_IF_ERROR(embedder->Embed({&text, 1}, Embedder::Role::kQuery, vector));
  }
  QUIRE_ASSIGN_OR_RETURN(const auto view, collection.Vectors(generation, snapshot));
  std::vector<index::Neighbour> neighbours;
  QUIRE_RETURN_IF_ERROR(view->Search({.vector = vector,
                                      .k = k,
                                      .allowed = allowed.set(),
                                      .allowed_count = allowed.count,
                                      .recall_target = RecallTarget(request, collection.schema()),
                                      .exact = request.exact,
                                      .cancelled = request.cancelled,
                                      .cost = request.cost},
                                     snapshot, &neighbours));
  const bool serves = generation == collection.entry().generation;
  if (serves && !allowed.filtered() && !request.exact) observer(vector, neighbours, k);
  return HitsOf(neighbours, collection.schema().metric);
}

Result<std::vector<Hit>> SearchByWords(const CollectionState& collection, const storage::Snapshot& snapshot,
                                       const SearchRequest& request, const Allowed& allowed, uint32_t k) {
  QUIRE_ASSIGN_OR_RETURN(const auto table, collection.Table(snapshot));
  text::WordSource source = WordsOf(collection, snapshot, *table);
  source.cost = request.cost;
  auto words = text::SearchWords(source,
                                 {.query = request.text,
                                  .grammar = request.mode == SearchMode::kWords,
                                  .tolerant = true,
                                  .k = k,
                                  .allowed = allowed.set(),
                                  .cancelled = request.cancelled});
  // A bag of words without a word (only punctuation, say) leaves the ranking to the vectors.
  const bool no_word = !words.ok() && words.status().code() == Code::kInvalidArgument;
  if (no_word && request.mode == SearchMode::kHybrid) return std::vector<Hit>();
  if (!words.ok()) return std::move(words).status();
  std::vector<Hit> hits(words->size());
  for (uint32_t i = 0; i < hits.size(); ++i) {
    hits[i].number = (*words)[i].number;
    hits[i].word_score = (*words)[i].score;
    hits[i].score = ScoreOfWords(hits[i].word_score);
    hits[i].distance = std::numeric_limits<double>::quiet_NaN();
    hits[i].word_rank = i + 1;
  }
  return hits;
}

}  // namespace

double ScoreOfDistance(Metric metric, double distance) {
  switch (metric) {
    case Metric::kCosine: return std::clamp(1 - distance / 2, 0.0, 1.0);
    case Metric::kL2: return 1 / (1 + distance);
    case Metric::kInnerProduct: return 1 / (1 + std::exp(distance));
  }
  return 0;
}

double ScoreOfWords(double bm25) { return bm25 / (bm25 + kHalfWordScore); }

Result<std::vector<Hit>> Retrieve(const CollectionState& collection, uint32_t generation, const storage::Snapshot& snapshot,
                                  const SearchRequest& request, VectorObserver observer) {
  QUIRE_RETURN_IF_ERROR(CheckRequest(request, collection.schema()));
  QUIRE_ASSIGN_OR_RETURN(const Allowed allowed, EvaluateAllowed(collection, snapshot, request.filter));
  const bool hybrid = request.mode == SearchMode::kHybrid;
  const uint32_t wanted = request.distinct ? std::min(kMaxResults, kDistinctTimes * request.k) : request.k;
  const uint32_t depth = hybrid ? std::max(wanted, kFusionDepth) : wanted;
  std::vector<Hit> by_vector, by_words;
  if (request.mode != SearchMode::kWords) {
    QUIRE_ASSIGN_OR_RETURN(by_vector, SearchVectors(collection, generation, snapshot, request, allowed, depth, observer));
  }
  if (request.mode != SearchMode::kVector) {
    QUIRE_ASSIGN_OR_RETURN(by_words, SearchByWords(collection, snapshot, request, allowed, depth));
  }
  std::vector<Hit> hits;
  if (hybrid) {
    const double weight = WeightOf(collection, generation);
    hits = Fuse({.by_vector = by_vector, .by_words = by_words, .depth = depth, .vector_weight = weight}, 2 * size_t{depth});
    QUIRE_RETURN_IF_ERROR(AddDocuments(collection, snapshot, &hits));
    if (hits.size() > wanted) hits.resize(wanted);
  } else {
    hits = std::move(request.mode == SearchMode::kWords ? by_words : by_vector);
  }
  DropBelow(request.min_score, &hits);
  if (request.distinct) QUIRE_RETURN_IF_ERROR(KeepDistinct(collection, snapshot, request.k, &hits));
  return hits;
}

Result<std::vector<std::vector<Hit>>> RetrieveBatch(const CollectionState& collection,
                                                    const storage::Snapshot& snapshot,
                                                    const std::vector<SearchRequest>& requests,
                                                    VectorObserver observer) {
  std::vector<std::vector<Hit>> answers(requests.size());
  std::vector<index::Query> queries;
  std::vector<size_t> places;
  for (size_t i = 0; i < requests.size(); ++i) {
    const SearchRequest& request = requests[i];
    if (request.vector.empty() || request.distinct || request.filter.op() != Filter::Op::kAll) {
      QUIRE_ASSIGN_OR_RETURN(answers[i], Retrieve(collection, snapshot, request, observer));
      continue;
    }
    QUIRE_RETURN_IF_ERROR(CheckRequest(request, collection.schema()));
    queries.push_back({.vector = request.vector,
                       .k = request.k,
                       .recall_target = RecallTarget(request, collection.schema()),
                       .exact = request.exact,
                       .cancelled = request.cancelled});
    places.push_back(i);
  }
  QUIRE_ASSIGN_OR_RETURN(const auto view, collection.Vectors(snapshot));
  std::vector<std::vector<index::Neighbour>> found;
  QUIRE_RETURN_IF_ERROR(view->SearchBatch(queries, snapshot, &found));
  for (size_t i = 0; i < places.size(); ++i) {
    answers[places[i]] = HitsOf(found[i], collection.schema().metric);
    DropBelow(requests[places[i]].min_score, &answers[places[i]]);
  }
  return answers;
}

}  // namespace quire::db
